"""Where one node and one stage of a rollout are; wizard.rollout.progress moves them."""

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from wizard.rollout import events as ev

NodeState = Literal["waiting", "running", "unreachable", "done", "unchanged", "failed", "skipped", "interrupted"]

LOG_LINES = 2000


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
    steps_done: int = 0  # of all stages that it takes part in
    steps: int = 0
    changed: bool = False  # something was done in a stage that it has behind it
    awaited: str = ""
    awaits: str = ""  # title of the stage that it is still to go through when it has ended in one
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
    steps_done: dict[str, int] = field(default_factory=dict)  # by node
    ended_as: dict[str, ev.NodeOutcome] = field(default_factory=dict)  # how nodes have ended in it
    added: bool = False  # a way back beside the plan: it does not count for what becomes of a node

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
