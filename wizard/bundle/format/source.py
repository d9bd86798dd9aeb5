"""Blobs as they are read: a piece of a file, by range."""

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CHUNK_BYTES = 1 << 20


class Reads(Protocol):
    """A file object that is read from front to back."""

    def read(self, size: int = -1, /) -> bytes: ...
    def readinto(self, buffer: memoryview, /) -> int: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a blob's bytes lie: `size_bytes` from `begin` on in the file at `path`."""

    path: Path
    begin: int
    size_bytes: int

    def open(self) -> io.BufferedReader:
        """Return a file object of these bytes alone: it reads and seeks from 0 to `size_bytes`."""
        return io.BufferedReader(_Piece(self), CHUNK_BYTES)


class _Piece(io.RawIOBase):
    """A part of a file, as if it were one; each has a descriptor of its own, so that many may read at once."""

    def __init__(self, place: Place) -> None:
        self._descriptor = os.open(place.path, os.O_RDONLY | os.O_CLOEXEC)
        self._place = place
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        left = max(0, self._place.size_bytes - self._at)
        view = memoryview(buffer)[:left]
        count = os.preadv(self._descriptor, [view], self._place.begin + self._at) if left else 0
        self._at += count
        return count

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._place.size_bytes}[whence]
        if start + offset < 0:
            raise ValueError("negative seek position")
        self._at = start + offset
        return self._at

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()
