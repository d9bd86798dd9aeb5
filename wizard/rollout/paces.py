"""How long steps took on this cluster's own nodes, kept from rollout to rollout: what later plans predict by."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

from wizard.files import write_private
from wizard.rollout import events as ev
from wizard.rollout.plan import Plan, Stage

FILE = "paces.json"
RECKONED = frozenset(("artifacts",))
"""Steps whose time is reckoned from bytes and from what the ways carry: another release has other bytes."""


def paced(plan: Plan, state: Path) -> Plan:
    """Return `plan` with what was measured at this cluster, kept in its `state`, in place of what is assumed.

    A step of this very stage counts first, then the same step on nodes of the same kind. A file that can't be read is
    as good as none.
    """
    kept = _kept(state)
    if not kept:
        return plan
    return replace(plan, stages=tuple(replace(stage, took=dict(_known(plan, stage, kept))) for stage in plan.stages))


def _known(plan: Plan, stage: Stage, kept: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    for step in stage.steps:
        seconds = (kept[name] for name in _names(plan, stage, step.key) if name in kept)
        if step.key not in RECKONED and (first := next(seconds, None)) is not None:
            yield step.key, first


@dataclass(slots=True)
class Paces:
    """Listens to the rollout of `plan`; only steps that had something to do tell how long one takes."""

    plan: Plan
    took: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    """Seconds, by stage and step."""

    def hear(self, event: ev.Event) -> None:
        """Take one event of it."""
        if isinstance(event, ev.StepEnded) and event.outcome == "done":
            self.took[event.stage, event.step].append(event.took_s)

    def keep(self, state: Path) -> None:
        """Keep each step's median in `state`; a disk that takes no more is no reason to fail."""
        seen = _kept(state)
        for stage in self.plan.stages:
            for step in stage.steps:
                if took := self.took.get((stage.key, step.key)):
                    seen |= dict.fromkeys(_names(self.plan, stage, step.key), round(median(took), 1))
        try:
            write_private(state / FILE, json.dumps(seen, indent=1, sort_keys=True).encode())
        except OSError:
            return


def _names(plan: Plan, stage: Stage, step: str) -> tuple[str, str]:
    return f"{plan.command} {stage.key} {step}", f"{stage.noun} {step}"


def _kept(state: Path) -> dict[str, float]:
    try:
        seen = json.loads((state / FILE).read_text())
        return {str(name): float(seconds) for name, seconds in seen.items() if float(seconds) >= 0}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
