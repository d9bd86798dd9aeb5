"""Private keys: each file read once, the agent asked once, and few enough offered for any sshd."""

import asyncio
import os
import stat
from collections.abc import Sequence
from pathlib import Path

import asyncssh

from wizard.errors import LoginRefused
from wizard.secret import Secret

OFFERED_AT_MOST = 5
"""sshd's MaxAuthTries is 6, and since OpenSSH 9.8 failures lock the whole jump host out for a while."""
DEFAULT_KEYS = ("~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa")

Pairs = tuple[asyncssh.SSHKeyPair, ...]


class Keyring:
    """The keys of one wire."""

    def __init__(self, passphrase: Secret | None) -> None:
        self._passphrase = passphrase
        self._files: dict[Path, asyncio.Task[Pairs]] = {}
        self._agents: dict[str, asyncio.Task[Pairs]] = {}
        self._open_agents: list[asyncssh.SSHAgentClient] = []

    async def only(self, node: str, key: Path, *, agent_path: str) -> Pairs:
        """Return the pair of the key file named for `node`, from the agent when the file is locked.

        Raises LoginRefused when the file is missing, readable by others, damaged, or locked.
        """
        path = _expanded(key)
        try:
            return await self._file(path)
        except (OSError, ValueError) as error:
            held = await self._held_by_agent(path, agent_path)
            if held:
                return held
            raise _refused(node, path, error, asked=self._passphrase is not None) from error

    async def any(self, identities: Sequence[str], *, agent_path: str, identities_only: bool) -> Pairs:
        """Return what OpenSSH would offer: the config's identity files, else the usual ones, then the agent's."""
        paths = [_expanded(Path(name)) for name in identities or DEFAULT_KEYS]
        pairs: list[asyncssh.SSHKeyPair] = []
        for path in paths:
            pairs.extend(await self._file_or_agent(path, agent_path))
        if not identities_only:
            pairs.extend(await self._agent(agent_path))
        distinct = {pair.public_data: pair for pair in reversed(pairs)}
        return tuple(reversed(distinct.values()))[:OFFERED_AT_MOST]

    def close(self) -> None:
        """Let go of the agents."""
        for agent in self._open_agents:
            agent.close()
        self._open_agents.clear()
        self._agents.clear()

    async def _file_or_agent(self, path: Path, agent_path: str) -> Pairs:
        try:
            return await self._file(path)
        except (OSError, ValueError):
            return await self._held_by_agent(path, agent_path)

    async def _held_by_agent(self, path: Path, agent_path: str) -> Pairs:
        public = await asyncio.to_thread(_public_half, path)
        pairs = await self._agent(agent_path) if public else ()
        return tuple(pair for pair in pairs if pair.public_data == public)

    async def _file(self, path: Path) -> Pairs:
        if path not in self._files:
            # The key derivation of a locked key takes a second of CPU on purpose.
            self._files[path] = asyncio.create_task(asyncio.to_thread(self._read, path))
        return await asyncio.shield(self._files[path])

    def _read(self, path: Path) -> Pairs:
        status = path.stat()
        if status.st_uid == os.getuid() and stat.S_IMODE(status.st_mode) & 0o077:
            raise PermissionError(f"others may read it (mode {stat.S_IMODE(status.st_mode):04o})")
        passphrase = self._passphrase.reveal() if self._passphrase else None
        return tuple(asyncssh.load_keypairs([path], passphrase))

    async def _agent(self, agent_path: str) -> Pairs:
        if not agent_path:
            return ()
        if agent_path not in self._agents:
            self._agents[agent_path] = asyncio.create_task(self._ask_agent(agent_path))
        return await asyncio.shield(self._agents[agent_path])

    async def _ask_agent(self, agent_path: str) -> Pairs:
        try:
            agent = await asyncssh.connect_agent(agent_path)
            self._open_agents.append(agent)
            return tuple(await agent.get_keys())
        except (OSError, ValueError, asyncssh.Error):
            # A stale SSH_AUTH_SOCK is common on jump hosts: OpenSSH goes on without it too.
            return ()


def _expanded(path: Path) -> Path:
    return path.expanduser()


def _public_half(path: Path) -> bytes | None:
    for candidate in (path.with_name(f"{path.name}.pub"), path):
        try:
            return asyncssh.read_public_key(candidate).public_data
        except (OSError, ValueError):
            continue
    return None


def _refused(node: str, path: Path, error: Exception, *, asked: bool) -> LoginRefused:
    match error:
        case FileNotFoundError():
            what, hint = "is missing", "Name an existing private key in `ssh.key`."
        case PermissionError() if error.errno is None:
            what, hint = f"is refused: {error}", f"Run `chmod 600 {path}`."
        case OSError():
            what, hint = f"can't be read: {error.strerror}", "Name a key that this user may read in `ssh.key`."
        case _ if "bcrypt" in str(error):
            what, hint = (
                "is locked, and the Python package bcrypt is missing",
                f"Run `ssh-add {path}`, or install bcrypt.",
            )
        case _ if asked and ("decrypt" in str(error) or "assphrase" in str(error)):
            what, hint = "does not open with this passphrase", f"Give the right passphrase, or run `ssh-add {path}`."
        case _ if "assphrase" in str(error):
            what, hint = "is locked by a passphrase", f"Give its passphrase, or run `ssh-add {path}`."
        case _:
            what, hint = f"is no usable private key: {error}", "Name a private key (not its .pub) in `ssh.key`."
    return LoginRefused(node, f"key file {path} {what}", hint=hint)
