"""Rollouts as lines and JSON."""

import sys
import time
from collections.abc import Iterable

from wizard.rollout import events as ev
from wizard.rollout.outline import count
from wizard.rollout.progress import Progress
from wizard.times import duration


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
                yield f"looking at {count(event.nodes)}"
            case ev.RolloutStarted():
                simulated = " (simulated)" if event.simulated else ""
                yield f"rollout {event.run} of {event.cluster}{simulated}: {count(self._progress.planned)} to do"
                if event.notice:
                    yield event.notice
            case ev.BatchStarted() if event.stage in self._progress.stages:
                yield f"== {self._progress.stages[event.stage].line}"
            case ev.StageSoaking():
                yield f"== the canary is left alone for {duration(event.seconds)}"
            case ev.StageClosed():
                yield f"== no node is begun before {_clock(event.until)}"
            case ev.StageOpened():
                yield "== nodes may be begun"
            case ev.StepEnded(outcome="done"):
                yield f"{event.node}: {self._progress.title(event.stage, event.step)}: done, {duration(event.took_s)}"
            case ev.StepEnded(outcome="failed"):
                yield f"{event.node}: {self._progress.title(event.stage, event.step)}: FAILED: {event.saw}"
                if event.cause:
                    yield f"{event.node}:   cause: {event.cause}"
                if event.next_move:
                    yield f"{event.node}:   next:  {event.next_move}"
                if event.node in self._progress.nodes and (back := self._progress.nodes[event.node].back):
                    yield f"{event.node}:   back:  {back}"
            case ev.NodeWaiting():
                yield f"{event.node}: waiting: {event.awaited} (until {_clock(event.until)})"
            case ev.NodeBack():
                yield f"{event.node}: back after {duration(event.after_s)}"
            case ev.NodeEnded() if event.node in self._progress.nodes:
                yield f"{event.node}: {self._end_of(event.node)}"
            case ev.CommandTaken():
                yield f"operator: {event.command} {event.node}".rstrip() + f": {event.said}"
            case ev.Held():
                yield f"held: {event.why}; retry NODE, skip NODE or abort (until {_clock(event.until)})"
            case ev.RolloutEnded():
                yield f"{event.outcome}: {event.said}"
                if self._progress.started:
                    yield _times(self._progress)
                if event.next_move:
                    yield f"-> {event.next_move}"
            case ev.NodeOutput() if self._output:
                yield from (f"{event.node} | {line}" for line in event.lines)

    def _end_of(self, name: str) -> str:
        """How a node has ended, or what it still awaits where it has ended in one stage of several."""
        progress = self._progress
        node = progress.nodes[name]
        word = f"DONE here, then: {node.awaits}" if node.state == "waiting" else node.state.upper()
        return f"{word} ({progress.finished} of {progress.planned})"


class JsonLines:
    """A rollout as its journal's own records."""

    def __init__(self) -> None:
        self._seq = 0

    def show(self, event: ev.Event) -> None:
        """Print one record."""
        sys.stdout.write(ev.to_line(event, self._seq) + "\n")
        sys.stdout.flush()
        self._seq += 1


def _times(progress: Progress) -> str:
    return f"took {duration(progress.took_s)}, {duration(progress.predicted_s)} were predicted"


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
        "back": progress.back,
        "stages": [
            {"key": key, "line": stage.line, "started": bool(stage.started), "ended": bool(stage.ended)}
            for key, stage in progress.stages.items()
        ],
        "nodes": {
            node.name: {
                "state": node.state,
                "step": node.step_title,
                "doing": node.awaited or node.doing,
                "back": node.back,
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
        "took_s": round(progress.took_s, 1),
        "predicted_s": round(progress.predicted_s, 1),
        "left_s": 0.0 if ending else round(progress.remaining_s(time.time()), 1),
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
    if progress.back:
        yield f"  back  {progress.back}"
    for node in progress.nodes.values():
        doing = node.awaited or node.doing or (f"done, then: {node.awaits}" if node.awaits else "")
        yield f"  {node.name:<20} {node.state:<12} {node.step_title}{': ' + doing if doing else ''}".rstrip()
        if node.failure:
            yield f"    saw:   {node.failure.saw}"
            yield f"    cause: {node.failure.cause or 'not known'}"
            yield f"    next:  {node.failure.next_move}"
            if node.back:
                yield f"    back:  {node.back}"
    if progress.ending:
        yield f"{progress.ending.outcome}: {progress.ending.said}"
        if progress.started:
            yield _times(progress)
    elif progress.started:
        now = time.time()
        left, so_far = duration(progress.remaining_s(now)), duration(now - progress.started)
        yield f"{so_far} so far, {duration(progress.predicted_s)} were predicted; {left} of work left"
