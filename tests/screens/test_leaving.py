"""How screens are left from outside, and what ctrl+c says."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.screens.conftest import drained, seen, showing
from tests.screens.rollouts import Run
from tests.screens.wizards import settled, state, wizard

__all__ = ["state"]

ALTERNATE, BACK = b"\x1b[?1049h", b"\x1b[?1049l"


def read_until(end: int, wanted: bytes, *, timeout_s: float = 60) -> bytes:
    """Return what a terminal got, up to `wanted` or the program's end."""
    got, until = b"", time.monotonic() + timeout_s
    while wanted not in got and time.monotonic() < until:
        if select.select([end], [], [], 0.2)[0]:
            try:
                got += os.read(end, 65536)
            except OSError:  # the other end is closed
                break
    return got


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_program_that_is_ended_from_outside_gives_the_terminal_back(tmp_path: Path, number: int) -> None:
    ours, theirs = pty.openpty()
    environment = os.environ | {
        "XDG_STATE_HOME": str(tmp_path),
        "TERM": "xterm-256color",
        "COLUMNS": "80",
        "LINES": "24",
    }
    command = [sys.executable, "-m", "wizard.cli.main"]
    running = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    try:
        assert ALTERNATE in read_until(ours, b"Nothing on any node")
        running.send_signal(number)
        assert BACK in read_until(ours, BACK)
        assert running.wait(timeout=30) == 130
    finally:
        running.kill()
        running.wait()
        os.close(ours)


async def test_ctrl_c_on_a_rollout_names_the_key_that_leaves_and_what_goes_on(run: Run) -> None:
    run.running()
    async with showing(run) as pilot:
        await pilot.press("ctrl+c")
        await drained(pilot)
        said = " ".join(seen(pilot.app).split())
        assert "q leaves" in said
        assert "The rollout goes on" in said


async def test_ctrl_c_on_a_page_names_the_key_that_leaves_there(state: Path) -> None:
    async with wizard() as pilot:
        await pilot.press("n", "ctrl+c")
        await settled(pilot)
        assert "ctrl+q leaves" in seen(pilot.app)
