"""Files that must not be lost, sealed at home piece by piece: one of gigabytes is never held in memory."""

import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from wizard.errors import WizardError
from wizard.secret import Secret
from wizard.vault.secrets import Secrets

SNAPSHOT_KEY = "snapshot-key"
MAGIC = b"rancher-wizard snapshot 1\n"
_NONCE = 12
_LENGTH = 4
_LARGEST = 16 * 1024 * 1024


def new_key() -> Secret:
    """Return a random key for snapshots."""
    return Secret(secrets.token_hex(32))


def token_mark(token: Secret) -> str:
    """Return how the token that opens a snapshot is known without being told."""
    return hashlib.sha256(token.reveal().encode()).hexdigest()[:16]


class Sealing:
    """A snapshot being sealed: a header, then its pieces; it is there under its name only when `done` was called."""

    def __init__(self, path: Path, vault: Secrets, header: dict[str, object]) -> None:
        """Begin at `path`; `header` is what can be read without opening the pieces' content: no secret."""
        self._path = path
        # Of its own: rke's keeper and the engine may both seal what rke has just left behind.
        self._part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        self._key = AESGCM(bytes.fromhex(vault.ensure(SNAPSHOT_KEY, new_key).reveal()))
        self._number = 0
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        self._file: BinaryIO = os.fdopen(descriptor, "wb")
        self._header = json.dumps(header, sort_keys=True).encode()
        self._file.write(MAGIC + self._header + b"\n")

    def add(self, piece: bytes) -> None:
        """Seal the next piece."""
        self._write(piece, last=False)

    def done(self) -> None:
        """Seal the end, so that a file that was cut short is told from a whole one, and give the file its name."""
        self._write(b"", last=True)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.replace(self._path)

    def drop(self) -> None:
        """Give it up and leave nothing."""
        self._file.close()
        self._part.unlink(missing_ok=True)

    def _write(self, piece: bytes, *, last: bool) -> None:
        nonce = secrets.token_bytes(_NONCE)
        box = self._key.encrypt(nonce, piece, _bound(self._header, self._number, last=last))
        self._file.write(nonce + len(box).to_bytes(_LENGTH, "big") + box)
        self._number += 1


def header_of(path: Path) -> dict[str, object]:
    """Return what a sealed snapshot says of itself. Raises WizardError for any other file."""
    with path.open("rb") as file:
        return _header(path, file)[0]


def opened(path: Path, vault: Secrets) -> Iterator[bytes]:
    """Yield the pieces of a sealed snapshot. Raises WizardError when it was changed, cut, or sealed by another key."""
    key = vault.get(SNAPSHOT_KEY)
    if key is None:
        raise WizardError(
            f"{path}: its key is not in this cluster's vault", hint="Restore this cluster's state folder."
        )
    box, number, last = AESGCM(bytes.fromhex(key.reveal())), 0, False
    with path.open("rb") as file:
        _, header = _header(path, file)
        while not last:
            head = file.read(_NONCE + _LENGTH)
            length = int.from_bytes(head[_NONCE:], "big")
            body = file.read(length) if len(head) == _NONCE + _LENGTH and length <= _LARGEST else b""
            last = not file.peek(1)
            try:
                yield box.decrypt(head[:_NONCE], body, _bound(header, number, last=last))
            except (InvalidTag, ValueError):
                hint = "It was changed or cut, or sealed for another cluster: take another copy."
                raise WizardError(f"{path}: is damaged at piece {number + 1}", hint=hint) from None
            number += 1


class Unsealing:
    """A sealed snapshot read as the file that it was; backwards it is opened anew, as its pieces have an order."""

    def __init__(self, path: Path, vault: Secrets, *, name: str, size_bytes: int) -> None:
        self._path, self._vault = path, vault
        self.name, self.size_bytes = name, size_bytes
        self._pieces: Iterator[bytes] = iter(())
        self._at, self._rest = -1, b""

    def read(self, offset: int, length: int) -> bytes:
        """Return a piece, shorter where it ends; raises as `opened`."""
        if self._at < 0 or offset < self._at:
            self._pieces, self._at, self._rest = opened(self._path, self._vault), 0, b""
        while self._at + len(self._rest) < offset + length and (piece := next(self._pieces, None)) is not None:
            spent = min(max(0, offset - self._at), len(self._rest))
            self._rest, self._at = self._rest[spent:] + piece, self._at + spent
        begin = offset - self._at
        return self._rest[begin : begin + length]


def sha256_of(path: Path, vault: Secrets) -> str:
    """Return the sha256 of the snapshot in a sealed file, hex; raises as `opened`."""
    digest = hashlib.sha256()
    for piece in opened(path, vault):
        digest.update(piece)
    return digest.hexdigest()


def _header(path: Path, file: BinaryIO) -> tuple[dict[str, object], bytes]:
    try:
        if file.readline(len(MAGIC)) != MAGIC:
            raise ValueError
        line = file.readline(65536).rstrip(b"\n")
        record: dict[str, object] = json.loads(line)
    except ValueError:
        raise WizardError(f"{path}: is not a snapshot sealed by the wizard", hint="Name a .sealed file.") from None
    return record, line


def _bound(header: bytes, number: int, *, last: bool) -> bytes:
    """Bind each piece to its file and place, so that none is swapped, left out or put twice."""
    return header + f"/{number}/{'last' if last else 'more'}".encode()
