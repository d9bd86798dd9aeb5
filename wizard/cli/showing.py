"""Plans and rollouts as lines and JSON."""

import sys
import time
from collections.abc import Iterable

from wizard.hosts.facts import Facts
from wizard.rollout import events as ev
from wizard.rollout.plan import Plan
from wizard.rollout.progress import Progress
from wizard.rollout.step import File, Survey
from wizard.times import duration


def plan_lines(plan: Plan, survey: Survey, *, files: bool = True) -> Iterable[str]:
    """Yield a plan for reading: stages, batches, steps, and with `files` each file's content, secrets masked."""
    yield f"Cluster {plan.cluster}, plan {plan.digest}, predicted {duration(plan.expected_s())}"
    for note in plan.notes:
        yield f"  ! {note}"
    for stage in plan.stages:
        yield ""
        yield f"{stage.title}: {_count(len(stage.nodes))}, predicted {duration(stage.expected_s())}"
        if len(stage.nodes) > 1:
            order = "rolling" if stage.rolling else "batches"
            yield f"  order {order}, at most {stage.at_once} at a time; stops when more than {stage.max_failed} failed"
        for number, batch in enumerate(stage.batches, 1):
            label = f"batch {number} of {len(stage.batches)}"
            canary = " (canary)" if stage.canary and number == 1 and len(stage.batches) > 1 else ""
            yield f"  {label}{canary}: {_names(batch, whole=files)}"
        yield "  steps of each node:"
        for step in stage.steps:
            done = sum(step.settled(node, survey) for node in stage.nodes)
            there = f"  [in place on {done} of {len(stage.nodes)}]" if done else ""
            yield f"    {step.key:<14} {step.title}{there}"
    if plan.settled:
        yield ""
        yield f"Nothing to do on: {_names(plan.settled, whole=files)}"
    if files:
        yield from _file_lines(plan, survey)


def _names(names: tuple[str, ...], *, whole: bool) -> str:
    if whole or len(names) <= 6:
        return ", ".join(names)
    return f"{', '.join(names[:3])} … {names[-1]} ({len(names)} nodes)"


def _file_lines(plan: Plan, survey: Survey) -> Iterable[str]:
    for stage in plan.stages:
        for node in stage.nodes:
            for step in stage.steps:
                for file in step.files(node):
                    state = _state(file, survey.facts.get(node), needed=not step.settled(node, survey))
                    yield ""
                    yield f"--- {node}:{file.path} (mode {file.mode:04o}, {state})"
                    yield from (f"    {line}" for line in file.shown.splitlines())


def _state(file: File, facts: Facts | None, *, needed: bool) -> str:
    if facts is None:
        return "not looked at"
    if file.in_place(facts):
        return "in place"
    if not needed:
        return "not needed on this node"
    return "will be changed" if file.path in facts.files else "new"


def _count(nodes: int) -> str:
    return f"{nodes} node{'s' * (nodes != 1)}"


def plan_record(plan: Plan, survey: Survey) -> dict[str, object]:
    """Return a plan as JSON values."""
    return {
        "cluster": plan.cluster,
        "digest": plan.digest,
        "expected_s": round(plan.expected_s(), 1),
        "notes": list(plan.notes),
        "settled": list(plan.settled),
        "stages": [
            {
                "key": stage.key,
                "title": stage.title,
                "at_once": stage.at_once,
                "order": "rolling" if stage.rolling else "batches",
                "max_failed": stage.max_failed,
                "canary": stage.canary,
                "soak_s": stage.soak_s,
                "batches": [list(batch) for batch in stage.batches],
                "nodes": {
                    node: {
                        "steps": [
                            {"key": step.key, "title": step.title, "in_place": step.settled(node, survey)}
                            for step in stage.steps
                        ],
                        "files": [
                            {"path": file.path, "mode": f"{file.mode:04o}", "content": file.shown}
                            for file in plan.files(node)
                        ],
                    }
                    for node in stage.nodes
                },
            }
            for stage in plan.stages
        ],
    }


