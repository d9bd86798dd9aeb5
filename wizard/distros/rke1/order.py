"""One run of `rke` as a folder: what is to be run, its log, its exit status, and a lock for all runs of a cluster."""

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from wizard.errors import Busy, WizardError
from wizard.files import write_private
from wizard.secret import Secret

ORDER, LOG, EXIT, TOLD = "order.json", "rke.log", "exit.json", "told"
LOCK = "rke.lock"
LOST = -1
"""The exit status of a run that ended without one: its keeper was killed, or the machine went down."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a keeper is to do; nothing in it is secret."""

    words: tuple[str, ...]
    """The command."""
    state: Path
    """Where `rke` keeps its state file."""
    copies: Path
    """Where it is kept sealed."""
    keys: tuple[Path, ...]
    """Private keys that its agent offers; none: the operator's own agent does."""
    about: Mapping[str, object]
    """What each copy's header says of the cluster."""
    task: str = ""
    """What stands for its command and the cluster.yml that it reads; see launch.task_of."""
    lock: int = -1
    """The descriptor of the lock, inherited."""

    def write(self, folder: Path) -> None:
        """Put it into a folder for the keeper."""
        write_private(folder / ORDER, json.dumps(asdict(self), default=str).encode())

    @classmethod
    def read(cls, folder: Path) -> "Order":
        """Return the order of a folder."""
        record: dict[str, Any] = json.loads((folder / ORDER).read_text())
        return cls(
            words=tuple(record["words"]),
            state=Path(record["state"]),
            copies=Path(record["copies"]),
            keys=tuple(map(Path, record["keys"])),
            about=record["about"],
            task=str(record.get("task", "")),
            lock=int(record["lock"]),
        )


def begin(folder: Path, order: Order, secrets: Mapping[str, Secret]) -> Path:
    """Start a keeper below the cluster's folder; return the folder of its run. Raises Busy while another one runs."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = _locked(folder / LOCK)
    if lock is None:
        raise Busy("rke runs already for this cluster", hint="Wait for its end: apply goes on with it.")
    try:
        run = _new(folder / "runs")
        replace(order, lock=lock).write(run)
        _start(run, lock, secrets)
    finally:
        os.close(lock)
    return run


def running(folder: Path) -> bool:
    """Whether `rke` runs for the cluster with that folder."""
    lock = _locked(folder / LOCK) if folder.is_dir() else -1
    if lock is None:
        return True
    if lock >= 0:
        os.close(lock)
    return False


def newest(folder: Path) -> Path | None:
    """Return the newest run of the cluster with that folder."""
    runs = folder / "runs"
    return max((path for path in runs.iterdir() if path.is_dir()), default=None) if runs.is_dir() else None


def exit_of(run: Path) -> int | None:
    """Return the exit status of a run, LOST where it is damaged, None where there is none."""
    try:
        return int(json.loads((run / EXIT).read_text())["exit"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        return LOST


def ended_well_since(folder: Path, wanted: str, mark: Path) -> bool:
    """Whether the newest run below `folder` is of the task `wanted`, and has ended well since `mark` was written."""
    run = newest(folder)
    if run is None or not mark.exists() or task(run) != wanted or exit_of(run) != 0:
        return False
    return (run / EXIT).stat().st_mtime > mark.stat().st_mtime


def task(run: Path) -> str:
    """Return what a run is about, "" where that was not written down yet."""
    try:
        return Order.read(run).task
    except (OSError, ValueError, KeyError):
        return ""


def write_exit(run: Path, status: int) -> None:
    """Say how a run ended."""
    write_private(run / EXIT, json.dumps({"exit": status, "at": time.time()}).encode())


def told(run: Path) -> int:
    """Return how much of the log, in bytes, an engine has told already."""
    try:
        return int((run / TOLD).read_text())
    except (OSError, ValueError):
        return 0


def _locked(path: Path) -> int | None:
    """Take the lock and return its descriptor, None while another holds it: it lives as long as a keeper or `rke`."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _new(runs: Path) -> Path:
    runs.mkdir(mode=0o700, parents=True, exist_ok=True)
    number = 1 + max((int(path.name.partition("-")[0]) for path in runs.glob("[0-9]*-*")), default=0)
    run = runs / f"{number:05}-{time.strftime('%Y%m%d-%H%M%S')}"
    run.mkdir(mode=0o700)
    return run


def _start(run: Path, lock: int, secrets: Mapping[str, Secret]) -> None:
    os.set_inheritable(lock, True)
    try:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
            [sys.executable, "-m", "wizard.distros.rke1.keeper", str(run)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=(lock,),
            cwd="/",
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
    except OSError as error:
        raise WizardError(f"rke can't be started: {error.strerror}", hint="Mend it on this machine.") from None
    assert process.stdin is not None  # noqa: S101 - it was asked for
    with process.stdin:
        process.stdin.write(json.dumps({name: secret.reveal() for name, secret in secrets.items()}).encode())
