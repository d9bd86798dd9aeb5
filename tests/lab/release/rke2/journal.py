"""What the program says, in logrus's form, and how it tells systemd that it is up."""

import json
import os
import re
import socket
import sys
import threading
import time

# A signal may come while a line is being written; its handler says one more.
_lock = threading.RLock()


class Fatal(Exception):
    """The program ends with this line; systemd starts it again."""


def say(message: str, level: str = "info") -> None:
    """Write one line to stderr, which is the journal under systemd."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    text = message if re.fullmatch(r"[\w.\-/@^+]+", message) else json.dumps(message, ensure_ascii=False)
    with _lock:
        sys.stderr.write(f'time="{stamp}" level={level} msg={text}\n')
        sys.stderr.flush()


def warn(message: str) -> None:
    say(message, "warning")


def error(message: str) -> None:
    say(message, "error")


def pause(seconds: float) -> None:
    """Let a part of a start take time; RKE2_STANDIN_PACE stretches or shortens it."""
    time.sleep(seconds * pace())


def pace() -> float:
    return float(os.environ.get("RKE2_STANDIN_PACE") or 1)


def notify(state: str) -> None:
    """Tell systemd; without its socket (run by hand) nothing happens."""
    path = os.environ.get("NOTIFY_SOCKET")
    if not path:
        return
    address = "\0" + path[1:] if path.startswith("@") else path
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(state.encode(), address)
