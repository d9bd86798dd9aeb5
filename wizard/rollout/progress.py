"""The state of a rollout, folded from its events: screen, console, report and `status` all read this."""

import time
from bisect import insort
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from wizard.rollout import events as ev

NodeState = Literal["waiting", "running", "unreachable", "done", "unchanged", "failed", "skipped", "interrupted"]
Phase = Literal["starting", "running", "pausing", "paused", "held", "aborting", "ended"]

StageMove = ev.StageStarted | ev.BatchStarted | ev.StageSoaking | ev.StageClosed | ev.StageOpened | ev.StageEnded

LOG_LINES = 2000
FINISHED: frozenset[str] = frozenset({"done", "unchanged", "failed", "skipped", "interrupted"})


@dataclass(slots=True)
class NodeProgress:
    """One node: where it is, what it does or awaits, and what it last said."""

    name: str
    stage: str = ""
    state: NodeState = "waiting"
    step: str = ""
    step_title: str = ""
    percent: int = 0  # of the step
    doing: str = ""
    since: float = 0.0  # epoch seconds: start of the present step, or of the wait
    started: float = 0.0  # epoch seconds: start of the node's first step
    ended: float = 0.0
    steps_done: int = 0
    steps: int = 0
    awaited: str = ""
    failure: ev.StepEnded | None = None
    back: str = ""  # the way back of this node as it is now
    log: deque[str] = field(default_factory=lambda: deque(maxlen=LOG_LINES))

    def elapsed_s(self, now: float) -> float:
        """Seconds that this node has taken so far, 0 before its first step."""
        if not self.started:
            return 0.0
        return max(0.0, (self.ended or now) - self.started)


@dataclass(slots=True)
class StageProgress:
    outline: ev.StageOutline
    batch: int = 0  # number of the batch under way, from 1
    started: float = 0.0
    ended: float = 0.0
    batch_nodes: tuple[str, ...] = ()
    soaking: bool = False  # the canary is left alone for a while
    closed_until: float = 0.0  # epoch seconds: no node is begun before, 0 while it may be

    @property
    def line(self) -> str:
        """The stage in one line: `agents 11-20 of 97, batch 2 of 10`."""
        closed = time.strftime("%H:%M", time.localtime(self.closed_until))
        watched = ", the canary is watched" if self.soaking else ""
        return self._place + watched + (f", no node is begun before {closed}" if self.closed_until else "")

    @property
    def _place(self) -> str:
        total = len(self.outline.nodes)
        if not self.batch or total == 1:
            return f"{self.outline.title} ({total} node{'s' * (total != 1)})"
        order = self.outline.nodes
        first = order.index(self.batch_nodes[0]) + 1
        last = first + len(self.batch_nodes) - 1
        span = f"{first}-{last}" if last > first else str(first)
        if self.outline.rolling:
            return f"{self.outline.noun} {span} of {total}, {self.outline.at_once} at a time"
        return f"{self.outline.noun} {span} of {total}, batch {self.batch} of {len(self.outline.batches)}"


