"""One rollout at a time for a cluster: a lock here, and one on its first server against other jump hosts."""

import asyncio
import contextlib
import fcntl
import getpass
import hashlib
import json
import os
import socket
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from wizard.errors import Busy, HostError
from wizard.hosts.host import Host
from wizard.hosts.script import load_script

REMOTE_LOCK = load_script(Path(__file__).parent, "remote_lock")
REFRESH_S = 60
STALE_S = 600


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock, since when (epoch seconds), and in which rollout."""

    who: str
    pid: int
    since: float
    run: str

    @classmethod
    def me(cls, run: str) -> "Holder":
        """This process."""
        return cls(f"{getpass.getuser()}@{socket.gethostname()}", os.getpid(), time.time(), run)

    def __str__(self) -> str:
        since = time.strftime("%Y-%m-%d %H:%M", time.localtime(self.since))
        return f"{self.who} (pid {self.pid}) since {since}, rollout {self.run}"


def holder(state: Path) -> Holder | None:
    """Return who holds the lock of the cluster kept in `state`, or None when it is free."""
    try:
        with (state / "lock").open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return None
    except (FileNotFoundError, NotADirectoryError):
        return None
    except BlockingIOError:
        return _read(state / "lock")


@contextlib.contextmanager
def held_here(state: Path, me: Holder) -> Iterator[None]:
    """Hold the lock of the cluster kept in `state` while the block runs; the kernel frees it however we end.

    Raises Busy when somebody else holds it.
    """
    file = os.open(state / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(
                f"a rollout of this cluster is under way: {_read(state / 'lock')}",
                hint="Look at it with: rancher-wizard attach",
            ) from None
        os.ftruncate(file, 0)
        os.pwrite(file, json.dumps(asdict(me)).encode(), 0)
        yield
    finally:
        os.close(file)


@contextlib.asynccontextmanager
async def held_there(host: Host, me: Holder, state: Path) -> AsyncIterator[None]:
    """Hold the lock on `host`, refreshed each minute, while the block runs.

    The same state folder takes its own lock over: the local lock has proved that its former holder is gone. Another
    one is respected until it was not refreshed for ten minutes. Raises Busy.
    """
    owner = _owner(state)
    taken = await host.run(REMOTE_LOCK, "take", owner, str(me), str(STALE_S), timeout_s=30)
    if taken.lines[-1:] != ("taken",):
        raise _busy(host.name, " ".join(taken.lines))
    refresher = asyncio.create_task(_refresh(host, me, owner))
    try:
        yield
    finally:
        refresher.cancel()
        await free_there(host, me, state)


async def respect_others(host: Host, state: Path) -> None:
    """Raise Busy while another state folder holds the lock on `host`; one that can't be asked is taken for free."""
    with contextlib.suppress(HostError):
        looked = await host.run(REMOTE_LOCK, "look", _owner(state), "", str(STALE_S), timeout_s=30)
        if looked.lines[-1:] != ("free",):
            raise _busy(host.name, " ".join(looked.lines))


def _busy(name: str, other: str) -> Busy:
    return Busy(
        f"{name}: another jump host works on this cluster: {other or 'unknown'}",
        hint=f"Wait for it; a lock that is not refreshed for {STALE_S // 60} minutes is taken over.",
    )


async def free_there(host: Host, me: Holder, state: Path) -> None:
    """Free a lock of ours on `host`, if there is one; a host that can't be reached keeps it until it grows stale."""
    with contextlib.suppress(HostError):
        await host.run(REMOTE_LOCK, "free", _owner(state), str(me), str(STALE_S), timeout_s=20)


def _owner(state: Path) -> str:
    """The name of the state folder among those of all jump hosts."""
    return hashlib.sha256(f"{socket.gethostname()} {state}".encode()).hexdigest()[:16]


async def _refresh(host: Host, me: Holder, owner: str) -> None:
    while True:
        await asyncio.sleep(REFRESH_S)
        with contextlib.suppress(HostError):
            await host.run(REMOTE_LOCK, "take", owner, str(me), str(STALE_S), timeout_s=30)


def _read(path: Path) -> Holder | None:
    try:
        return Holder(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None
