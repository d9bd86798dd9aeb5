"""The lab's own processes: each is remembered on disk by pid and start time, so that a later lab can end it."""

import os
import signal
import subprocess
import time
from pathlib import Path

LIFE = "8h"
"""How long a lab that a human booted may live; one of a test dies with the test's process."""


def start(note: Path, *argv: str | Path, stays: bool, log: Path) -> int:
    """Start a process, remember it in the file `note`, return its pid; to be called from the main thread.

    `stays`: it outlives this process, for `LIFE` at most; otherwise the kernel kills it together with this one.
    """
    tie = ["timeout", "--signal=KILL", LIFE] if stays else ["setpriv", "--pdeathsig", "KILL"]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*tie, *map(str, argv)], stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    note.write_text(f"{process.pid} {_born(process.pid)}")
    return process.pid


def alive(note: Path) -> int | None:
    """Return the pid of the process that `note` remembers, or None when it is gone, its pid perhaps another's now."""
    try:
        pid, born = note.read_text().split()
        return int(pid) if _born(int(pid)) == born else None
    except (OSError, ValueError):
        return None


def kill(note: Path) -> None:
    """Kill that process and wait until it is gone."""
    pid = alive(note)
    if pid is not None:
        os.killpg(pid, signal.SIGKILL)
        wait_gone(note, 10)
    note.unlink(missing_ok=True)


def wait_gone(note: Path, timeout_s: float) -> bool:
    """Wait until that process is gone; False when it is not in time."""
    end = time.monotonic() + timeout_s
    while (pid := alive(note)) is not None:
        _reap(pid)
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return  # a child of another lab's process: init reaps it


def _born(pid: int) -> str:
    """The start time in clock ticks: with the pid it names one process for ever. A zombie counts as gone."""
    state, *rest = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    if state == "Z":
        raise ProcessLookupError(pid)
    return rest[18]
