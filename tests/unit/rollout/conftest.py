"""Plans made of small steps, and an engine that tells a list instead of a journal."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from wizard.errors import HostError, LinkLost, StepFailed
from wizard.hosts.facts import Facts
from wizard.rollout import events as ev
from wizard.rollout.batches import batches
from wizard.rollout.engine import Engine
from wizard.rollout.plan import Back, Plan, Stage
from wizard.rollout.step import File, Outcome, Survey, Work
from wizard.spec.hours import Hours


@dataclass
class SmallStep:
    """A step that does what its table says for a node: fail, drop the link, wait; else it is done."""

    key: str = "act"
    title: str = "Act"
    timeout_s: float = 5.0
    expected_s: float = 1.0
    fails: dict[str, int] = field(default_factory=dict)  # how often, by node
    drops: dict[str, int] = field(default_factory=dict)
    waits: dict[str, asyncio.Event] = field(default_factory=dict)
    holds: set[str] = field(default_factory=set)  # nodes on which it is settled
    answer: Outcome = "done"
    ran: list[str] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0

    def files(self, node: str) -> tuple[File, ...]:
        return ()

    def settled(self, node: str, survey: Survey) -> bool:
        return node in self.holds

    async def carry_out(self, work: Work) -> Outcome:
        self.ran.append(work.node)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await asyncio.sleep(0)
            if work.node in self.waits:
                await self.waits[work.node].wait()
            if self.drops.get(work.node, 0):
                self.drops[work.node] -= 1
                raise LinkLost(work.node, "the connection dropped")
            if self.fails.get(work.node, 0):
                self.fails[work.node] -= 1
                raise StepFailed(work.node, "it broke", cause="it was made so", hint="mend it")
            return self.answer
        finally:
            self.under_way -= 1


@dataclass
class FakeHost:
    name: str
    came_back: bool = True
    reconnects: int = 0

    async def reconnect(self, *, patience_s: float) -> None:
        self.reconnects += 1
        await asyncio.sleep(0)
        if not self.came_back:
            raise HostError(self.name, f"not back after {patience_s:.0f} s", hint="Look at its console.")


class Run:
    """An engine over a plan, and all that it told."""

    def __init__(self, *stages: Stage, hold_s: float = 0, back: Back | None = None) -> None:
        self.told: list[ev.Event] = []
        self.hosts: dict[str, FakeHost] = {}
        self.seen: Callable[[ev.Event], None] = lambda event: None
        names = [node for stage in stages for node in stage.nodes]
        survey = Survey()
        for name in names:
            survey.learn(name, Facts())
            self.hosts[name] = FakeHost(name)
        self.engine = Engine(
            Plan("c", stages, back=back), survey=survey, hosts=self.hosts.__getitem__, emit=self._tell, hold_s=hold_s
        )

    def _tell(self, event: ev.Event) -> None:
        self.told.append(event)
        self.seen(event)

    async def carry_out(self) -> str:
        async with asyncio.timeout(10):
            return await self.engine.run()

    def outcomes(self) -> dict[str, str]:
        return {event.node: event.outcome for event in self.told if isinstance(event, ev.NodeEnded)}

    def of(self, kind: type[ev.Event]) -> list[ev.Event]:
        return [event for event in self.told if isinstance(event, kind)]


def stage_of(
    *nodes: str,
    steps: tuple[SmallStep, ...],
    key: str = "agents",
    at_once: int = 1,
    max_failed: int = 0,
    rolling: bool = False,
    canary: int = 0,
    soak_s: float = 0,
    hours: Hours | None = None,
) -> Stage:
    cut = (nodes,) if rolling else batches(nodes, at_once=at_once, canary=canary)
    return Stage(
        key,
        key.title(),
        key,
        cut,
        steps,
        at_once=at_once,
        rolling=rolling,
        max_failed=max_failed,
        canary=canary,
        soak_s=soak_s,
        hours=hours,
    )


@pytest.fixture
def nodes() -> tuple[str, ...]:
    return tuple(f"n{number}" for number in range(1, 8))
