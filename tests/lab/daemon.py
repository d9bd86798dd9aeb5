"""Daemons of others on this machine, for as long as a test needs them."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

UP_S = 120


@contextmanager
def running(
    words: list[str], log: Path, answers: list[str], environment: dict[str, str] | None = None
) -> Iterator[None]:
    """A daemon that is there once the command `answers` ends well, within two minutes, and is ended afterwards."""
    with log.open("w") as file:
        daemon = subprocess.Popen(words, stdout=file, stderr=file)
    try:
        until = time.monotonic() + UP_S
        while subprocess.run(answers, env=environment, capture_output=True).returncode != 0:
            assert daemon.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.1)
        yield
    finally:
        daemon.terminate()
        daemon.wait(60)
