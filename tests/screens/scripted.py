"""A terminal that answers by a list, for the plain wizard; and a real one, driven as an operator would."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from screens.plain.asker import Judge, Option

_ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[()=>][0-9A-B]?")


class Scripted:
    """Gives one answer after the other; what a judge refuses is kept in `refused`, and the next answer is tried."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.refused: list[str] = []

    def pick(self, text: str, options: Sequence[Option], default: str) -> str:
        self.asked.append(text)
        said = self._next()
        if said == "":
            return default
        assert said in {option.value for option in options}, (text, said, [option.value for option in options])
        return said

    def line(self, text: str, default: str, judge: Judge) -> str:
        self.asked.append(text)
        while problem := judge(said := self._next() or default):
            self.refused.append(problem)
        return said

    def lines(self, text: str, default: str) -> str:
        self.asked.append(text)
        return self._next()

    def _next(self) -> str:
        if not self.answers:
            raise EOFError
        return self.answers.pop(0)


class Terminal:
    """`rancher-wizard` on a pseudo terminal: read until a text is there, then type."""

    def __init__(self, *words: str, term: str, state: Path, folder: Path) -> None:
        self._main, side = pty.openpty()
        environment = os.environ | {
            "TERM": term,
            "XDG_STATE_HOME": str(state),
            "PROMPT_TOOLKIT_NO_CPR": "1",
            "COLUMNS": "100",
            "LINES": "40",
        }
        command = [sys.executable, "-m", "wizard.cli.main", *words]

        def alone() -> None:
            # A terminal of its own, so that ctrl+c reaches the program; tests begun in the background ignore it.
            os.login_tty(side)
            signal.signal(signal.SIGINT, signal.SIG_DFL)

        self._process = subprocess.Popen(command, env=environment, cwd=folder, pass_fds=(side,), preexec_fn=alone)
        os.close(side)
        self._seen = b""

    def expect(self, text: str, *, within_s: float = 60) -> None:
        """Read on until `text` is there; what stood before it is behind us then."""
        until = time.monotonic() + within_s
        wanted = text.encode()
        while wanted not in (plain := _ESCAPES.sub(b"", self._seen)):
            if not self._read(until - time.monotonic()):
                raise AssertionError(f"{text!r} did not come; the last was:\n{plain[-1500:].decode(errors='replace')}")
        self._seen = plain[plain.index(wanted) + len(wanted) :]

    def type(self, keys: str) -> None:
        """Type keys; `\\r` is enter."""
        os.write(self._main, keys.encode())

    def end(self) -> int:
        """Return the exit code once the program has ended."""
        while self._read(10):
            pass
        code = self._process.wait(timeout=20)
        os.close(self._main)
        return code

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._main], [], [], max(seconds, 0))
        if not ready:
            return False
        try:
            data = os.read(self._main, 65536)
        except OSError:  # the other side is closed
            return False
        self._seen += data
        return bool(data)
