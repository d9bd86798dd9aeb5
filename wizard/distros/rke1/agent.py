"""An SSH agent of our own: `rke` opens keys with a passphrase by no other way.

The keys are in this process alone; whoever has our user id may ask for signatures over a socket in a folder (0700).
Protocol: draft-ietf-sshm-ssh-agent; numbers as in OpenSSH's authfd.h.
"""

import asyncio
import os
import socket
import struct
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh

from wizard.errors import WizardError
from wizard.secret import Secret

REQUEST_IDENTITIES, IDENTITIES_ANSWER = 11, 12
SIGN_REQUEST, SIGN_RESPONSE = 13, 14
FAILURE = 5
RSA_SHA2_256, RSA_SHA2_512 = 2, 4
LARGEST = 256 << 10
"""What OpenSSH's agent takes of one message."""
SOCKET = "agent.sock"


def load_keys(paths: Sequence[Path], passphrase: Secret | None) -> tuple[asyncssh.SSHKey, ...]:
    """Return private keys, each once. Raises WizardError for one that can't be opened."""
    found: dict[bytes, asyncssh.SSHKey] = {}
    for path in dict.fromkeys(paths):
        try:
            key = asyncssh.read_private_key(path, passphrase.reveal() if passphrase else None)
        except (OSError, ValueError) as error:
            raise WizardError(
                f"{path}: the key can't be opened: {getattr(error, 'strerror', None) or error}",
                hint="Name a private key in ssh.key that this user may read, and give its passphrase to apply.",
            ) from None
        found.setdefault(key.public_data, key)
    return tuple(found.values())


@asynccontextmanager
async def agent(keys: Sequence[asyncssh.SSHKey]) -> AsyncIterator[Path]:
    """Answer for `keys` while the block runs; yield the path for SSH_AUTH_SOCK."""
    # A path of a socket may have 107 bytes: the cluster's own folder may lie too deep.
    with tempfile.TemporaryDirectory(prefix="rw-agent-") as folder:
        place = Path(folder) / SOCKET
        server = await asyncio.start_unix_server(Answers(keys).serve, place)
        try:
            yield place
        finally:
            server.close()
            await server.wait_closed()


class Answers:
    """What the agent says: which keys there are, and signatures of theirs; all else is refused."""

    def __init__(self, keys: Sequence[asyncssh.SSHKey]) -> None:
        self._keys = {key.public_data: key for key in keys}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk to one client until it goes."""
        try:
            if _peer(writer) == os.getuid():
                await self._converse(reader, writer)
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            (size,) = struct.unpack(">I", await reader.readexactly(4))
            if not 0 < size <= LARGEST:
                return
            answer = self.answer(await reader.readexactly(size))
            writer.write(struct.pack(">I", len(answer)) + answer)
            await writer.drain()

    def answer(self, message: bytes) -> bytes:
        """Return the answer to one message, both without their length."""
        try:
            if message[:1] == bytes([REQUEST_IDENTITIES]):
                return self._identities()
            if message[:1] == bytes([SIGN_REQUEST]):
                return self._signed(message[1:])
        except (ValueError, KeyError, struct.error, asyncssh.Error):
            pass
        return bytes([FAILURE])

    def _identities(self) -> bytes:
        named = b"".join(_string(blob) + _string(key.get_comment_bytes() or b"") for blob, key in self._keys.items())
        return bytes([IDENTITIES_ANSWER]) + struct.pack(">I", len(self._keys)) + named

    def _signed(self, rest: bytes) -> bytes:
        blob, rest = _take(rest)
        data, rest = _take(rest)
        (flags,) = struct.unpack(">I", rest[:4])
        key = self._keys[blob]
        return bytes([SIGN_RESPONSE]) + _string(key.sign(data, _algorithm(key, flags)))


def _algorithm(key: asyncssh.SSHKey, flags: int) -> bytes:
    """RSA keys sign as they are asked to, others in their only way."""
    if key.algorithm != b"ssh-rsa":
        return key.sig_algorithms[0]
    if flags & RSA_SHA2_512:
        return b"rsa-sha2-512"
    return b"rsa-sha2-256" if flags & RSA_SHA2_256 else b"ssh-rsa"


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _take(data: bytes) -> tuple[bytes, bytes]:
    (size,) = struct.unpack(">I", data[:4])
    if size > len(data) - 4:
        raise ValueError("cut")
    return data[4 : 4 + size], data[4 + size :]


def _peer(writer: asyncio.StreamWriter) -> int:
    """The user id of whoever asks."""
    found: socket.socket = writer.get_extra_info("socket")
    _, user, _ = struct.unpack("3i", found.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    return int(user)
