"""A terminal on the jump host with the product's screen in it: keys go in, words come out."""

import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.lab.operator import Operator

KEYS = {"up": "\x1b[A", "down": "\x1b[B", "home": "\x1b[H", "enter": "\r"}
_CODES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|.)")


class Terminal:
    """Runs one command of the operator's on a terminal of `size` (columns, rows); use it as a context manager."""

    def __init__(self, operator: Operator, *arguments: str | Path, size: tuple[int, int] = (80, 24)) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.process = subprocess.Popen(
            operator.lab.jump_words(*operator.words(*arguments)),
            env=operator.environment | {"TERM": "xterm-256color"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._said = b""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # its other end is closed
            while chunk := os.read(self._ours, 1 << 16):
                self._said += chunk

    @property
    def said(self) -> str:
        """All words drawn so far, without colours and positions."""
        return _CODES.sub("", self._said.decode(errors="replace"))

    def press(self, *keys: str) -> None:
        """Press keys, by name or letter, a moment apart as a hand does."""
        for key in keys:
            os.write(self._ours, KEYS.get(key, key).encode())
            time.sleep(0.4)

    def wait_for(self, words: str, timeout_s: float = 30) -> None:
        """Wait until `words` have been drawn; raises TimeoutError."""
        end = time.monotonic() + timeout_s
        while words not in self.said:
            if time.monotonic() > end:
                raise TimeoutError(f"{words!r} is not on the screen:\n{self.said[-3000:]}")
            time.sleep(0.1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join(10)
        os.close(self._ours)
