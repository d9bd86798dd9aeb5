"""Real SSH servers on loopback that run each command with a real /bin/sh."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

from wizard.hosts.target import Credentials, Target
from wizard.hosts.wire import Wire

PATH_ON_NODES = "PATH=/usr/local/sbin:"


class Door(asyncssh.SSHServer):
    """Lets keys in, and counts."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        node = self._node
        node.connections.append(conn)
        node.at_the_door += 1
        node.crowd = max(node.crowd, node.at_the_door)
        self._conn = conn

    def begin_auth(self, username: str) -> bool:
        return self._node.allowed is not None

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        self._node.offered += 1
        return key == self._node.allowed

    def auth_completed(self) -> None:
        self._node.at_the_door -= 1
        self._node.logins.append(self._conn.get_extra_info("username"))

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:
        self._node.tunnels += 1
        return True

    def session_requested(self) -> bool:
        return self._node.sessions


@dataclass
class Node:
    """One server, what it saw, and how it misbehaves."""

    key: asyncssh.SSHKey
    port: int = 0
    allowed: asyncssh.SSHKey | None = None
    certificate: asyncssh.SSHCertificate | None = None
    sessions: bool = True
    shims: Path | None = None
    rewrite: Callable[[str], str] = lambda command: command
    lose_status: bool = False
    commands: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    connections: list[asyncssh.SSHServerConnection] = field(default_factory=list)
    open_channels: int = 0
    most_channels: int = 0
    tunnels: int = 0
    offered: int = 0
    at_the_door: int = 0
    crowd: int = 0
    server: asyncssh.SSHAcceptor | None = None

    async def start(self) -> None:
        self.server = await asyncssh.listen(
            "127.0.0.1",
            self.port,
            server_host_keys=[(self.key, self.certificate) if self.certificate else self.key],
            server_factory=lambda: Door(self),
            process_factory=self.serve if self.sessions else None,
            encoding=None,
        )
        self.port = self.server.get_port()

    def power_cut(self) -> None:
        for connection in self.connections:
            connection.abort()
        self.connections.clear()

    def stop(self) -> None:
        self.power_cut()
        if self.server:
            self.server.close()

    async def serve(self, process: "asyncssh.SSHServerProcess[bytes]") -> None:
        command = process.command or ""
        self.commands.append(command)
        self.open_channels += 1
        self.most_channels = max(self.most_channels, self.open_channels)
        try:
            status = await self._shell(process, self.rewrite(command))
        finally:
            self.open_channels -= 1
        if self.lose_status:
            process.close()
        elif status < 0:
            process.exit_with_signal(signal.Signals(-status).name.removeprefix("SIG"))
        else:
            process.exit(status)

    async def _shell(self, process: "asyncssh.SSHServerProcess[bytes]", command: str) -> int:
        environment = dict(os.environ)
        if self.shims:
            # The product sets a PATH of its own: the shims must be on that one too.
            command = command.replace(PATH_ON_NODES, f"PATH={self.shims}:/usr/local/sbin:")
            environment["PATH"] = f"{self.shims}:{environment['PATH']}"
        shell = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        feeding = asyncio.create_task(_feed(process, shell))
        outputs = asyncio.gather(_copy(shell.stdout, process.stdout), _copy(shell.stderr, process.stderr))
        gone = asyncio.create_task(process.channel.wait_closed())
        try:
            await asyncio.wait((outputs, gone), return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                os.killpg(shell.pid, signal.SIGKILL)
            await outputs
            return await shell.wait()
        finally:
            feeding.cancel()
            gone.cancel()
            if shell.returncode is None:
                os.killpg(shell.pid, signal.SIGKILL)
                await shell.wait()


async def _feed(process: Any, shell: Any) -> None:
    with contextlib.suppress(OSError, asyncssh.Error):
        while data := await process.stdin.read(65536):
            shell.stdin.write(data)
            await shell.stdin.drain()
    shell.stdin.close()


async def _copy(source: Any, dest: Any) -> None:
    with contextlib.suppress(OSError, asyncssh.Error):
        while data := await source.read(65536):
            dest.write(data)
            await dest.drain()


class Site:
    """Nodes, the key that opens them, and the files an operator would have."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.nodes: dict[str, Node] = {}
        self.client_key = asyncssh.generate_private_key("ssh-ed25519")
        self.key_path = folder / "id"
        self.client_key.write_private_key(self.key_path)
        self.key_path.chmod(0o600)
        self.known_hosts = folder / "known_hosts"
        self._wires: list[Wire] = []

    async def add(self, name: str, *, known: bool = True, sessions: bool = True) -> Node:
        node = Node(asyncssh.generate_private_key("ssh-ed25519"), allowed=self.client_key.convert_to_public())
        node.sessions = sessions
        await node.start()
        self.nodes[name] = node
        if known:
            self.know(node)
        return node

    def know(self, node: Node, key: asyncssh.SSHKey | None = None) -> None:
        line = (key or node.key).export_public_key().decode().strip()
        with self.known_hosts.open("a") as file:
            file.write(f"[127.0.0.1]:{node.port} {line}\n")

    def target(self, name: str, **changes: object) -> Target:
        fields: dict[str, object] = {
            "name": name,
            "address": "127.0.0.1",
            "port": self.nodes[name].port if name in self.nodes else 22,
            "user": "root",
            "key": self.key_path,
            "agent": False,
            "config": None,
            "known_hosts": self.known_hosts,
            "connect_timeout_s": 20,
        }
        return Target(**{**fields, **changes})  # type: ignore[arg-type]

    def wire(self, *targets: Target, at_once: int = 32, credentials: Credentials | None = None) -> Wire:
        wire = Wire(targets, credentials=credentials or Credentials(), at_once=at_once)
        self._wires.append(wire)
        return wire

    async def close(self) -> None:
        for wire in self._wires:
            await wire.close()
        for node in self.nodes.values():
            node.stop()
