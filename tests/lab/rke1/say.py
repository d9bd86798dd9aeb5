"""How `rke`'s stand-in speaks: a line as logrus writes it, and a stop after one that a test names."""

import datetime
import json
import os
import re
import sys
import time
from pathlib import Path

PACE_S = 0.002
ROOM = Path(os.environ.get("STAND_IN_ROOM", "."))
"""The folder of the program."""


def say(message: str, level: str = "info") -> None:
    """Write one line as logrus does without a terminal, and wait where a test wants it."""
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    print(f"time={json.dumps(now)} level={level} msg={json.dumps(message)}", flush=True)
    time.sleep(PACE_S)
    stop(message)


def stop(message: str) -> None:
    """Stop here while the file `stop_at` has a pattern that the message matches."""
    place = ROOM / "stop_at"
    if not place.exists():
        return
    pattern = place.read_text()
    if pattern and re.search(pattern, message):
        (ROOM / "stopped").write_text(str(os.getpid()))
        while place.exists() and place.read_text() == pattern:
            time.sleep(0.05)


def give_up(message: str) -> None:
    """End as `rke` does that can't go on."""
    say(message, "fatal")
    sys.exit(1)
