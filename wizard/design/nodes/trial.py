"""Trying the nodes of a list while it is still being typed: each is logged in to, looked at, and left as it was."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from wizard.design.nodes.access import read_ssh, target
from wizard.design.nodes.entry import NodeEntry
from wizard.design.nodes.patience import Slots
from wizard.design.nodes.tried import Tried, failed, twin_said
from wizard.errors import HostError, Unreachable, UntrustedHost
from wizard.hosts.facts import probe
from wizard.hosts.host import Host
from wizard.hosts.links import Links
from wizard.hosts.script import load_script
from wizard.hosts.target import Credentials, Target
from wizard.hosts.trust import HostKey, accept, scan
from wizard.secret import Secret

AT_ONCE = 32
LINKS_AT_ONCE = 1000
"""Connections that the links open at once: the slots here limit them before."""
PATIENCE_S = 1.5
"""How long a silent host keeps others from being tried."""
TRY_S = 20
SETTLE_S = 0.8
"""A line that is being typed names other hosts on its way: 10.0.0.1 before 10.0.0.11."""
THREADS = 64
DEVICES = load_script(Path(__file__).parent, "devices")
NO_MACHINE_ID = ("", "uninitialized")


class Trials:
    """The tries of one list; made inside a running loop, and closed when the list is left.

    `ssh` is what the spec holds under `ssh`, `base` the folder that its relative paths start from, `on_change` gets
    the key of each row that has changed. Raises BadUsage for settings that the spec would refuse.
    """

    def __init__(
        self,
        ssh: Mapping[str, Any],
        on_change: Callable[[str], None],
        *,
        base: Path,
        sudo_password: Secret | None = None,
        passphrase: Secret | None = None,
        settle_s: float = SETTLE_S,
    ) -> None:
        self._ssh = read_ssh(ssh)
        self._base = base
        self._on_change = on_change
        self._settle_s = settle_s
        self._credentials = Credentials(sudo_password, passphrase)
        self._slots = Slots(AT_ONCE, patience_s=PATIENCE_S)
        # A resolver that is dead holds a thread for each name, and Python's own pool is of a few.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "lookup"))
        self._links = Links(self._credentials, at_once=LINKS_AT_ONCE)
        self._scans: dict[object, asyncio.Task[tuple[HostKey, ...]]] = {}
        self._listed: dict[str, NodeEntry] = {}
        self._rows: dict[str, Tried] = {}
        self._targets: dict[str, Target] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def rows(self) -> tuple[Tried, ...]:
        """One row a node, in the order of the list; those that share a machine-id name the first of them."""
        first: dict[str, Tried] = {}
        return tuple(_with_twin(row, first) for row in self._rows.values())

    @property
    def unknown_keys(self) -> tuple[HostKey, ...]:
        """The host keys that wait for being accepted, each once."""
        keys = [key for row in self._rows.values() for key in row.host_keys]
        return tuple({(key.address, key.port): key for key in keys}.values())

    def update(self, entries: Iterable[NodeEntry]) -> None:
        """Take the list as it is now: what is new is tried, what has gone is left alone, the rest goes on."""
        before, self._listed = self._listed, {entry.key: entry for entry in entries}
        wanted = {
            key: self._targets[key] if before.get(key) == entry else target(entry, self._ssh, self._base)
            for key, entry in self._listed.items()
        }
        for key in [key for key in self._rows if key not in wanted]:
            self._stop(key)
            del self._rows[key], self._targets[key]
        for key, one in wanted.items():
            if self._targets.get(key) != one:
                self._targets[key] = one
                self._start(key, after_s=self._settle_s)
        self._rows = {key: self._rows[key] for key in wanted}

    def retry(self, keys: Iterable[str] | None = None) -> None:
        """Try these nodes again; without `keys`, all whose try has ended otherwise than well."""
        again = [row.key for row in self._rows.values() if row.over and row.state != "ok"] if keys is None else keys
        self._renew()
        for key in again:
            if key in self._rows:
                self._start(key)

    def settings(
        self, ssh: Mapping[str, Any], *, sudo_password: Secret | None = None, passphrase: Secret | None = None
    ) -> None:
        """Log in otherwise from now on, where it makes a difference. Raises BadUsage as the constructor does."""
        self._ssh = read_ssh(ssh)
        self._credentials = Credentials(sudo_password, passphrase)
        self._renew()
        listed, self._listed = self._listed, {}
        self.update(listed.values())
        self.retry()

    async def trust(self, keys: Iterable[HostKey]) -> int:
        """Record these unknown host keys, never a changed one; try their nodes again, and return how many were new.

        Raises OSError when the file of known hosts can't be written.
        """
        count = await asyncio.to_thread(accept, tuple(keys), self._known_hosts())
        self.retry([row.key for row in self._rows.values() if row.state == "untrusted"])
        return count

    async def close(self) -> None:
        """Leave every host; returns when no connection is open."""
        for key in list(self._tasks):
            self._stop(key)
        for asking in self._scans.values():
            asking.cancel()
        await asyncio.gather(*self._ending, *self._scans.values(), return_exceptions=True)
        await self._links.close()

    def _known_hosts(self) -> Path:
        return target(NodeEntry("localhost"), self._ssh, self._base).known_hosts

    def _renew(self) -> None:
        """Begin with new links: they remember keys that were read, and bastions that refused us."""
        retiring = asyncio.create_task(_retire(self._links, tuple(self._tasks.values())))
        self._ending.add(retiring)
        retiring.add_done_callback(self._ending.discard)
        self._links = Links(self._credentials, at_once=LINKS_AT_ONCE)
        self._scans = {}

    def _start(self, key: str, *, after_s: float = 0) -> None:
        self._stop(key)
        self._show(Tried(key, "waiting"))
        self._tasks[key] = asyncio.create_task(self._try(key, self._targets[key], self._links, after_s=after_s))

    def _stop(self, key: str) -> None:
        if task := self._tasks.pop(key, None):
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
            task.cancel()

    def _show(self, row: Tried) -> None:
        self._rows[row.key] = row
        self._on_change(row.key)

    async def _try(self, key: str, where: Target, links: Links, *, after_s: float) -> None:
        await asyncio.sleep(after_s)
        host = Host(where, links)
        try:
            async with self._slots.take():
                self._show(Tried(key, "connecting"))
                self._show(await self._outcome(key, host, links))
        finally:
            await host.close()

    async def _outcome(self, key: str, host: Host, links: Links) -> Tried:
        try:
            async with asyncio.timeout(TRY_S):
                return Tried(key, "ok", facts=await probe(host, extra=(DEVICES,)))
        except UntrustedHost as error:
            keys = await self._keys(host.target, links)
            return replace(failed(key, error), host_keys=keys)
        except HostError as error:
            return failed(key, error)
        except TimeoutError:
            return failed(
                key, Unreachable(key, f"nothing was heard in {TRY_S} s", hint="Look at the machine, then try again.")
            )

    async def _keys(self, where: Target, links: Links) -> tuple[HostKey, ...]:
        """Return the unknown keys on the way to a host; a bastion is asked once for all that are behind it."""
        route = await links.route(where)
        way: object = route.bastion.key if route.bastion else where
        if way not in self._scans:
            self._scans[way] = asyncio.create_task(scan([where], credentials=self._credentials))
        found = await asyncio.shield(self._scans[way])
        return tuple(one for one in found if one.verdict == "unknown")


async def _retire(links: Links, using: Collection[asyncio.Task[None]]) -> None:
    """Close links once the tries that use them have ended."""
    if using:
        await asyncio.wait(using)
    await links.close()


def _with_twin(row: Tried, first: dict[str, Tried]) -> Tried:
    if row.facts is None or row.facts.machine_id in NO_MACHINE_ID:
        return row
    other = first.setdefault(row.facts.machine_id, row)
    if other is row or other.facts is None:
        return row
    said, next_move = twin_said(row.facts, other.key, other.facts)
    return replace(row, twin=other.key, said=said, next_move=next_move)
