"""What a check is: a pure function over facts and spec, with its name, its weight, and the reason for it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from wizard.checks.finding import Finding, Said, Severity
from wizard.hosts.facts import Facts
from wizard.spec.balancer import BalancerNode
from wizard.spec.models import Node, Spec

GROUPS = {
    "login": "Login",
    "system": "System",
    "hardware": "Hardware",
    "disk": "Disks",
    "kernel": "Kernel",
    "security": "Security",
    "time": "Time",
    "identity": "Identity",
    "names": "Names",
    "routes": "Routes",
    "reach": "Reach",
    "leftovers": "Left over",
    "packages": "Packages",
    "storage": "Storage",
    "network": "Network",
    "upgrade": "Upgrade",
}
"""Key and title of each group, in the order of the matrix' columns."""

Machine = Node | BalancerNode
About = Literal["nodes", "balancers", "both"]
Judge = Callable[[Node, Facts, Spec], Said]
JudgeMachine = Callable[[Machine, Facts, Spec], Said]
JudgeAll = Callable[[Spec, Mapping[str, Facts]], Mapping[str, Said]]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked at on every node, or between nodes where `across`."""

    id: str
    title: str
    group: str
    severity: Severity
    why: str
    source: str
    """Where the demand comes from, in words an operator can look up."""
    across: bool
    _judge: JudgeAll
    proven: bool = False
    """Whether no facts tell of it: a proof of its own fills it in, as the network's does."""
    about: About = "nodes"
    """The machines that it judges: nodes of the cluster, or balancers of ours before it."""

    def judge(self, spec: Spec, facts: Mapping[str, Facts]) -> dict[str, Finding]:
        """Return the finding of each node in `facts`; pure, and never raises, whatever nodes printed.

        A check across nodes wants the facts of all nodes; it may have nothing to say of some.
        """
        own = self.own(spec, facts)
        return {name: said.by(self.id, self.severity) for name, said in self._judge(spec, own).items()}

    def own(self, spec: Spec, facts: Mapping[str, Facts]) -> Mapping[str, Facts]:
        """Return the facts of the machines that it is about."""
        front = {machine.name for machine in spec.front}
        if self.about == "both" or (self.about == "nodes" and not front):
            return facts
        return {name: each for name, each in facts.items() if (name in front) == (self.about == "balancers")}


def machines(spec: Spec) -> tuple[str, ...]:
    """Return the names of all that is checked: the cluster's nodes, then the balancers of ours."""
    return (*(node.name for node in spec.nodes), *(machine.name for machine in spec.front))


def of_machine(spec: Spec, name: str, checks: Iterable[Check]) -> tuple[Check, ...]:
    """Return the checks that are about a machine of a spec."""
    kind = "balancers" if any(each.name == name for each in spec.front) else "nodes"
    return tuple(each for each in checks if each.about in (kind, "both"))


def check(id: str, title: str, *, group: str, severity: Severity, why: str, source: str) -> Callable[[Judge], Check]:
    """Make a function that judges one node by its own facts a Check."""

    def made(judge: Judge) -> Check:
        def each(spec: Spec, facts: Mapping[str, Facts]) -> Mapping[str, Said]:
            return {name: judge(spec.node(name), known, spec) for name, known in facts.items()}

        return Check(id, title, group, severity, why, source, False, each)

    return made


def machine_check(
    id: str, title: str, *, group: str, severity: Severity, why: str, source: str, about: About = "both"
) -> Callable[[JudgeMachine], Check]:
    """Make a function that judges one machine by its own facts a Check: a node, a balancer, or both."""

    def made(judge: JudgeMachine) -> Check:
        def each(spec: Spec, facts: Mapping[str, Facts]) -> Mapping[str, Said]:
            return {name: judge(spec.machine(name), known, spec) for name, known in facts.items()}

        return Check(id, title, group, severity, why, source, False, each, about=about)

    return made


def across(
    id: str, title: str, *, group: str, severity: Severity, why: str, source: str, about: About = "nodes"
) -> Callable[[JudgeAll], Check]:
    """Make a function that judges nodes by comparing them a Check."""
    return lambda judge: Check(id, title, group, severity, why, source, True, judge, about=about)


def proven(id: str, title: str, *, group: str, severity: Severity, why: str, source: str) -> Check:
    """Return a Check that facts do not tell of."""
    return Check(id, title, group, severity, why, source, True, lambda spec, facts: {}, proven=True)
