"""The state of a rollout, folded from its events: screen, console, report and `status` all read this."""

from bisect import insort
from collections.abc import Iterator
from typing import Literal

from wizard.rollout import events as ev
from wizard.rollout.whereabouts import NodeProgress, NodeState, StageProgress

Phase = Literal["starting", "running", "pausing", "paused", "held", "aborting", "ended"]

StageMove = ev.StageStarted | ev.BatchStarted | ev.StageSoaking | ev.StageClosed | ev.StageOpened | ev.StageEnded

FINISHED: frozenset[str] = frozenset({"done", "unchanged", "failed", "skipped", "interrupted"})


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
        self._took: dict[tuple[str, str], list[float]] = {}  # seconds, by stage and step, sorted

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
    def planned(self) -> int:
        """How many nodes something is to be done on."""
        return sum(node.steps > 0 for node in self.nodes.values())

    @property
    def finished(self) -> int:
        """How many of the planned nodes have ended in all of their stages, however they did."""
        return sum(node.steps > 0 and node.state in FINISHED for node in self.nodes.values())

    @property
    def fraction(self) -> float:
        """Share of the whole work that is done, 0 to 1, by steps."""
        steps = sum(node.steps for node in self.nodes.values())
        in_hand = sum(node.percent / 100 for node in self.nodes.values() if node.state == "running")
        done = in_hand + sum(node.steps_done for node in self.nodes.values())
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
        """Predicted seconds to the end, from what nodes have taken so far.

        A step takes what it took on the nodes before (the median); one that nobody had yet, what the outline says, at
        the pace of all others.
        """
        return sum(self._stage_remaining_s(stage, now) for stage in self.stages.values())

    def _stage_remaining_s(self, stage: StageProgress, now: float) -> float:
        rest = 0.0
        steps = [self._step_s(stage.outline.key, step) for step in stage.outline.steps]
        for batch in stage.outline.batches:
            left = [self._node_remaining_s(self.nodes[name], stage, steps, now) for name in batch]
            # The slowest node of a batch is the one that the next batch waits for.
            rest += max(max(left, default=0.0), sum(left) / stage.outline.at_once)
        return rest

    def _step_s(self, stage: str, step: ev.StepOutline) -> float:
        took = self._took.get((stage, step.key))
        return took[len(took) // 2] if took else step.expected_s * self.pace

    def _node_remaining_s(self, node: NodeProgress, stage: StageProgress, steps: list[float], now: float) -> float:
        if node.name in stage.ended_as:
            return 0.0
        left = steps[stage.steps_done[node.name] :]
        spent = max(0.0, now - node.since) if node.state == "running" and node.stage == stage.outline.key else 0.0
        return max(0.0, left[0] - spent) + sum(left[1:]) if left else 0.0

    def _start(self, event: ev.RolloutStarted) -> None:
        self.cluster, self.run, self.simulated = event.cluster, event.run, event.simulated
        self.notice = event.notice
        self.started, self.phase = event.at, "running"
        for outline in event.stages:
            self._outlined(outline)
            for name in outline.nodes:
                node = self.nodes.setdefault(name, NodeProgress(name, stage=outline.key))
                node.steps += len(outline.steps)
        for name in event.settled:
            self.nodes[name] = NodeProgress(name, state="unchanged")
        self.touched.update(self.nodes)

    def _add(self, event: ev.StageAdded) -> None:
        for outline in event.stages:
            self._outlined(outline)
            self.stages[outline.key].added = True
            node = self.nodes[event.node]
            node.stage, node.steps = outline.key, node.steps + len(outline.steps)

    def _outlined(self, outline: ev.StageOutline) -> None:
        self.stages[outline.key] = StageProgress(outline, steps_done=dict.fromkeys(outline.nodes, 0))
        self._titles.update({(outline.key, step.key): step for step in outline.steps})

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
        outline, stage = self._titles.get((event.stage, event.step)), self.stages.get(event.stage)
        match event:
            case ev.StepStarted():
                if node.ended:  # a retry, or its next stage
                    node.ended, node.started = 0.0, 0.0
                if node.failure and node.failure.stage == event.stage:
                    node.failure = None
                if stage and node.name in stage.ended_as:
                    self._afresh(stage, node)
                node.stage = event.stage
                node.state, node.since, node.percent, node.doing, node.awaits = "running", event.at, 0, "", ""
                node.started = node.started or event.at
                node.step, node.step_title = event.step, self.title(event.stage, event.step)
                if outline and outline.back:
                    self.back = node.back = outline.back.replace("{node}", node.name)
            case ev.StepProgress():
                node.percent, node.doing = event.percent, event.doing
            case ev.StepEnded(outcome="failed"):
                node.failure = event
            case ev.StepEnded(outcome="done" | "unchanged"):
                if stage and node.name in stage.steps_done:
                    self._reached(stage, node, min(stage.steps_done[node.name] + 1, len(stage.outline.steps)))
                node.percent, node.doing = 0, ""
                if outline and event.outcome == "done":
                    insort(self._took.setdefault((event.stage, event.step), []), event.took_s)
                    if outline.expected_s > 0:
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
                node.ended, node.awaited, node.doing = event.at, "", ""
                node.state = self._ended(node, event)
                node.percent = 100 if node.state in ("done", "unchanged") else node.percent

    def _ended(self, node: NodeProgress, event: ev.NodeEnded) -> NodeState:
        """Take the end of a stage for `node`; return what it is in now, as another stage may await it."""
        stage = self.stages.get(event.stage)
        if stage and node.name in stage.steps_done:
            stage.ended_as[node.name] = event.outcome
            if event.outcome in ("done", "unchanged", "skipped"):
                self._reached(stage, node, len(stage.outline.steps))
        if event.outcome == "done":
            node.changed = True
        ends = [each.ended_as[node.name] for each in self._stages_of(node.name) if node.name in each.ended_as]
        worst = next((end for end in ends if end not in ("done", "unchanged")), None)
        if worst == "failed" and node.failure:
            node.stage, node.step = node.failure.stage, node.failure.step
            node.step_title = self.title(node.stage, node.step)
        if worst:
            return worst
        left = (each.outline.title for each in self._stages_of(node.name) if node.name not in each.ended_as)
        node.awaits = next(left, "")
        return "waiting" if node.awaits else "done" if node.changed else "unchanged"

    def _stages_of(self, name: str) -> Iterator[StageProgress]:
        """The stages of the plan that a node is in."""
        return (each for each in self.stages.values() if name in each.steps_done and not each.added)

    def _afresh(self, stage: StageProgress, node: NodeProgress) -> None:
        stage.ended_as.pop(node.name, None)
        self._reached(stage, node, 0)

    def _reached(self, stage: StageProgress, node: NodeProgress, steps: int) -> None:
        """Take `steps` for what `node` has done of a stage."""
        node.steps_done += steps - stage.steps_done[node.name]
        stage.steps_done[node.name] = steps

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
                node.state, node.failure, node.awaits, node.started, node.ended = "waiting", None, "", 0.0, 0.0
                for stage in self._stages_of(event.node):
                    if event.node in stage.ended_as:
                        self._afresh(stage, node)
