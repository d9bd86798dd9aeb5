"""Facts of all nodes at once, and again of one when its turn comes."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from wizard.errors import HostError
from wizard.rollout.step import Fileless, Hosts, Outcome, Probe, Survey, Work

FRESH_S = 60.0
AT_ONCE = 64


async def survey(names: Iterable[str], hosts: Hosts, probe: Probe) -> Survey:
    """Probe every node of `names` at the same time; a node that can't be probed is kept with its error."""
    found, slots = Survey(), asyncio.Semaphore(AT_ONCE)

    async def look(name: str) -> None:
        async with slots:
            try:
                found.learn(name, await probe(hosts(name)))
            except HostError as error:
                found.failures[name] = error

    async with asyncio.TaskGroup() as group:
        for name in names:
            group.create_task(look(name))
    return found


@dataclass(frozen=True, slots=True)
class Reach(Fileless):
    """The first step on each node: reach it, and look again unless the facts are fresh.

    A node whose turn comes an hour after the survey may have changed since.
    """

    survey: Survey
    probe: Probe
    again: bool = False
    """Look even when the facts are fresh: an earlier stage has changed the node."""
    key: str = "reach"
    title: str = "Reach the node"
    timeout_s: float = 120.0
    expected_s: float = 1.0

    def settled(self, node: str, survey: Survey) -> bool:
        return not self.again and survey.age_s(node) < FRESH_S

    async def carry_out(self, work: Work) -> Outcome:
        self.survey.learn(work.node, await self.probe(work.host))
        return "unchanged"
