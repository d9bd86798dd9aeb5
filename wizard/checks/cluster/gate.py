"""What a check of a running cluster is: a pure function over what was seen of it and what is going to happen."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from wizard.checks.check import Check, proven
from wizard.checks.cluster.certificate import Certificate
from wizard.checks.cluster.seen import Live, Pod
from wizard.checks.finding import Finding, Said, Severity, ok, skipped
from wizard.hosts.facts import Facts
from wizard.spec.models import Spec

Line = tuple[int, int]
"""A minor of Kubernetes with its major."""


@dataclass(frozen=True, slots=True)
class Used:
    """An API version that somebody has asked a server for, and the minor that stops serving it."""

    group_version: str
    resource: str
    removed: Line


@dataclass(slots=True)
class Case:
    """All that is known before an upgrade: the cluster, its API servers, its certificates, and what is going to be."""

    spec: Spec
    target: Line
    draining: tuple[str, ...]
    """The nodes that will be emptied."""
    live: Live
    used: dict[str, list[Used]] = field(default_factory=dict)
    """By server."""
    etcd_bytes: dict[str, float] = field(default_factory=dict)
    """The size of etcd's file, by server."""
    certificates: dict[str, tuple[Certificate, ...]] = field(default_factory=dict)
    facts: Mapping[str, Facts] = field(default_factory=dict)
    half_way: frozenset[str] = frozenset()
    """Nodes that an upgrade which was begun still has to do: it may have left them as it must not begin with them."""
    first: str = ""
    """The node that what is said of the cluster as a whole is told with; the first server, unless told otherwise."""

    def __post_init__(self) -> None:
        self.first = self.first or self.spec.first_server.name

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes of the spec."""
        return tuple(node.name for node in self.spec.nodes)

    def moving(self, node: str) -> Iterator[Pod]:
        """Yield the pods that a drain of `node` moves."""
        return (pod for pod in self.live.pods if pod.node == node and pod.moves)


Judge = Callable[[Case], Mapping[str, Said]]


@dataclass(frozen=True, slots=True)
class Gate:
    """A check with how it is judged; `needs` are the kinds of objects that it can't do without."""

    check: Check
    needs: tuple[str, ...]
    judge: Judge


def gate(
    id: str, title: str, *, severity: Severity, why: str, source: str, needs: tuple[str, ...] = ()
) -> Callable[[Judge], Gate]:
    """Make a function that judges a running cluster a Gate."""
    made = proven(id, title, group="upgrade", severity=severity, why=why, source=source)
    return lambda judge: Gate(made, needs, judge)


def judge(case: Case, gates: tuple[Gate, ...]) -> dict[str, tuple[Finding, ...]]:
    """Return what all gates say, by node; pure. What needs a kind that could not be read is skipped, with the reason.

    A gate that has nothing to say of the cluster says that it is well.
    """
    found: dict[str, list[Finding]] = {}
    for each in gates:
        for node, said in _said(each, case).items():
            found.setdefault(node, []).append(said.by(each.check.id, each.check.severity))
    return {node: tuple(findings) for node, findings in found.items()}


def _said(each: Gate, case: Case) -> Mapping[str, Said]:
    for kind in each.needs:
        if why := case.live.unknown.get(kind):
            return {case.first: skipped(f"{kind}: {why}", next_move="Mend what the API server says, then ask again.")}
    return each.judge(case) or {case.first: ok("nothing in the way")}