class Progress:
    """The fold: `apply` each event in order, then read the fields."""

    def __init__(self, *, cluster: str = "") -> None:
        """Begin with no event; `cluster` is its name until the plan tells it."""
        self.cluster = cluster
        self.run = ""
        self.simulated = False
        self.notice = ""  # what the plan says once to each view
        self.phase: Phase = "starting"
        self.held_why = ""
        self.held_until = 0.0
        self.started = 0.0
        self.now = 0.0  # time of the last event
        self.stages: dict[str, StageProgress] = {}
        self.nodes: dict[str, NodeProgress] = {}
        self.stage = ""  # key of the stage under way
        self.back = ""  # what "back" means now, in the operator's words
        self.ending: ev.RolloutEnded | None = None
        self.touched: set[str] = set()  # names changed since the reader last cleared it
        self._titles: dict[tuple[str, str], ev.StepOutline] = {}
        self._measured: list[float] = []  # measured / predicted seconds of steps that really ran, sorted

    def apply(self, event: ev.Event) -> None:
        """Take one event; unknown nodes and stages are ignored, as a torn journal may hold them."""
        self.now = max(self.now, event.at)
        match event:
            case ev.RolloutStarted():
                self._start(event)
            case ev.StageAdded() if event.node in self.nodes:
                self._add(event)
            case (
                ev.StageStarted()
                | ev.BatchStarted()
                | ev.StageSoaking()
                | ev.StageClosed()
                | ev.StageOpened()
                | ev.StageEnded()
            ):
                self._stage_moves(event)
            case ev.StepStarted() | ev.StepProgress() | ev.StepEnded():
                self._step_moves(event)
            case ev.NodeOutput() | ev.NodeWaiting() | ev.NodeBack() | ev.NodeEnded():
                self._node_moves(event)
            case ev.CommandTaken():
                self._command(event)
            case ev.Held():
                self.phase, self.held_why, self.held_until = "held", event.why, event.until
            case ev.RolloutEnded():
                self.phase, self.ending = "ended", event

    def title(self, stage: str, step: str) -> str:
        """The step's title in the operator's words, its key when the plan has no such step."""
        outline = self._titles.get((stage, step))
        return outline.title if outline else step

    def count(self, *states: NodeState) -> int:
        """How many nodes are in one of `states`."""
        return sum(node.state in states for node in self.nodes.values())

    @property
    def finished(self) -> int:
        return sum(node.state in FINISHED for node in self.nodes.values())

    @property
    def fraction(self) -> float:
        """Share of the whole work that is done, 0 to 1, by steps."""
        steps = sum(node.steps for node in self.nodes.values())
        done = sum(_steps_done(node) for node in self.nodes.values())
        return 1.0 if self.phase == "ended" and not self.count("failed", "waiting") else done / steps if steps else 0.0

    @property
    def predicted_s(self) -> float:
        """What was predicted before the start, in seconds; 0 while there is no plan."""
        return sum(stage.outline.expected_s() for stage in self.stages.values())

    @property
    def took_s(self) -> float:
        """Seconds from the start to the end, or to the last event."""
        return max(0.0, self.now - self.started) if self.started else 0.0

    @property
    def pace(self) -> float:
        """How much longer than predicted steps have taken so far (1 = as predicted); the median, bounded."""
        if not self._measured:
            return 1.0
        return min(20.0, max(0.02, self._measured[len(self._measured) // 2]))

    def remaining_s(self, now: float) -> float:
        """Predicted seconds to the end, from the outline and the pace measured so far."""
        return sum(self._stage_remaining_s(stage, now) for stage in self.stages.values())

    def _stage_remaining_s(self, stage: StageProgress, now: float) -> float:
        rest = 0.0
        for batch in stage.outline.batches:
            left = [self._node_remaining_s(self.nodes[name], stage, now) for name in batch]
            # The slowest node of a batch is the one that the next batch waits for.
            rest += max(max(left, default=0.0), sum(left) / stage.outline.at_once)
        return rest

    def _node_remaining_s(self, node: NodeProgress, stage: StageProgress, now: float) -> float:
        if node.stage != stage.outline.key or node.state in FINISHED:
            return 0.0
        left = [step.expected_s for step in stage.outline.steps[node.steps_done :]]
        spent = max(0.0, now - node.since) if node.state == "running" else 0.0
        head = max(0.0, left[0] * self.pace - spent) if left else 0.0
        return head + sum(left[1:]) * self.pace

    def _start(self, event: ev.RolloutStarted) -> None:
        self.cluster, self.run, self.simulated = event.cluster, event.run, event.simulated
        self.notice = event.notice
        self.started, self.phase = event.at, "running"
        for outline in event.stages:
            self.stages[outline.key] = StageProgress(outline)
            self._titles.update({(outline.key, step.key): step for step in outline.steps})
            for name in outline.nodes:
                self.nodes[name] = NodeProgress(name, stage=outline.key, steps=len(outline.steps))
        for name in event.settled:
            self.nodes[name] = NodeProgress(name, state="unchanged")
        self.touched.update(self.nodes)

    def _add(self, event: ev.StageAdded) -> None:
        node = self.nodes[event.node]
        for outline in event.stages:
            self.stages[outline.key] = StageProgress(outline)
            self._titles.update({(outline.key, step.key): step for step in outline.steps})
            node.stage, node.steps, node.steps_done = outline.key, len(outline.steps), 0

    def _stage_moves(self, event: StageMove) -> None:
        stage = self.stages.get(event.stage)
        if stage is None:
            return
        match event:
            case ev.StageStarted():
                self.stage, stage.started = event.stage, event.at
            case ev.BatchStarted() if event.nodes and set(event.nodes) <= set(stage.outline.nodes):
                stage.batch, stage.batch_nodes, stage.soaking = event.number, event.nodes, False
            case ev.StageSoaking():
                stage.soaking = True
            case ev.StageClosed():
                stage.closed_until = event.until
            case ev.StageOpened():
                stage.closed_until = 0.0
            case ev.StageEnded():
                stage.ended, stage.soaking, stage.closed_until = event.at, False, 0.0

    def _step_moves(self, event: ev.StepStarted | ev.StepProgress | ev.StepEnded) -> None:
        node = self.nodes.get(event.node)
        if node is None:
            return
        self.touched.add(node.name)
        outline = self._titles.get((event.stage, event.step))
        match event:
            case ev.StepStarted():
                if node.state in FINISHED:  # a retry
                    node.steps_done, node.failure, node.ended, node.started = 0, None, 0.0, 0.0
                node.state, node.since, node.percent, node.doing = "running", event.at, 0, ""
                node.started = node.started or event.at
                node.step, node.step_title = event.step, self.title(event.stage, event.step)
                if outline and outline.back:
                    self.back = node.back = outline.back.replace("{node}", node.name)
            case ev.StepProgress():
                node.percent, node.doing = event.percent, event.doing
            case ev.StepEnded(outcome="failed"):
                node.failure = event
            case ev.StepEnded(outcome="done" | "unchanged"):
                node.steps_done += 1
                node.percent, node.doing = 0, ""
                if outline and event.outcome == "done" and outline.expected_s > 0:
                    insort(self._measured, event.took_s / outline.expected_s)

    def _node_moves(self, event: ev.NodeOutput | ev.NodeWaiting | ev.NodeBack | ev.NodeEnded) -> None:
        node = self.nodes.get(event.node)
        if node is None:
            return
        self.touched.add(node.name)
        match event:
            case ev.NodeOutput():
                node.log.extend(event.lines)
            case ev.NodeWaiting():
                node.state, node.awaited = "unreachable", event.awaited
                node.log.append(f"[link] waiting for {event.awaited}")
            case ev.NodeBack():
                node.state, node.awaited = "running", ""
                node.log.append(f"[link] back after {event.after_s:.0f} s")
            case ev.NodeEnded():
                node.state, node.ended, node.awaited, node.doing = event.outcome, event.at, "", ""
                node.percent = 100 if event.outcome in ("done", "unchanged") else node.percent

    def _command(self, event: ev.CommandTaken) -> None:
        match event.command:
            case "pause":
                self.phase = "paused"
            case "resume":
                self.phase = "running"
            case "abort":
                self.phase = "aborting"
            case "retry" | "skip" | "back" if self.phase == "held":
                self.phase = "running"
        if event.node in self.nodes:
            self.touched.add(event.node)
            if event.command == "retry":
                node = self.nodes[event.node]
                node.state, node.failure, node.steps_done, node.started, node.ended = "waiting", None, 0, 0.0, 0.0


def _steps_done(node: NodeProgress) -> float:
    if node.state in ("done", "unchanged", "skipped"):
        return node.steps
    return min(node.steps, node.steps_done + (node.percent / 100 if node.state == "running" else 0.0))
