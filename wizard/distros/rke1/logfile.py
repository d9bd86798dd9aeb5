"""rke's log as a file that grows: read on from where one was, however large it is and whatever is in it."""

from collections.abc import Iterator
from pathlib import Path

from wizard.distros.rke1.line import LONGEST

PIECE_BYTES = 64 << 10
AT_ONCE_BYTES = 4 << 20


class LogFile:
    """Lines of a log, each once. What a line has beyond LONGEST bytes is left out, so memory stays small."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._position = 0
        self._rest = b""

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield whole lines that came since, each with the offset of its end in bytes; some 4 MiB of them at most."""
        try:
            file = self._path.open("rb")
        except FileNotFoundError:
            return
        with file:
            file.seek(self._position)
            end, found = self._position + AT_ONCE_BYTES, False
            while (self._position < end or not found) and (piece := file.read(PIECE_BYTES)):
                found = found or b"\n" in piece
                yield from self._cut(piece)

    def last(self) -> str:
        """Return what stands after the last end of line: for when nobody writes any more."""
        rest, self._rest = self._rest, b""
        return rest.decode("utf-8", "replace")

    def _cut(self, piece: bytes) -> Iterator[tuple[int, str]]:
        at = self._position
        self._position += len(piece)
        *whole, tail = piece.split(b"\n")
        for part in whole:
            line, self._rest = (self._rest + part)[:LONGEST], b""
            at += len(part) + 1
            yield at, line.decode("utf-8", "replace")
        self._rest = (self._rest + tail)[:LONGEST]
