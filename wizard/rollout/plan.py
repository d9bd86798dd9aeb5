"""A plan is a table: stages, the nodes of each, and the steps that each node goes through."""

import difflib
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

from wizard.errors import WizardError
from wizard.plain import plain
from wizard.rollout.batches import Batches
from wizard.rollout.events import StageOutline, StepOutline
from wizard.rollout.step import File, Hosts, Step, Survey
from wizard.spec.hours import Hours


@dataclass(frozen=True, slots=True)
class Stage:
    """Nodes that go through the same steps, `at_once` of them together.

    `order` "batches" waits for a whole batch, "rolling" starts the next node as soon as one is done. The stage stops
    when more than `max_failed` of its nodes have failed. After the first batch, when `canary` ones were asked for,
    `soak_s` seconds pass, and then the last step must find each of them well again.
    """

    key: str
    title: str
    noun: str
    batches: Batches
    steps: tuple[Step, ...]
    at_once: int = 1
    rolling: bool = False
    max_failed: int = 0
    canary: int = 0
    soak_s: float = 0.0
    backs: Mapping[str, str] = field(default_factory=dict)
    """What "back" means from a step (by its key) on, until the next one that is named; {node} is who takes it."""
    hours: Hours | None = None
    """When nodes may be begun; None for any time."""
    took: Mapping[str, float] = field(default_factory=dict)
    """Seconds that a step (by its key) took here before, where it was measured: they count for what it predicts."""

    @property
    def nodes(self) -> tuple[str, ...]:
        return tuple(node for batch in self.batches for node in batch)

    def outline(self) -> StageOutline:
        """What a view needs to know of this stage."""
        steps = tuple(
            StepOutline(
                key=step.key,
                title=step.title,
                expected_s=self.took.get(step.key, step.expected_s),
                back=self.backs.get(step.key, ""),
            )
            for step in self.steps
        )
        return StageOutline(
            key=self.key,
            title=self.title,
            noun=self.noun,
            batches=self.batches,
            steps=steps,
            at_once=self.at_once,
            rolling=self.rolling,
            soak_s=self.soak_s if self.canary and len(self.batches) > 1 else 0.0,
        )

    def expected_s(self) -> float:
        """Predicted seconds of the whole stage."""
        return self.outline().expected_s()


Back = Callable[[str, Hosts], Awaitable[Stage]]
"""Looks at a node and returns the stage that puts it back; raises WizardError where that can't be."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done to a cluster; `settled` are the nodes on which the facts show nothing to do."""

    cluster: str
    stages: tuple[Stage, ...]
    settled: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    command: str = "apply"
    """What goes on with it when it was ended before it was done."""
    back: Back | None = None
    """How a node that has failed is put back in place; None where nothing of the kind can be done."""
    notice: str = ""
    """What the operator is told once by each view; its words before a colon are enough where room is short."""
    met: str = ""
    """What holds already where the plan is empty; "" for that the `settled` nodes are as the spec wants them."""

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes that something is to be done on."""
        return tuple(dict.fromkeys(node for stage in self.stages for node in stage.nodes))

    @property
    def empty(self) -> bool:
        """True when no node has anything to be done."""
        return not any(stage.batches for stage in self.stages)

    def stage_of(self, node: str) -> Stage:
        """Return the first stage that works on `node`; raises WizardError when none does."""
        for stage in self.stages:
            if node in stage.nodes:
                return stage
        if node in self.settled:
            raise WizardError(f"{node}: nothing is to be done there in this rollout")
        near = difflib.get_close_matches(plain(node), self.nodes, n=1)
        raise WizardError(
            f"{plain(node) or 'no name'}: no node of this rollout",
            hint=f"Did you mean {near[0]}?" if near else "Its nodes: rancher-wizard status",
        )

    @property
    def digest(self) -> str:
        """A short name for just this plan."""
        text = repr([(stage.key, stage.batches, [step.key for step in stage.steps]) for stage in self.stages])
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def expected_s(self) -> float:
        """Predicted seconds from start to end."""
        return sum(stage.expected_s() for stage in self.stages)

    def files(self, node: str) -> tuple[File, ...]:
        """All files that will be written on `node`, in order."""
        return tuple(
            file for stage in self.stages if node in stage.nodes for step in stage.steps for file in step.files(node)
        )


def settled(node: str, steps: Iterable[Step], survey: Survey) -> bool:
    """True when the facts show every one of `steps` brought about on `node`."""
    return node in survey.facts and all(step.settled(node, survey) for step in steps)
