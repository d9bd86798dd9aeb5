"""From answers to ranked designs: which cluster to build, why, and why not another."""

from collections.abc import Sequence
from dataclasses import dataclass

from wizard.design.addresses import AddressPlan, address_plan
from wizard.design.answers import Answers
from wizard.design.backup import backup_notes
from wizard.design.design import Design, designs
from wizard.design.design_rules import refusals_for
from wizard.design.diagram import diagram
from wizard.design.entrance import entrance_notes
from wizard.design.losses import loses, survives
from wizard.design.note import notes_of
from wizard.design.reasons import Reason, reasons_of
from wizard.design.refusal import Refusal
from wizard.design.rules import refusals_of
from wizard.design.sizing import Sizing, size
from wizard.design.storage import StorageNeeds, storage_needs
from wizard.design.wish import Wish, wish


@dataclass(frozen=True, slots=True)
class Ranked:
    """One design, measured against the answers."""

    design: Design
    sizing: Sizing
    reasons: tuple[Reason, ...]
    """What speaks for and against it, weightiest first."""
    survives: tuple[str, ...]
    loses: tuple[str, ...]
    refused: tuple[Refusal, ...]
    """Hard rules that take this design out; empty for one that can be built."""
    ranked_lower_because: str
    """Why it stands behind the first one; empty for the first."""
    diagram: str
    """ASCII, at most 76 columns wide."""

    @property
    def reasons_for(self) -> tuple[str, ...]:
        """What speaks for it, drawn from the answers."""
        return tuple(reason.text for reason in self.reasons if reason.speaks_for)

    @property
    def reasons_against(self) -> tuple[str, ...]:
        """What speaks against it, drawn from the answers."""
        return tuple(reason.text for reason in self.reasons if not reason.speaks_for)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """All designs, the one to build first."""

    ranked: tuple[Ranked, ...]
    refusals: tuple[Refusal, ...]
    """Hard rules that the answers break whatever the design; while one that `stops` stands, nothing is built."""
    notes: tuple[str, ...]
    """What to see to beside the design, drawn from the answers."""
    addresses: AddressPlan
    storage: StorageNeeds | None

    @property
    def best(self) -> Ranked | None:
        """The design to build; None where the answers leave none."""
        blocked = any(refusal.stops for refusal in self.refusals)
        first = self.ranked[0]
        return None if blocked or first.refused else first

    def of(self, key: str) -> Ranked:
        """Return the design of a key; KeyError when there is none."""
        return {one.design.key: one for one in self.ranked}[key]


def recommend(answers: Answers) -> Recommendation:
    """Take answers; return all designs ranked, with what is refused. The same answers give the same."""
    wanted = wish(answers)
    addresses = address_plan(wanted)
    measured = [_measure(design, wanted, addresses) for design in designs()]
    measured.sort(key=lambda one: (one.out, one.on_purpose, -one.points, one.sizing.machines))
    first = measured[0]
    return Recommendation(
        ranked=tuple(one.ranked(wanted, first) for one in measured),
        refusals=refusals_of(wanted, addresses),
        notes=(
            *notes_of(wanted, first.sizing),
            *entrance_notes(answers, first.sizing.servers // first.sizing.clusters, first.design.distribution),
            *backup_notes(answers),
        ),
        addresses=addresses,
        storage=storage_needs(wanted),
    )


@dataclass(frozen=True, slots=True)
class _Measured:
    design: Design
    sizing: Sizing
    reasons: tuple[Reason, ...]
    refused: tuple[Refusal, ...]

    @property
    def points(self) -> int:
        return sum(reason.points for reason in self.reasons)

    @property
    def out(self) -> bool:
        """Tell whether another design must stand in. A network that is too small is no reason: it is to be mended."""
        return any(not refusal.stops for refusal in self.refused)

    @property
    def on_purpose(self) -> bool:
        return any(refusal.rule == "on-purpose" for refusal in self.refused)

    def ranked(self, wanted: Wish, first: "_Measured") -> Ranked:
        return Ranked(
            design=self.design,
            sizing=self.sizing,
            reasons=self.reasons,
            survives=survives(self.design, wanted, self.sizing),
            loses=loses(self.design, wanted, self.sizing),
            refused=self.refused,
            ranked_lower_because="" if self is first else _lower(self, first),
            diagram=diagram(self.design, wanted, self.sizing),
        )


def _measure(design: Design, wanted: Wish, addresses: AddressPlan) -> _Measured:
    sizing = size(design, wanted)
    return _Measured(
        design, sizing, reasons_of(design, wanted, sizing), refusals_for(design, wanted, sizing, addresses)
    )


def _lower(one: _Measured, first: _Measured) -> str:
    """Say why a design stands behind the first: what takes it out, else what costs it most, else what the first has."""
    if one.refused:
        return f"Refused: {one.refused[0].what} {one.refused[0].why}"
    costs = _beyond(one.reasons, first.reasons, speaks_for=False)
    if costs:
        return costs[0].text
    gains = _beyond(first.reasons, one.reasons, speaks_for=True)
    if gains:
        return f"{first.design.title} has more for it: {gains[0].text}"
    machines = (one.sizing.machines, first.sizing.machines)
    return f"It takes {machines[0]} machines, {first.design.title} {machines[1]}, and gains nothing by them."


def _beyond(reasons: Sequence[Reason], others: Sequence[Reason], *, speaks_for: bool) -> list[Reason]:
    """Return the reasons that weigh something and that the other design does not share."""
    texts = {reason.text for reason in others}
    return [
        reason for reason in reasons if reason.speaks_for == speaks_for and reason.points and reason.text not in texts
    ]
