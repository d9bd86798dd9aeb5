"""The sshd of every simulated node: one key opens all, each command is answered, none is run."""

import asyncio
import contextlib
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import asyncssh

from wizard.simulator.answers import NOT_FOUND, answer, cuts_link
from wizard.simulator.call import Call
from wizard.simulator.command import Command, read_command
from wizard.simulator.node import Node
from wizard.simulator.site import Site

STDIN_LIMIT = 64 * 1024 * 1024
BLOCK = 64 * 1024
TRIES = 20
# The cheapest of what OpenSSH offers first: a thousand logins are the price of the largest demo.
ALGORITHMS = {"kex_algs": ["curve25519-sha256"], "encryption_algs": ["aes128-gcm@openssh.com", "aes128-ctr"]}

Process = asyncssh.SSHServerProcess[bytes]


@dataclass(slots=True)
class Doors:
    """All sshd of a site, at the nodes' own addresses and one port."""

    site: Site
    host_key: asyncssh.SSHKey
    client_key: asyncssh.SSHKey
    port: int = 0
    _open: list[asyncssh.SSHAcceptor] = field(default_factory=list)
    _connections: dict[str, set[asyncssh.SSHServerConnection]] = field(default_factory=dict)
    _by_address: dict[str, Node] = field(default_factory=dict)

    async def open(self) -> None:
        """Listen for every node; OSError when no port is free at all of their addresses."""
        self._by_address = {node.address: node for node in self.site.nodes.values()}
        self.site.cut = self.drop
        options = asyncssh.SSHServerConnectionOptions(
            config=None,
            server_factory=lambda: _Door(self),
            process_factory=self._serve,
            server_host_keys=[self.host_key],
            encoding=None,
            login_timeout=60,
            **ALGORITHMS,
        )
        for sock in _bound(self._by_address):
            self.port = sock.getsockname()[1]
            self._open.append(await asyncssh.listen(sock=sock, backlog=16, options=options))

    def close(self) -> None:
        """Close all of them, and every connection."""
        for acceptor in self._open:
            acceptor.close()
        for node in self.site.nodes.values():
            self.drop(node)

    def drop(self, node: Node) -> None:
        """Cut a node's connections as a dead link would."""
        for connection in self._connections.pop(node.name, set()):
            connection.abort()

    def greet(self, connection: asyncssh.SSHServerConnection) -> Node:
        """Take a new connection, or cut it while its node is away; return the node."""
        node = self._node(connection)
        self._connections.setdefault(node.name, set()).add(connection)
        if node.away_until > asyncio.get_running_loop().time():
            connection.abort()
        return node

    def forget(self, node: Node, connection: asyncssh.SSHServerConnection) -> None:
        """Take note that a connection is over."""
        self._connections.get(node.name, set()).discard(connection)

    def _node(self, peer: Any) -> Node:
        return self._by_address[peer.get_extra_info("sockname")[0]]

    async def _serve(self, process: Process) -> None:
        with contextlib.suppress(OSError, asyncssh.Error):
            command = read_command(process.command or "")
            if command is None:
                process.stderr.write(b"this node is simulated: it answers to the wizard's own scripts only\n")
                process.exit(NOT_FOUND)
                return
            call = self._call(process, command)
            if cuts_link(call):
                self.site.lose_link(call.node)
                return
            process.exit(await answer(call))

    def _call(self, process: Process, command: Command) -> Call:
        async def read() -> bytes:
            whole = bytearray()
            while len(whole) < STDIN_LIMIT and (chunk := await process.stdin.read(BLOCK)):
                whole += chunk
            return bytes(whole)

        return Call(
            self.site,
            self._node(process),
            command.name,
            command.text,
            command.args,
            say=lambda line: process.stdout.write(line.encode() + b"\n"),
            complain=lambda line: process.stderr.write(line.encode() + b"\n"),
            read=read,
        )


class _Door(asyncssh.SSHServer):
    """One connection's manners: root, by the site's key."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._guest: tuple[Node, asyncssh.SSHServerConnection] | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._guest = (self._doors.greet(conn), conn)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._guest is not None:
            self._doors.forget(*self._guest)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == "root" and key == self._doors.client_key


def _bound(addresses: Iterable[str]) -> list[socket.socket]:
    """Bind one port at every address: whichever the kernel gives for the first, while it is free at the others."""
    names = list(addresses)
    for attempt in range(TRIES):
        sockets: list[socket.socket] = []
        try:
            for name in names:
                sockets.append(_listener(name, sockets[0].getsockname()[1] if sockets else 0))
            return sockets
        except OSError:
            for sock in sockets:
                sock.close()
            if attempt == TRIES - 1:
                raise
    return []


def _listener(address: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
    except OSError:
        sock.close()
        raise
    return sock
