"""The result of a preflight as it is looked at: how each node stands, worked out again only where something changed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from wizard.checks.check import GROUPS, Check
from wizard.checks.finding import Finding, Verdict
from wizard.checks.matrix import Event, Judged, Looking, Matrix

Sign = Verdict | Literal["waived"]
SIGNS: tuple[Sign, ...] = ("fail", "warn", "skipped", "waived", "ok")
"""The worst first."""
Kind = Literal["all", "not ok", "fail"]
KINDS: tuple[Kind, ...] = ("all", "not ok", "fail")
_SHOWN: dict[Kind, frozenset[Sign]] = {
    "all": frozenset(SIGNS),
    "not ok": frozenset(("fail", "warn")),
    "fail": frozenset(("fail",)),
}


@dataclass(slots=True)
class Standing:
    """How one node stands: the signs of each group, how often, and how many findings stop a rollout."""

    groups: dict[str, Counter[Sign]] = field(default_factory=dict)
    signs: Counter[Sign] = field(default_factory=Counter)
    stops: int = 0


class Board:
    """A matrix that says what changed since it was last asked."""

    def __init__(self, matrix: Matrix) -> None:
        self.matrix = matrix
        self.groups = tuple(key for key in GROUPS if any(each.group == key for each in matrix.checks))
        """The groups that have checks here, in the order of their columns."""
        self._checks = {each.id: each for each in matrix.checks}
        self._standing: dict[str, Standing] = {}
        self._stale = set(matrix.nodes)
        self._total = Standing()
        self.version = 0
        """Counts changes, so that whoever draws sees whether there is anything new."""

    def apply(self, event: Event) -> None:
        """Take one event in."""
        self.matrix.apply(event)
        self.version += 1
        if isinstance(event, Looking | Judged):
            self._stale.add(event.node)

    def take(self) -> set[str]:
        """Return the nodes that changed since the last call."""
        touched, self._stale = self._stale, set()
        for node in touched:
            self._standing[node] = self._stand(node)
        if touched:
            self._total = self._sum()
        return touched

    def check(self, id: str) -> Check:
        """Return a check of this matrix; KeyError for another."""
        return self._checks[id]

    def checks(self, group: str) -> tuple[Check, ...]:
        """Return the checks of a group, in the order of their columns."""
        return tuple(each for each in self.matrix.checks if each.group == group)

    def names(self, kind: Kind, *, needle: str = "", group: str = "") -> list[str]:
        """Return the nodes that have a finding of `kind`, in `group` where given, and `needle` in their name."""
        wanted, needle = _SHOWN[kind], needle.casefold()
        return [
            name
            for name in self.matrix.nodes
            if needle in name.casefold() and (kind == "all" or wanted & self._signs(name, group).keys())
        ]

    def cell(self, node: str, column: str) -> tuple[Sign | None, int]:
        """Return the worst sign of a node's group or check, and how often it is there; None before it is judged."""
        if column in self._checks:
            finding = self.matrix.finding(node, column)
            return (self.sign(node, finding), 1) if finding else (None, 0)
        signs = self._signs(node, column)
        worst = next((sign for sign in SIGNS if sign in signs), None)
        return worst, signs[worst] if worst else 0

    def sign(self, node: str, finding: Finding) -> Sign:
        """Return how a finding of a node counts."""
        return "waived" if self.matrix.waiver(node, finding) else finding.verdict

    def findings(self, node: str, column: str) -> list[Finding]:
        """Return a node's findings of a group or of one check, the worst first."""
        if column in self._checks:
            found = self.matrix.finding(node, column)
            return [found] if found else []
        return sorted(self.matrix.of_group(node, column), key=lambda each: SIGNS.index(self.sign(node, each)))

    @property
    def totals(self) -> Counter[Sign]:
        """How many findings of each sign there were when changes were last taken."""
        return self._total.signs

    @property
    def stops(self) -> int:
        """How many findings kept a rollout from starting then."""
        return self._total.stops

    @property
    def judged(self) -> int:
        """How many nodes have been judged, at least once."""
        return len(self.matrix.findings)

    def waive(self, node: str, check: str, reason: str) -> None:
        """Let a finding not count, as Matrix.waive does and refuses it."""
        self.matrix.waive(check, node, reason)
        self._touch(node)

    def unwaive(self, node: str, check: str) -> bool:
        """Let a finding count again; False when it was not waived on this node alone."""
        found = self.matrix.unwaive(check, node)
        self._touch(node)
        return found

    def waivable(self, node: str, column: str) -> Iterator[Finding]:
        """Yield what could be waived in a cell: failed shoulds and warnings that count."""
        return (each for each in self.findings(node, column) if self.sign(node, each) in ("fail", "warn"))

    def _touch(self, node: str) -> None:
        self._stale.add(node)
        self.version += 1

    def _signs(self, node: str, group: str) -> Counter[Sign]:
        standing = self._standing.get(node)
        if standing is None:
            return Counter()
        return standing.groups.get(group, Counter()) if group else standing.signs

    def _sum(self) -> Standing:
        every = self._standing.values()
        signs = Counter({sign: sum(each.signs[sign] for each in every) for sign in SIGNS})
        return Standing(signs=signs, stops=sum(each.stops for each in every))

    def _stand(self, node: str) -> Standing:
        made = Standing()
        for each in self.matrix.findings.get(node, {}).values():
            sign = self.sign(node, each)
            made.groups.setdefault(self._checks[each.check].group, Counter())[sign] += 1
            made.signs[sign] += 1
            made.stops += each.stops and sign != "waived"
        return made
