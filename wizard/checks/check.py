"""What a check is: a pure function over facts and spec, with its name, its weight, and the reason for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wizard.checks.finding import Finding, Said, Severity
from wizard.hosts.facts import Facts
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

Judge = Callable[[Node, Facts, Spec], Said]
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

    def judge(self, spec: Spec, facts: Mapping[str, Facts]) -> dict[str, Finding]:
        """Return the finding of each node in `facts`; pure, and never raises, whatever nodes printed.

        A check across nodes wants the facts of all nodes; it may have nothing to say of some.
        """
        return {node: said.by(self.id, self.severity) for node, said in self._judge(spec, facts).items()}


def check(id: str, title: str, *, group: str, severity: Severity, why: str, source: str) -> Callable[[Judge], Check]:
    """Make a function that judges one node by its own facts a Check."""

    def made(judge: Judge) -> Check:
        def each(spec: Spec, facts: Mapping[str, Facts]) -> Mapping[str, Said]:
            return {name: judge(spec.node(name), known, spec) for name, known in facts.items()}

        return Check(id, title, group, severity, why, source, False, each)

    return made


def across(
    id: str, title: str, *, group: str, severity: Severity, why: str, source: str
) -> Callable[[JudgeAll], Check]:
    """Make a function that judges nodes by comparing them a Check."""
    return lambda judge: Check(id, title, group, severity, why, source, True, judge)


def proven(id: str, title: str, *, group: str, severity: Severity, why: str, source: str) -> Check:
    """Return a Check that facts do not tell of."""
    return Check(id, title, group, severity, why, source, True, lambda spec, facts: {}, proven=True)
