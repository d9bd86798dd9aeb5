"""Host keys shown to the operator: unknown ones are accepted once and together, changed ones never."""

import asyncio
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import asyncssh

from wizard.errors import HostError
from wizard.hosts.failure import BORDER, Witness, explain
from wizard.hosts.known_hosts import KnownHosts, kind_of
from wizard.hosts.links import Connection, Links
from wizard.hosts.route import Route
from wizard.hosts.target import Credentials, Target

Verdict = Literal["known", "unknown", "changed", "unreachable"]


@dataclass(frozen=True, slots=True)
class HostKey:
    """The key one host shows, and whether it is the one on record."""

    name: str
    address: str
    """The name its key is kept under."""
    port: int
    verdict: Verdict
    kind: str = ""
    fingerprint: str = ""
    """SHA256:…, as ssh shows it."""
    line: str = ""
    """What `accept` writes to known_hosts."""
    why: str = ""
    """For changed and unreachable: what was seen."""


async def scan(
    targets: Iterable[Target], *, at_once: int = 32, credentials: Credentials | None = None
) -> tuple[HostKey, ...]:
    """Ask every host, its bastions first, for its key and judge it; nobody is logged in to but bastions.

    A host behind a bastion that is not trusted yet is unreachable: accept the bastion's key and scan again.
    """
    links = Links(credentials or Credentials(), at_once=at_once)
    slots = asyncio.Semaphore(at_once)
    try:
        found: list[HostKey] = []
        for rank in await _ranks(links, targets, found):
            found += await asyncio.gather(*(_judge(links, slots, route) for route in rank))
        return tuple(found)
    finally:
        await links.close()


def accept(keys: Iterable[HostKey], path: Path) -> int:
    """Append the unknown keys to a known_hosts file and return how many; it reads and writes that file at once.

    A host that has a key on record by now is passed over: nothing here accepts a changed key. OSError when the
    file can't be written.
    """
    file = path.expanduser()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(handle, "rb+") as known:
        before = known.read().decode("utf-8", "replace")
        new = _unrecorded(keys, file)
        gap = "" if not before or before.endswith("\n") else "\n"
        if new:
            known.write((gap + "".join(f"{line}\n" for line in new)).encode())
            known.flush()
            os.fsync(known.fileno())
    return len(new)


def accept_each(keys: Iterable[HostKey], targets: Mapping[str, Target]) -> int:
    """Append unknown keys as `accept` does, each to the file of known hosts of its own target, by name."""
    by_file: dict[Path, list[HostKey]] = {}
    for key in keys:
        # A bastion's key is not that of a target of its own; all targets share its file.
        target = targets.get(key.name) or next(iter(targets.values()))
        by_file.setdefault(target.known_hosts, []).append(key)
    return sum(accept(lot, path) for path, lot in by_file.items())


def _unrecorded(keys: Iterable[HostKey], file: Path) -> list[str]:
    recorded = KnownHosts(file)
    recorded.refresh()
    # Two hosts that show different keys at one address: the first is kept, the second will be found changed.
    new: dict[tuple[str, int], str] = {}
    for key in keys:
        if key.verdict == "unknown" and not recorded.keys(key.address, "", key.port):
            new.setdefault((key.address, key.port), key.line)
    return list(new.values())


async def _ranks(links: Links, targets: Iterable[Target], found: list[HostKey]) -> list[list[Route]]:
    """Return the routes by their number of bastions; targets that can't be resolved go to `found`."""
    ranks: dict[int, dict[tuple[object, ...], Route]] = {}
    for target in targets:
        try:
            route: Route | None = await links.route(target)
        except HostError as error:
            found.append(HostKey(target.name, target.address, target.port or 22, "unreachable", why=error.what))
            continue
        while route is not None:
            ranks.setdefault(route.hops, {}).setdefault((route.alias, route.port, route.host), route)
            route = route.bastion
    return [list(ranks[hops].values()) for hops in sorted(ranks)]


