"""Carries a plan out: stage by stage, batch by batch, step by step, telling all of it to the journal."""

import asyncio
import contextlib
import time
from datetime import datetime
from typing import Literal

from wizard.errors import WizardError
from wizard.rollout import events as ev
from wizard.rollout.attempt import Attempts, Emit
from wizard.rollout.plan import Plan, Stage
from wizard.rollout.step import Hosts, Survey

CLOCK_S = 30.0
OVER_BUDGET = "more nodes failed than this stage allows"


class Engine:
    """One rollout. `run` ends when the plan is carried out, given up, or aborted; `command` takes the operator's word.

    A step in hand is never cut off by pause, skip or abort: they take effect before the next one starts.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        survey: Survey,
        hosts: Hosts,
        emit: Emit,
        patience_s: float = 900,
        hold_s: float = 0,
    ) -> None:
        """Take the plan, the facts it was made from, and the way to its hosts.

        `patience_s` is how long an unreachable node is awaited, `hold_s` how long a rollout that can't go on waits
        for the operator before it ends (0: not at all).
        """
        self._plan = plan
        self._survey = survey
        self._emit = emit
        self._hosts = hosts
        self._attempts = Attempts(hosts, emit, patience_s, self._given_up)
        self._hold_s = hold_s
        self._outcomes: dict[tuple[str, str], ev.NodeOutcome] = {}
        self._under_way: set[str] = set()
        self._skip: set[str] = set()
        self._again: list[str] = []
        self._backs: list[str] = []
        self._aborting = False
        self._lost: BaseException | None = None
        self._closed = False  # it is not the hour to begin a node
        self._open = asyncio.Event()  # clear while paused: no new step starts
        self._open.set()
        self._word = asyncio.Event()  # set when the operator said something

    async def run(self) -> ev.RolloutOutcome:
        """Carry the plan out; return how it ended. Raises WizardError when `emit` can't take what happens."""
        for stage in self._plan.stages:
            if stage.batches and not await self._run_stage(stage):
                break
        else:
            await self._last_chance()
        return self._end()

    def command(self, command: str, node: str) -> str:
        """Take a word of the operator (see control.COMMANDS); return what to say.

        Raises WizardError when it makes no sense now.
        """
        said = self._obey(command, node)
        if command != "ping":
            self._emit(ev.CommandTaken(command=command, node=node, said=said))
            self._word.set()
        return said

    def _obey(self, command: str, node: str) -> str:
        match command:
            case "pause":
                self._open.clear()
                count = len(self._under_way)
                nodes = "1 node finishes its" if count == 1 else f"{count} nodes finish their"
                return f"paused: {nodes} step in hand, no new step starts"
            case "resume":
                self._open.set()
                return "resumed"
            case "abort":
                self._aborting = True
                self._open.set()
                return "aborting: the steps in hand are finished, then the rollout ends"
            case "retry":
                return self._queued(node, self._again, "is tried again")
            case "skip":
                return self._skip_node(node)
            case "back":
                if self._plan.back is None:
                    raise WizardError("in this rollout nothing can be put back", hint="abort ends it.")
                return self._queued(node, self._backs, "is put back")
        return "running"

    def _queued(self, node: str, queue: list[str], what: str) -> str:
        self._plan.stage_of(node)
        if self._outcome(node) not in ("failed", "skipped") or node in (*self._again, *self._backs):
            raise WizardError(f"{node}: only a node that has failed or was skipped can be retried or put back")
        self._skip.discard(node)
        queue.append(node)
        self._survey.forget(node)
        return f"{node} {what}" + (" when the batch in hand is done" if self._under_way else "")

    def _skip_node(self, node: str) -> str:
        stage = self._plan.stage_of(node)
        if self._outcome(node) in ("done", "unchanged", "skipped"):
            raise WizardError(f"{node}: there is nothing left to skip")
        self._skip.add(node)
        if self._outcome(node) == "failed":
            self._end_node(self._failed_stage(node) or stage, node, "skipped")
        return f"{node} is left out of this rollout"

    async def _run_stage(self, stage: Stage) -> bool:
        self._emit(ev.StageStarted(stage=stage.key))
        for number, batch in enumerate(stage.batches, 1):
            self._emit(ev.BatchStarted(stage=stage.key, number=number, nodes=batch))
            await self._run_nodes(stage, batch)
            if number == 1 and stage.canary and stage.soak_s and len(stage.batches) > 1:
                await self._soak(stage, batch)
            if not await self._within_budget(stage):
                break
        self._emit(ev.StageEnded(stage=stage.key, failed=self._failed(stage)))
        return not self._aborting and len(self._failed(stage)) <= stage.max_failed

    async def _run_nodes(self, stage: Stage, nodes: tuple[str, ...]) -> None:
        slots = asyncio.Semaphore(stage.at_once)

        async def in_turn(node: str) -> None:
            async with slots:
                await self._in_hours(stage, node)
                # A rolling stage starts no further node once its budget is spent.
                if not self._aborting and len(self._failed(stage)) <= stage.max_failed:
                    await self._run_node(stage, node)

        try:
            async with asyncio.TaskGroup() as group:
                for node in nodes:
                    group.create_task(in_turn(node))
        except* WizardError as lost:
            # No step raises these: the journal can't be written, and each node that noticed says so.
            self._lost = lost.exceptions[0]
        if self._lost:
            raise self._lost

    async def _in_hours(self, stage: Stage, node: str) -> None:
        """Return when `node` may be begun, or is not to be: one that is begun is finished at any hour."""
        while stage.hours and not self._given_up(node):
            self._word.clear()
            now = datetime.now()
            opens = stage.hours.opens(now)
            if self._closed != (opens > now):
                self._closed = opens > now
                closed = ev.StageClosed(stage=stage.key, until=opens.timestamp())
                self._emit(closed if self._closed else ev.StageOpened(stage=stage.key))
            if not self._closed:
                return
            with contextlib.suppress(TimeoutError):
                # Short: the clock may be set, and a laptop sleeps.
                async with asyncio.timeout(min(CLOCK_S, (opens - now).total_seconds())):
                    await self._word.wait()

    async def _within_budget(self, stage: Stage) -> bool:
        """Hold for the operator while too many nodes have failed; False to end the stage here."""
        await self._retries()
        while not self._aborting and len(self._failed(stage)) > stage.max_failed:
            if not await self._hold(f"{stage.title}: {OVER_BUDGET}"):
                return False
            await self._retries()
        return not self._aborting

    async def _last_chance(self) -> None:
        """Everything else is done: nodes that failed may still be retried."""
        while not self._aborting and any(self._failed(stage) for stage in self._plan.stages):
            if not await self._hold("all that could be done is done; some nodes have failed"):
                return
            await self._retries()

    async def _hold(self, why: str) -> bool:
        if not self._hold_s:
            return False
        self._word.clear()
        self._emit(ev.Held(why=why, until=time.time() + self._hold_s))
        try:
            async with asyncio.timeout(self._hold_s):
                await self._word.wait()
        except TimeoutError:
            return False
        return True

    async def _retries(self) -> None:
        while (self._again or self._backs) and not self._aborting:
            if self._backs:
                await self._put_back(self._backs.pop(0))
                continue
            node = self._again.pop(0)
            stages = [stage for stage in self._plan.stages if (stage.key, node) in self._outcomes]
            for stage in stages:
                self._outcomes.pop((stage.key, node), None)
                if await self._run_node(stage, node) not in ("done", "unchanged"):
                    break

    async def _put_back(self, node: str) -> None:
        """Bring a node back to what it was; it is then left out of this rollout."""
        assert self._plan.back is not None  # noqa: S101 - the command was refused otherwise
        try:
            way = await self._plan.back(node, self._hosts)
        except WizardError as error:
            said = f"refused: {error.message}. {error.hint}".strip()
            self._emit(ev.CommandTaken(command="back", node=node, said=said))
            return
        self._emit(ev.StageAdded(node=node, stages=(way.outline(),)))
        outcome = await self._run_node(way, node)
        # Only stages of the plan count: the node may be tried again.
        del self._outcomes[way.key, node]
        if outcome in ("done", "unchanged"):
            self._skip.add(node)
            self._end_node(self._failed_stage(node) or self._plan.stage_of(node), node, "skipped")

    async def _soak(self, stage: Stage, canaries: tuple[str, ...]) -> None:
        """Leave the canaries alone for a while, unless aborted, then see whether each is still well."""
        self._emit(ev.StageSoaking(stage=stage.key, seconds=stage.soak_s))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(stage.soak_s):
                while not self._aborting:
                    self._word.clear()
                    await self._word.wait()
        for node in canaries:
            if not self._given_up(node) and self._outcome(node) in ("done", "unchanged"):
                ended = await self._attempts.carry_out(stage.key, stage.steps[-1], node)
                self._emit(ended)
                self._end_node(stage, node, ended.outcome)

    async def _run_node(self, stage: Stage, node: str) -> ev.NodeOutcome:
        self._under_way.add(node)
        try:
            outcome = await self._steps(stage, node)
        finally:
            self._under_way.discard(node)
        return self._end_node(stage, node, outcome)

    async def _steps(self, stage: Stage, node: str) -> ev.NodeOutcome:
        changed = False
        for step in stage.steps:
            await self._open.wait()
            if given_up := self._given_up(node):
                return given_up
            # The facts hold only until the first change on the node: a new config asks for a restart.
            if not changed and step.settled(node, self._survey):
                self._emit(ev.StepEnded(stage=stage.key, node=node, step=step.key, outcome="unchanged"))
                continue
            ended = await self._attempts.carry_out(stage.key, step, node)
            self._emit(ended)
            if ended.outcome in ("failed", "interrupted", "skipped"):
                return ended.outcome
            changed = changed or ended.outcome == "done"
        return "done" if changed else "unchanged"

    def _given_up(self, node: str) -> Literal["interrupted", "skipped"] | None:
        """How `node` is to end before its next step, None while it is to go on."""
        if self._aborting:
            return "interrupted"
        return "skipped" if node in self._skip else None

    def _end_node(self, stage: Stage, node: str, outcome: ev.NodeOutcome) -> ev.NodeOutcome:
        self._outcomes[stage.key, node] = outcome
        self._emit(ev.NodeEnded(stage=stage.key, node=node, outcome=outcome))
        return outcome

    def _outcome(self, node: str) -> ev.NodeOutcome | None:
        """The node's worst outcome so far."""
        found = [outcome for (_, name), outcome in self._outcomes.items() if name == node]
        return next((outcome for outcome in found if outcome not in ("done", "unchanged")), found[0] if found else None)

    def _failed_stage(self, node: str) -> Stage | None:
        return next((stage for stage in self._plan.stages if node in self._failed(stage)), None)

    def _failed(self, stage: Stage) -> tuple[str, ...]:
        return tuple(node for node in stage.nodes if self._outcomes.get((stage.key, node)) == "failed")

    def _end(self) -> ev.RolloutOutcome:
        names = sorted(self._plan.nodes)
        bad = [name for name in names if self._outcome(name) not in ("done", "unchanged")]
        over = any(len(self._failed(stage)) > stage.max_failed for stage in self._plan.stages)
        outcome: ev.RolloutOutcome = "failed" if over else "partly" if bad else "done"
        outcome = "aborted" if self._aborting else outcome
        said = f"{len(names) - len(bad)} of {len(names)} nodes done"
        if bad:
            said += f"; not done: {', '.join(bad[:10])}{' …' if len(bad) > 10 else ''}"
        move = f"Go on with: rancher-wizard {self._plan.command}" if bad else ""
        self._emit(ev.RolloutEnded(outcome=outcome, said=said, next_move=move))
        return outcome
