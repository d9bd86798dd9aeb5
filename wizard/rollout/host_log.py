"""What happened on each node, in a file of its own to read or follow with `tail -f`, beside the journal."""

import contextlib
import os
import time
from collections.abc import Iterable
from pathlib import Path

from wizard.rollout import events as ev

FOLDER = "hosts"


def host_log(run_dir: Path, node: str) -> Path:
    """Return the log of `node` in the rollout of `run_dir`; it is there once something happened on the node."""
    return run_dir / FOLDER / f"{node}.log"


class HostLogs:
    """Writes the logs of one rollout; they repeat the journal, so one that can't be written is not missed."""

    def __init__(self, run_dir: Path) -> None:
        self._run_dir = run_dir
        self._titles: dict[tuple[str, str], str] = {}

    def write(self, event: ev.Event) -> None:
        """Add what `event` says of a node to its log (0600)."""
        if isinstance(event, ev.RolloutStarted):
            self._titles = {(stage.key, step.key): step.title for stage in event.stages for step in stage.steps}
        lines = list(self._lines(event))
        if lines:
            clock = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(event.at))
            with contextlib.suppress(OSError):
                self._append(str(getattr(event, "node", "")), "".join(f"{clock} {line}\n" for line in lines))

    def _append(self, node: str, text: str) -> None:
        path = host_log(self._run_dir, node)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        # Opened each time: a thousand nodes are more than a process may hold open.
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(text.encode(errors="replace"))

    def _lines(self, event: ev.Event) -> Iterable[str]:
        match event:
            case ev.NodeOutput():
                yield from (f"  {line}" for line in event.lines)
            case ev.StepStarted():
                yield f"== {self._title(event.stage, event.step)}"
            case ev.StepEnded():
                yield f"== {self._title(event.stage, event.step)}: {event.outcome}, {event.took_s:.1f} s"
                if event.outcome == "failed":
                    yield f"   saw:   {event.saw}"
                    yield f"   cause: {event.cause or 'not known'}"
                    yield f"   next:  {event.next_move}"
            case ev.NodeWaiting():
                yield f"== waiting: {event.awaited}"
            case ev.NodeBack():
                yield f"== back after {event.after_s:.0f} s"
            case ev.CommandTaken() if event.node:
                yield f"== operator: {event.command}"
            case ev.NodeEnded():
                yield f"== {event.outcome.upper()}"

    def _title(self, stage: str, step: str) -> str:
        return self._titles.get((stage, step), step)
