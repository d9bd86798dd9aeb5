"""Programs that outlive the service, as static pods do: found again at its next start."""

import os
import signal
import subprocess
import time
from pathlib import Path

from .settings import PODS, ROOT

ENTER = 'echo $$ >"$0.new" && mv "$0.new" "$0" && exec "$@"'
"""The pod notes its own id: a service killed right after the start must not leave one that nobody knows."""


def start(name: str, *argv: str) -> None:
    """Start `argv` apart from the service, unless the pod of this name runs with these very words."""
    if argv_of(name) == list(argv):
        return
    stop(name)
    log, note = log_of(name), PODS / f"{name}.pid"
    PODS.mkdir(parents=True, exist_ok=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    # The service's notify socket must not leak: a pod is not the service.
    env = {key: value for key, value in os.environ.items() if key != "NOTIFY_SOCKET"}
    with log.open("wb") as out:
        child = subprocess.Popen(
            ["/bin/sh", "-c", ENTER, str(note), *argv],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            env=env,
            cwd="/",
        )
    while child.poll() is None and argv_of(name) != list(argv):
        time.sleep(0.01)


def log_of(name: str) -> Path:
    """Return where the pod writes; begun anew each time that it starts."""
    return ROOT / f"var/log/pods/kube-system_{name}/0.log"


def pid_of(name: str) -> int:
    """Return its process id, 0 when it doesn't run; a reused id is told by the words it was started with."""
    return _found(name)[0]


def argv_of(name: str) -> list[str]:
    return _found(name)[1]


def stop(name: str) -> None:
    pid = pid_of(name)
    if not pid:
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 5
    while pid_of(name) and time.monotonic() < deadline:
        _reap(pid)
        time.sleep(0.05)
    if pid_of(name):
        os.kill(pid, signal.SIGKILL)


def _found(name: str) -> tuple[int, list[str]]:
    try:
        pid = int((PODS / f"{name}.pid").read_text())
        _reap(pid)
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")[:-1]
    except (OSError, ValueError):
        return 0, []
    # A script's interpreter stands before its own words.
    words = words[1:] if words and "python" in Path(words[0]).name else words
    return (pid, words) if any(name in word for word in words) else (0, [])


def _reap(pid: int) -> None:
    """A pod of this very start is our child, and stays a zombie until it is asked after."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
