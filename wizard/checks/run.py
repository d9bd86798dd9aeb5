"""Runs checks: one look at each node, findings told as soon as a node is judged, nodes compared at the end."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from pathlib import Path

from wizard.checks.check import Check, machines, of_machine
from wizard.checks.finding import Finding
from wizard.checks.here import PROVEN_HERE, prove_here
from wizard.checks.matrix import Event, Judged, Linked, Looking
from wizard.checks.network.judge import judge as judge_links
from wizard.checks.network.judge import not_proven
from wizard.checks.network.proof import Proof
from wizard.checks.subject.login import why_not
from wizard.errors import HostError, WizardError
from wizard.hosts.facts import Facts
from wizard.hosts.host import Host
from wizard.spec.models import Spec

AT_ONCE = 64

Look = Callable[[Host], Awaitable[Facts]]
"""Gathers the facts of one host in one channel."""


class Preflight:
    """The checks of one spec on its nodes; may be run again for some nodes or some checks.

    `hosts` gives a node's host by its name, `emit` gets each event at once, in the loop's own thread; `base` is the
    folder of the spec.
    """

    def __init__(
        self,
        spec: Spec,
        checks: Sequence[Check],
        *,
        hosts: Callable[[str], Host],
        look: Look,
        emit: Callable[[Event], None],
        base: Path = Path(),
        bandwidth: bool = False,
        undisturbed: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`undisturbed` raises WizardError while the network must not be proven, as a rollout needs the ports."""
        self.spec = spec
        self.checks = tuple(checks)
        self.facts: dict[str, Facts] = {}
        """The latest facts of each node that could be looked at."""
        self.failures: dict[str, HostError] = {}
        """Why the others could not."""
        self.hosts = hosts
        """The way to each node, by its name."""
        self._look, self._emit, self._base, self._undisturbed = look, emit, base, undisturbed
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._proof = Proof(spec, hosts, on_change=lambda links: emit(Linked(links)), bandwidth=bandwidth)

    async def run(self, *, nodes: Iterable[str] | None = None, only: Collection[str] | None = None) -> None:
        """Look at `nodes` (all when None) and judge them by the checks of the ids `only` (all when None).

        A node that can't be looked at gets the reason as a finding; nothing is raised for it.
        """
        checks = [each for each in self.checks if only is None or each.id in only]
        names = list(machines(self.spec)) if nodes is None else list(nodes)
        async with asyncio.TaskGroup() as group:
            for name in names:
                group.create_task(self._node(name, checks))
        self._compare(checks)
        # Of balancers, only what they reach is proven.
        about = {node.name for node in self.spec.nodes}.intersection(names)
        if about and (asked := {each.id for each in checks if each.proven and each.id not in PROVEN_HERE}):
            await self._prove(asked, about=None if nodes is None else about)
        if here := {each.id for each in checks} & PROVEN_HERE:
            for node, findings in (await prove_here(self.spec, self._base)).items():
                self._emit(Judged(node, tuple(each for each in findings if each.check in here)))

    async def _node(self, name: str, checks: Sequence[Check]) -> None:
        async with self._slots:
            self._emit(Looking(name))
            try:
                self._learn(name, await self._look(self.hosts(name)))
            except HostError as error:
                self.facts.pop(name, None)
                self.failures[name] = error
                self._emit(Judged(name, tuple(why_not(error, of_machine(self.spec, name, checks)))))
                return
            self._emit(Judged(name, self._alone(name, checks)))

    def _learn(self, node: str, facts: Facts) -> None:
        self.facts[node] = facts
        self.failures.pop(node, None)

    def _alone(self, node: str, checks: Iterable[Check]) -> tuple[Finding, ...]:
        own = {node: self.facts[node]}
        return tuple(
            each.judge(self.spec, own)[node] for each in of_machine(self.spec, node, checks) if not each.across
        )

    def _compare(self, checks: Iterable[Check]) -> None:
        found: dict[str, list[Finding]] = {}
        for each in checks:
            if each.across:
                for node, finding in each.judge(self.spec, self.facts).items():
                    found.setdefault(node, []).append(finding)
        for node, findings in found.items():
            self._emit(Judged(node, tuple(findings)))

    async def _prove(self, ids: Collection[str], *, about: Collection[str] | None) -> None:
        """Let the nodes ask each other; nodes that could not be looked at have their findings already."""
        try:
            if self._undisturbed:
                await self._undisturbed()
        except WizardError as error:
            there = (node.name for node in self.spec.nodes if node.name in self.facts)
            busy = {name: HostError(name, error.message, hint=error.hint) for name in there}
            for node, findings in not_proven(busy).items():
                self._emit(Judged(node, tuple(each for each in findings if each.check in ids)))
            return
        for node, findings in (await prove(self._proof, among=self.facts, about=about)).items():
            self._emit(Judged(node, tuple(each for each in findings if each.check in ids)))


async def prove(
    proof: Proof, *, among: Collection[str], about: Collection[str] | None = None
) -> dict[str, tuple[Finding, ...]]:
    """Run a proof between nodes `among`, of pairs that one of `about` (any) is in; return what it finds, by node."""
    links = await proof.run(among=among, about=about)
    front = {machine.name for machine in proof.spec.front}
    failures = {name: error for name, error in proof.failures.items() if name not in front}
    return {**judge_links(proof.spec, links, proof.opened), **not_proven(failures)}
