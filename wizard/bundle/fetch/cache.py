"""What was fetched before: one folder of blobs by digest, shared by all bundles and by all processes on this machine.

blobs/sha256/DIGEST   whole and proven
parts/KEY             begun; beside it KEY.json, what the server called the version that it is a part of
known/KEY.json        which digest a URL led to, and the server's name of that version
locks/KEY             held by who fetches it
"""

import asyncio
import fcntl
import hashlib
import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wizard.errors import WizardError
from wizard.files import write_private

LOOK_AGAIN_S = 0.1  # a task that waits in flock itself could not be cancelled
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Blob:
    """A file that lies in the cache, or is lent to it, whole and proven."""

    path: Path
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Known:
    """What a URL led to when it was fetched last."""

    sha256: str
    size_bytes: int
    validator: str  # ETag or Last-Modified; empty where the server gives none


class Cache:
    """The cache in `root`, made when missing. Raises WizardError where it can't be used."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._blobs = root / "blobs" / "sha256"
        self._lent: dict[str, Path] = {}
        try:
            for folder in (self._blobs, root / "parts", root / "known", root / "locks"):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            hint = "Give another folder by --cache."
            raise WizardError(f"{error.filename}: {error.strerror}", hint=hint) from None

    @classmethod
    def of_user(cls) -> "Cache":
        """Return the cache of the user who runs this, where their system keeps caches."""
        import platformdirs

        return cls(platformdirs.user_cache_path("rancher-wizard") / "bundle")

    def find(self, sha256: str) -> Blob | None:
        """Return the blob of that digest, or None. Blobs were proven when they came in."""
        for path in (self._blobs / sha256, self._lent.get(sha256)):
            if path and path.is_file():
                return Blob(path, sha256, path.stat().st_size)
        return None

    def lend(self, path: Path, sha256: str) -> Blob:
        """Take a proven file for a blob where it lies, for as long as this process runs: a copy would need its room."""
        self._lent[sha256] = path
        return Blob(path, sha256, path.stat().st_size)

    def part(self, key: str) -> "Part":
        """Return what is there of a download, perhaps nothing. Hold `lock(key)` meanwhile."""
        return Part(self.root / "parts" / key)

    def adopt(self, path: Path, sha256: str) -> Blob:
        """Take in a proven file on the same file system, in place of its name there."""
        with path.open("rb") as file:
            os.fsync(file.fileno())
        kept = self._blobs / sha256
        path.replace(kept)
        return Blob(kept, sha256, kept.stat().st_size)

    def add(self, data: bytes) -> Blob:
        """Take in bytes that are in memory."""
        digest = hashlib.sha256(data).hexdigest()
        write_private(self._blobs / digest, data)
        return Blob(self._blobs / digest, digest, len(data))

    def known(self, url: str) -> Known | None:
        """Return what `url` led to last time, if that is still here."""
        record = _read(self.root / "known" / f"{key_of(url)}.json")
        try:
            known = Known(str(record["sha256"]), int(record["size_bytes"]), str(record["validator"]))
        except (KeyError, TypeError, ValueError):
            return None
        return known if self.find(known.sha256) else None

    def remember(self, url: str, known: Known) -> None:
        """Keep what `url` led to, so that an unchanged file is asked for, not fetched."""
        record = {"url": url, "sha256": known.sha256, "size_bytes": known.size_bytes, "validator": known.validator}
        write_private(self.root / "known" / f"{key_of(url)}.json", json.dumps(record).encode())

    @asynccontextmanager
    async def lock(self, key: str) -> AsyncIterator[None]:
        """Hold one key against other tasks and processes; the system lets go of it when this process dies."""
        descriptor = os.open(self.root / "locks" / key, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            while not _taken(descriptor):  # noqa: ASYNC110 - another process tells us nothing
                await asyncio.sleep(LOOK_AGAIN_S)
            yield
        finally:
            os.close(descriptor)


class Part:
    """A download that has begun: its bytes so far, and which version of the file they are of."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._note = path.with_name(f"{path.name}.json")

    @property
    def size_bytes(self) -> int:
        """How much is there; 0 where nothing is."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def validator(self) -> str:
        """What the server called that version; empty where it gave it no name."""
        return str(_read(self._note).get("validator", ""))

    def begin(self, validator: str) -> None:
        """Start over, with another version."""
        self.path.write_bytes(b"")
        write_private(self._note, json.dumps({"validator": validator}).encode())

    def drop(self) -> None:
        """Forget it."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes so far."""
        if self.path.exists():
            with self.path.open("rb") as file:
                while chunk := file.read(CHUNK_BYTES):
                    yield chunk


def key_of(text: str) -> str:
    """Return a file name for a URL."""
    return hashlib.sha256(text.encode()).hexdigest()


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(path: Path) -> dict[str, Any]:
    """Return a small record of ours; {} where there is none or it can't be read: it is only a cache."""
    try:
        record = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}