async def _judge(links: Links, slots: asyncio.Semaphore, route: Route) -> HostKey:
    name, known = route.target.name, links.known_hosts(route.target)
    try:
        await known.current()
        tunnel = await links.through(name, route)
        async with slots:
            return await _compare(route, tunnel, known)
    except HostError as error:
        return HostKey(name, route.alias, route.port, "unreachable", why=error.what)
    except BORDER as error:
        why = explain(name, route, error, witness=Witness(), known=known).what
        return HostKey(name, route.alias, route.port, "unreachable", why=why)


async def _compare(route: Route, tunnel: Connection | None, known: KnownHosts) -> HostKey:
    where = (route.alias, await _address(route, tunnel), route.port)
    if known.authorities(*where) and await _certified(route, tunnel, known):
        return HostKey(route.target.name, route.alias, route.port, "known", kind="certificate")
    on_record = known.keys(*where)
    key = await _shown(route, tunnel, [key.get_algorithm() for key in on_record])
    verdict: Verdict = "unknown"
    if on_record or key in known.revoked(*where):
        verdict = "known" if key in on_record and key not in known.revoked(*where) else "changed"
    why = ""
    if verdict == "changed":
        witness = Witness()
        witness.shown, witness.address = key, where[1]
        why = explain(route.target.name, route, OSError(), witness=witness, known=known).what
    host = route.alias if route.port == 22 else f"[{route.alias}]:{route.port}"
    return HostKey(
        route.target.name,
        route.alias,
        route.port,
        verdict,
        kind=kind_of(key),
        fingerprint=key.get_fingerprint(),
        line=f"{host} {key.export_public_key().decode().strip()}",
        why=why,
    )


async def _shown(route: Route, tunnel: Connection | None, algorithms: list[str]) -> asyncssh.SSHKey:
    """Return the key the host shows, of a recorded kind if it has one."""
    try:
        return await _ask(route, tunnel, _signatures(algorithms) or ())
    except asyncssh.KeyExchangeFailed:
        if not algorithms:
            raise
        return await _ask(route, tunnel, ())


async def _ask(route: Route, tunnel: Connection | None, algorithms: list[str] | tuple[()]) -> asyncssh.SSHKey:
    async with asyncio.timeout(route.target.connect_timeout_s):
        key = await asyncssh.get_server_host_key(
            route.host,
            route.port,
            tunnel=tunnel or (),
            proxy_command=route.proxy_command or (),
            server_host_key_algs=algorithms,
            config=None,
        )
    if key is None:
        raise asyncssh.KeyExchangeFailed("no host key was shown")
    return key


def _signatures(kinds: list[str]) -> list[str]:
    """Return the signature algorithms of these kinds of key: RSA keys sign by other names than their own."""
    rsa = ["rsa-sha2-256", "rsa-sha2-512"] if "ssh-rsa" in kinds else []
    return [*dict.fromkeys(kind for kind in kinds if kind != "ssh-rsa"), *rsa]


async def _certified(route: Route, tunnel: Connection | None, known: KnownHosts) -> bool:
    """Return whether the host shows a certificate of a known authority: a strict login without any key tells."""
    try:
        connection = await asyncssh.connect(
            route.host,
            route.port,
            tunnel=tunnel,
            proxy_command=route.proxy_command,
            config=None,
            username=route.user,
            known_hosts=await known.current(),
            host_key_alias=route.alias,
            client_keys=None,
            agent_path=None,
            password_auth=False,
            kbdint_auth=False,
            connect_timeout=route.target.connect_timeout_s,
        )
    except asyncssh.PermissionDenied:
        return True
    except (asyncssh.HostKeyNotVerifiable, asyncssh.KeyExchangeFailed):
        return False
    connection.abort()
    return True


async def _address(route: Route, tunnel: Connection | None) -> str:
    """Return the IP address that a strict connection would look up too, "" behind a bastion."""
    if tunnel is not None or route.proxy_command:
        return ""
    found = await asyncio.get_running_loop().getaddrinfo(route.host, route.port)
    return str(found[0][4][0])