class Lines:
    """A rollout as one line an event, for pipes, logs and dumb terminals."""

    def __init__(self, *, output: bool) -> None:
        """With `output`, what nodes print is shown too."""
        self._output = output
        self._progress = Progress()

    def show(self, event: ev.Event) -> None:
        """Print what is worth a line."""
        self._progress.apply(event)
        clock = time.strftime("%H:%M:%S", time.localtime(event.at))
        for text in self._texts(event):
            print(f"{clock} {text}", flush=True)

    def _texts(self, event: ev.Event) -> Iterable[str]:
        match event:
            case ev.SurveyStarted():
                yield f"looking at {_count(event.nodes)}"
            case ev.RolloutStarted():
                simulated = " (simulated)" if event.simulated else ""
                total = sum(len(stage.nodes) for stage in event.stages)
                yield f"rollout {event.run} of {event.cluster}{simulated}: {_count(total)} to do"
            case ev.BatchStarted() if event.stage in self._progress.stages:
                yield f"== {self._progress.stages[event.stage].line}"
            case ev.StageSoaking():
                yield f"== the canary is left alone for {duration(event.seconds)}"
            case ev.StepEnded(outcome="done"):
                yield f"{event.node}: {self._title(event)}: done, {duration(event.took_s)}"
            case ev.StepEnded(outcome="failed"):
                yield f"{event.node}: {self._title(event)}: FAILED: {event.saw}"
                if event.cause:
                    yield f"{event.node}:   cause: {event.cause}"
                if event.next_move:
                    yield f"{event.node}:   next:  {event.next_move}"
            case ev.NodeWaiting():
                yield f"{event.node}: waiting: {event.awaited} (until {_clock(event.until)})"
            case ev.NodeBack():
                yield f"{event.node}: back after {duration(event.after_s)}"
            case ev.NodeEnded():
                done = f"{self._progress.finished} of {len(self._progress.nodes)}"
                yield f"{event.node}: {event.outcome.upper()} ({done})"
            case ev.CommandTaken():
                yield f"operator: {event.command} {event.node}".rstrip() + f": {event.said}"
            case ev.Held():
                yield f"held: {event.why}; retry NODE, skip NODE or abort (until {_clock(event.until)})"
            case ev.RolloutEnded():
                yield f"{event.outcome}: {event.said}"
                if event.next_move:
                    yield f"-> {event.next_move}"
            case ev.NodeOutput() if self._output:
                yield from (f"{event.node} | {line}" for line in event.lines)

    def _title(self, event: ev.StepEnded) -> str:
        stage = self._progress.stages.get(event.stage)
        steps = stage.outline.steps if stage else ()
        return next((step.title for step in steps if step.key == event.step), event.step)


class JsonLines:
    """A rollout as its journal's own records."""

    def __init__(self) -> None:
        self._seq = 0

    def show(self, event: ev.Event) -> None:
        """Print one record."""
        sys.stdout.write(ev.to_line(event, self._seq) + "\n")
        sys.stdout.flush()
        self._seq += 1


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))


def status_record(progress: Progress) -> dict[str, object]:
    """Return a rollout's state as JSON values."""
    ending = progress.ending
    return {
        "cluster": progress.cluster,
        "rollout": progress.run,
        "simulated": progress.simulated,
        "phase": progress.phase,
        "fraction": round(progress.fraction, 3),
        "stages": [
            {"key": key, "line": stage.line, "started": bool(stage.started), "ended": bool(stage.ended)}
            for key, stage in progress.stages.items()
        ],
        "nodes": {
            node.name: {
                "state": node.state,
                "step": node.step_title,
                "doing": node.awaited or node.doing,
                "failure": {
                    "saw": node.failure.saw,
                    "cause": node.failure.cause,
                    "next_move": node.failure.next_move,
                }
                if node.failure
                else None,
            }
            for node in progress.nodes.values()
        },
        "outcome": ending.outcome if ending else None,
        "said": ending.said if ending else "",
    }


def status_lines(progress: Progress) -> Iterable[str]:
    """Yield a rollout's state for reading."""
    simulated = " (simulated)" if progress.simulated else ""
    yield f"{progress.cluster}{simulated}: rollout {progress.run}, {progress.phase}, {progress.fraction:.0%}"
    for key, stage in progress.stages.items():
        mark = "done" if stage.ended else "now" if key == progress.stage else "later"
        yield f"  {mark:<6}{stage.line}"
    for node in progress.nodes.values():
        doing = node.awaited or node.doing
        yield f"  {node.name:<20} {node.state:<12} {node.step_title}{': ' + doing if doing else ''}".rstrip()
        if node.failure:
            yield f"    saw:   {node.failure.saw}"
            yield f"    cause: {node.failure.cause or 'not known'}"
            yield f"    next:  {node.failure.next_move}"
    if progress.ending:
        yield f"{progress.ending.outcome}: {progress.ending.said}"
