"""The doors by which nodes give files to each other: a unit on the node that ends by itself, whatever becomes of us."""

import asyncio
import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from wizard.certificates import certificate_text, key_text, new_ca, sign
from wizard.errors import HostError
from wizard.hosts.host import Host
from wizard.hosts.script import load_script
from wizard.hosts.upload import PIECE, Delivery
from wizard.secret import Secret

ROOM = Path(__file__).parent
OPEN, CLOSE, FETCH = (load_script(ROOM, f"spread_{name}") for name in ("open", "close", "fetch"))
SERVE_TEXT, FETCH_TEXT = ((ROOM / "scripts" / f"{name}.py").read_text() for name in ("serve", "fetch"))
PORTS = ("10250", "0")
"""Kubelet's port comes first, as every node must be let in there in the end; 0 is any that is free."""
LEASE_S = 20
LIMIT_S = 6 * 3600
OPEN_S = 40.0
LEG_S = 20
PIECE_S = 330
"""Beyond the leg itself: the piece in hand, on the slowest way that is served."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where a node gives, how it proves who it is (sha256 of its certificate), and the word that opens."""

    address: str
    port: int
    pin: str
    token: Secret


@dataclass(frozen=True, slots=True)
class Leg:
    """How a stretch of a transfer ended: "done", "time", "behind", "wrong …", "gone …", or "none" without Python."""

    ended: str
    have_bytes: int


class Doors:
    """Opens a node's door when it is first wanted; `addresses` are those that other nodes reach them by."""

    def __init__(self, addresses: Callable[[str], str]) -> None:
        self._addresses = addresses
        self._open: dict[str, Door | None] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def at(self, host: Host, files: Iterable[Delivery]) -> Door | None:
        """Return the door of a node for just these files; None when it can open none. Raises what Host.run raises."""
        async with self._locks.setdefault(host.name, asyncio.Lock()):
            if host.name not in self._open:
                self._open[host.name] = await self._opened(host, files)
            return self._open[host.name]

    def forget(self, node: str) -> None:
        """Open a node's door anew when it is wanted again."""
        self._open.pop(node, None)

    async def close(self, host_of: Callable[[str], Host]) -> None:
        """End what is open; what can't be reached ends by itself."""
        for name in [name for name, door in self._open.items() if door]:
            self._open.pop(name)
            try:
                await host_of(name).run(CLOSE, timeout_s=OPEN_S)
            except HostError:
                continue

    async def _opened(self, host: Host, files: Iterable[Delivery]) -> Door | None:
        address, token = self._addresses(host.name), secrets.token_urlsafe(32)
        now = dt.datetime.now(dt.UTC)
        pair = sign(new_ca("rancher-wizard spread", now), [address], now)
        given = {
            "token": token,
            "pem": certificate_text(pair.certificate) + key_text(pair.key),
            "files": {each.sha256: [each.size_bytes, each.dest, each.part] for each in files},
        }
        words = (str(LEASE_S), str(LIMIT_S), address, SERVE_TEXT, *PORTS)
        result = await host.run(OPEN, *words, stdin=Secret(json.dumps(given)), timeout_s=OPEN_S)
        port = next((line[5:] for line in result.lines if line.startswith("port=")), "")
        pin = hashlib.sha256(pair.certificate.public_bytes(Encoding.DER)).hexdigest()
        return Door(address, int(port), pin, Secret(token)) if port.isdigit() else None


async def fetch(host: Host, given: Delivery, door: Door, hashes: Iterable[str], on_bytes: Callable[[int], None]) -> Leg:
    """Let a node get what it lacks of a file through another's door, for LEG_S seconds; `on_bytes` gets what it has.

    Raises what Host.run raises; CommandFailed when its own disk takes no more.
    """
    have, ended = -1, "gone silent"

    def heard(line: str) -> None:
        nonlocal have, ended
        key, _, value = line.partition("=")
        if key == "have" and value.isdigit() and len(value) < 19:
            have = min(int(value), given.size_bytes)
            on_bytes(have)
        elif key == "ended":
            ended = value
        elif key == "program":
            ended = "none"

    words = (str(given.size_bytes), str(PIECE), door.address, str(door.port), given.sha256, door.pin, str(LEG_S))
    stdin = Secret("\n".join((door.token.reveal(), *hashes)))
    await host.run(FETCH, FETCH_TEXT, given.part, *words, stdin=stdin, timeout_s=LEG_S + PIECE_S, on_line=heard)
    return Leg(ended, have)
