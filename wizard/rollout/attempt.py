"""One step carried out on one node: through dropped links, to a verdict that says what was seen and the next move."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from wizard.errors import HostError, StepFailed, Unreachable, WizardError
from wizard.rollout import events as ev
from wizard.rollout.output import Output
from wizard.rollout.step import Hosts, Step, Work

Emit = Callable[[ev.Event], None]
GivenUp = Literal["interrupted", "skipped"]

LOOK_S = 0.5


@dataclass(frozen=True, slots=True)
class Attempts:
    """Carries steps out over `hosts` and tells `emit`.

    An unreachable node is awaited for `patience_s`, unless `given_up` says meanwhile how it is to end.
    """

    hosts: Hosts
    emit: Emit
    patience_s: float
    given_up: Callable[[str], GivenUp | None]

    async def carry_out(self, stage: str, step: Step, node: str) -> ev.StepEnded:
        """Carry `step` out on `node`; return how it ended, a failure with what was seen. Only bugs are raised."""
        started = time.monotonic()
        self.emit(ev.StepStarted(stage=stage, node=node, step=step.key))
        outcome: ev.StepOutcome = "failed"
        saw = cause = next_move = ""
        try:
            outcome = await self._persist(stage, step, node)
        except StepFailed as error:
            saw, cause, next_move = error.what, error.cause, error.hint
        except HostError as error:
            saw, next_move = error.what, error.hint
        except WizardError as error:
            saw, next_move = error.message, error.hint
        except TimeoutError:
            saw = f"no end after {step.timeout_s:.0f} s"
        if outcome == "failed" and not next_move:
            next_move = f"Read the log of {node}, mend what it names, then retry: the step goes on where the node is."
        return ev.StepEnded(
            stage=stage,
            node=node,
            step=step.key,
            outcome=outcome,
            took_s=round(time.monotonic() - started, 3),
            saw=saw,
            cause=cause,
            next_move=next_move,
        )

    async def _persist(self, stage: str, step: Step, node: str) -> ev.StepOutcome:
        """Carry the step out; when the link drops, wait for the node and carry it out again."""

        def tell(percent: int, doing: str) -> None:
            self.emit(ev.StepProgress(stage=stage, node=node, step=step.key, percent=percent, doing=doing))

        with Output(node, self.emit) as output:
            work = Work(node=node, host=self.hosts(node), at=self.hosts, tell=tell, said=output.line)
            while True:
                try:
                    async with asyncio.timeout(step.timeout_s):
                        return await step.carry_out(work)
                except Unreachable as error:
                    if given_up := await self._wait_for(error, node):
                        return given_up

    async def _wait_for(self, error: Unreachable, node: str) -> GivenUp | None:
        """Wait until the host that dropped is back, which need not be `node` itself; None when it is."""
        since = time.monotonic()
        lost = self.hosts(error.node)
        self.emit(ev.NodeWaiting(node=node, awaited=error.message, until=time.time() + self.patience_s))
        back = asyncio.create_task(lost.reconnect(patience_s=self.patience_s))
        try:
            while not back.done():
                await asyncio.wait({back}, timeout=LOOK_S)
                if not back.done() and (given_up := self.given_up(node)):
                    return given_up
        finally:
            back.cancel()
        back.result()
        self.emit(ev.NodeBack(node=node, after_s=round(time.monotonic() - since, 1)))
        return None
