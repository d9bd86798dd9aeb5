"""The result of a preflight, folded from its events: nodes × checks, with what was waived and why."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from wizard.checks.check import Check
from wizard.checks.finding import Finding, Verdict
from wizard.checks.network.links import Links
from wizard.errors import WizardError

EVERY_NODE = "*"
_WORST: tuple[Verdict, ...] = ("fail", "warn", "skipped", "ok")


@dataclass(frozen=True, slots=True)
class Looking:
    """A node is being looked at."""

    node: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What checks found on a node; replaces what the same checks found there before."""

    node: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Linked:
    """The network proof has come further; `links` is all that it knows by now."""

    links: Links


Event = Looking | Judged | Linked


@dataclass(frozen=True, slots=True)
class Waiver:
    """The operator's word that a finding of `check` shall not count on `node` (`*`: on none); lands in the report."""

    check: str
    node: str
    reason: str
    forced: bool = False
    """Whether it holds for a failed must too: a warning that was waived may have become one since."""

    def covers(self, node: str, finding: Finding) -> bool:
        """True when this waiver is about that finding of that node."""
        there = self.check == finding.check and self.node in (node, EVERY_NODE)
        return there and (self.forced or not finding.stops)


State = Literal["waiting", "looking", "judged"]


@dataclass(slots=True)
class Matrix:
    """All findings so far, by node and check; nodes and checks keep the order they were given in."""

    nodes: tuple[str, ...]
    checks: tuple[Check, ...]
    findings: dict[str, dict[str, Finding]] = field(default_factory=dict)
    looking: set[str] = field(default_factory=set)
    waivers: tuple[Waiver, ...] = ()
    links: Links | None = None
    """What the network proof found; None while there was none."""

    def apply(self, event: Event) -> None:
        """Take one event in."""
        match event:
            case Looking(node):
                self.looking.add(node)
            case Judged(node, findings):
                self.looking.discard(node)
                self.findings.setdefault(node, {}).update((each.check, each) for each in findings)
            case Linked(links):
                # Where nobody could be asked, there is nothing to show.
                self.links = links if any(links.all()) else None

    def state(self, node: str) -> State:
        """Return how far the look at a node is."""
        if node in self.looking:
            return "looking"
        return "judged" if node in self.findings else "waiting"

    def finding(self, node: str, check: str) -> Finding | None:
        """Return what a check said of a node; None while it has not."""
        return self.findings.get(node, {}).get(check)

    def of_group(self, node: str, group: str) -> tuple[Finding, ...]:
        """Return a node's findings of one group, in the order of the checks."""
        there = self.findings.get(node, {})
        return tuple(there[each.id] for each in self.checks if each.group == group and each.id in there)

    def worst(self, node: str, group: str) -> Verdict | None:
        """Return the worst verdict that is not waived of a node's group; None while there is none."""
        verdicts = {"ok" if self.waiver(node, each) else each.verdict for each in self.of_group(node, group)}
        return next((verdict for verdict in _WORST if verdict in verdicts), None)

    def open(self, node: str | None = None) -> Iterator[tuple[str, Finding]]:
        """Yield (node, finding) for what is not ok and not waived, of one node or of all."""
        for name in self.nodes if node is None else (node,):
            for each in self._ordered(name):
                if not each.good and not self.waiver(name, each):
                    yield name, each

    def stops(self) -> tuple[tuple[str, Finding], ...]:
        """Return what keeps a rollout from starting: failed musts that were not forced."""
        return tuple((node, each) for node, each in self.open() if each.stops)

    def waiver(self, node: str, finding: Finding) -> Waiver | None:
        """Return the waiver of a finding that is not good, None when there is none."""
        if finding.good:
            return None
        return next((waiver for waiver in self.waivers if waiver.covers(node, finding)), None)

    def waive(self, check: str, node: str, reason: str) -> None:
        """Let a failed `should` (or a warning) of one node not count, for a reason.

        Raises WizardError without a reason, and for a failed must: that takes `force`.
        """
        finding = self.finding(node, check)
        if finding is not None and finding.stops:
            raise WizardError(
                f"{check} must hold on {node}; it can't be waived here",
                hint=f"Mend it, or run with --force-check {check} --reason TEXT.",
            )
        self._put(Waiver(check, node, reason.strip()))

    def force(self, check: str, node: str, reason: str) -> None:
        """Let a check not count on a node (or on `*`), whatever its severity, for a reason."""
        self._put(Waiver(check, node, reason.strip(), forced=True))

    def _put(self, waiver: Waiver) -> None:
        if waiver.check not in {each.id for each in self.checks}:
            hint = "`rancher-wizard check --list` names them all."
            raise WizardError(f"there is no check {waiver.check!r}", hint=hint)
        if not waiver.reason:
            raise WizardError(f"why shall {waiver.check} not count?", hint="Give a reason: it lands in the report.")
        kept = (each for each in self.waivers if (each.check, each.node) != (waiver.check, waiver.node))
        self.waivers = (*kept, waiver)

    def unwaive(self, check: str, node: str) -> bool:
        """Let a finding of one node count again; False when it was not waived there, or on all nodes at once."""
        kept = tuple(each for each in self.waivers if (each.check, each.node) != (check, node))
        changed, self.waivers = kept != self.waivers, kept
        return changed

    def record(self) -> dict[str, Any]:
        """Return all of this as plain data for JSON."""
        return {
            "nodes": list(self.nodes),
            "checks": [each.id for each in self.checks],
            "findings": {
                name: [each.record() for each in self._ordered(name)] for name in self.nodes if name in self.findings
            },
            "waivers": [asdict(each) for each in self.waivers],
            "links": self.links.record() if self.links else None,
        }

    @classmethod
    def of(cls, record: Any, known: Iterable[Check]) -> "Matrix":
        """Return the matrix of a record; checks that this version does not know keep no column.

        Raises WizardError for what is no such record.
        """
        try:
            ids = set(record["checks"])
            return cls(
                nodes=tuple(map(str, record["nodes"])),
                checks=tuple(each for each in known if each.id in ids),
                findings={
                    str(node): {each["check"]: Finding.of(each) for each in found}
                    for node, found in record["findings"].items()
                },
                waivers=tuple(Waiver(**each) for each in record["waivers"]),
                links=Links.of(record["links"]) if record.get("links") else None,
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise WizardError("this is no result of checks", hint="Run the checks again.") from error

    def _ordered(self, node: str) -> Iterator[Finding]:
        there = self.findings.get(node, {})
        return (there[each.id] for each in self.checks if each.id in there)
