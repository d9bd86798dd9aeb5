"""Files for a host: small ones written whole, large ones sent in pieces that survive a dropped link."""

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from wizard.errors import CommandFailed
from wizard.hosts.runner import Runner
from wizard.hosts.script import own_script
from wizard.secret import Secret

WRITE_FILE = own_script("write_file")
PIECE = 4 * 1024 * 1024
PIECE_S = 300
"""A piece may take this long: 14 kB a second is the slowest link that is served."""
HASH_S = 600


@dataclass(frozen=True, slots=True)
class Extent:
    """A file here, or a stretch of a larger one that it lies in: `size_bytes` from `begin` on."""

    path: Path
    begin: int
    size_bytes: int
    name: str

    @classmethod
    def whole(cls, path: Path) -> "Extent":
        """Return all of a file; raises OSError."""
        return cls(path, 0, path.stat().st_size, path.name)

    def read(self, offset: int, length: int) -> bytes:
        """Return a piece, shorter where it ends; raises OSError."""
        with self.path.open("rb") as file:
            file.seek(self.begin + offset)
            return file.read(min(length, self.size_bytes - offset))


@dataclass(frozen=True, slots=True)
class InMemory:
    """What was made here and lies in no file."""

    name: str
    data: bytes

    @property
    def size_bytes(self) -> int:
        return len(self.data)

    def read(self, offset: int, length: int) -> bytes:
        """Return a piece, shorter where it ends."""
        return self.data[offset : offset + length]


class Source(Protocol):
    """What is sent: bytes that can be read again from the first one on."""

    @property
    def name(self) -> str: ...
    @property
    def size_bytes(self) -> int: ...

    def read(self, offset: int, length: int) -> bytes:
        """Return a piece, shorter where it ends; raises OSError."""
        ...


class Uploader(Runner, Protocol):
    """What a host does for large files."""

    @property
    def uploads(self) -> AbstractAsyncContextManager[object]: ...


async def write_file(
    host: Runner, path: str, content: bytes | Secret, *, mode: int = 0o644, owner: str = "root:root"
) -> bool:
    """Put `content` at `path` by temp, fsync and rename; return whether anything changed.

    Raises what Host.run raises.
    """
    data = content.reveal().encode() if isinstance(content, Secret) else content
    # Its length tells a whole file from one that a dropped link cut; a digest of a secret has no place in argv.
    result = await host.run(WRITE_FILE, path, f"{mode:04o}", owner, str(len(data)), stdin=data, timeout_s=60)
    return "changed" in result.lines


@dataclass(frozen=True, slots=True)
class Delivery:
    """One file for a node: where it lies here, where it goes there, and what it must be; `sha256` is in hex."""

    source: Source
    dest: str
    sha256: str
    mode: int = 0o644

    @property
    def size_bytes(self) -> int:
        return self.source.size_bytes

    @property
    def part(self) -> str:
        """Where it grows on the node. Named after its content: it is never the rest of another version."""
        place = PurePosixPath(self.dest)
        return str(place.parent / f".{place.name}.{self.sha256[:16]}.part")


async def send_file(
    host: Uploader,
    source: Path | Source,
    dest: str,
    *,
    sha256: str,
    mode: int = 0o644,
    on_progress: Callable[[int, int], None] | None = None,
) -> bool:
    """Upload `source` to `dest`, going on where an earlier try stopped; return False when it was there already.

    `on_progress` gets the bytes that are there and the size. `sha256` (hex) is proven on the node before the file
    takes its place. Raises what Host.run raises; after LinkLost call it again.
    """
    local = await asyncio.to_thread(Extent.whole, source) if isinstance(source, Path) else source
    given = Delivery(local, dest, sha256, mode)
    there = await bytes_there(host, given)
    if there is None:
        return False
    for begin in (there, 0):
        await send_pieces(host, given, begin=begin, on_progress=on_progress)
        if await finish(host, given):
            return True
    raise await differs(host, given)


async def bytes_there(host: Runner, given: Delivery) -> int | None:
    """Return how much of a file its node has from an earlier try; None when it is there whole, proven by its hash.

    Raises what Host.run raises.
    """
    result = await host.run(own_script("file_state"), given.dest, given.part, str(given.size_bytes), timeout_s=HASH_S)
    state = dict(line.split("=", 1) for line in result.lines if "=" in line)
    if state.get("sha256") == given.sha256 and int(state.get("mode", "0"), 8) == given.mode:
        return None
    return min(int(state.get("part_size", "0")), given.size_bytes)


async def send_pieces(
    host: Uploader, given: Delivery, *, begin: int, on_progress: Callable[[int, int], None] | None
) -> None:
    """Upload all that comes after the first `begin` bytes. Raises what Host.run raises."""
    receive, offset, size = own_script("receive_file"), begin, given.size_bytes
    # An empty file has no piece, but its part must be there.
    while offset < size or size == 0:
        # One slot a piece: a thousand nodes take turns, and only as many pieces lie in memory as there are slots.
        async with host.uploads:
            piece = await asyncio.to_thread(given.source.read, offset, PIECE)
            if not piece and size:
                raise CommandFailed(host.name, f"{given.source.name} became shorter while it was sent", exit_status=1)
            await host.run(receive, given.part, str(offset), str(len(piece)), stdin=piece, timeout_s=PIECE_S)
        offset += len(piece)
        if on_progress:
            on_progress(offset, size)
        if size == 0:
            return


async def finish(host: Runner, given: Delivery) -> bool:
    """Let a file take its place once its hash is proven; False when it was wrong, and then nothing is left of it.

    Raises what Host.run raises.
    """
    result = await host.run(
        own_script("finish_file"), given.part, given.dest, given.sha256, f"{given.mode:04o}", timeout_s=HASH_S
    )
    return "verified" in result.lines


async def differs(host: Runner, given: Delivery) -> CommandFailed:
    """Return what to say when a file that was sent from here twice was wrong twice."""
    here = await sha256_of(given.source)
    if here != given.sha256:
        what, hint = f"{given.source.name} is not the file that was promised: its sha256 is {here}", "Fetch it anew."
    else:
        what, hint = f"{given.dest} arrived damaged twice", "Check the node's disk and memory."
    return CommandFailed(host.name, what, exit_status=1, hint=hint)


async def sha256_of(path: Path | Source) -> str:
    """Return the sha256 of a local file in hex."""

    def digest() -> str:
        local, made = Extent.whole(path) if isinstance(path, Path) else path, hashlib.sha256()
        for offset in range(0, local.size_bytes, PIECE):
            made.update(local.read(offset, PIECE))
        return made.hexdigest()

    return await asyncio.to_thread(digest)
