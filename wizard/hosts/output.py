"""What a script printed, bounded and harmless."""

from collections.abc import Callable
from dataclasses import dataclass

from wizard.plain import plain

OUTPUT_LIMIT = 4 * 1024 * 1024
"""Bytes of one stream that are kept; what comes after is read, handed on, and forgotten."""
LINE_LIMIT = 64 * 1024
CUT = "… the rest of this output was not kept"


@dataclass(frozen=True, slots=True)
class Result:
    """How a script ended: its exit status (128 + N for signal N) and its cleaned lines."""

    exit_status: int
    lines: tuple[str, ...]
    errors: tuple[str, ...] = ()
    """What it wrote to stderr."""

    def tail(self, count: int = 20) -> str:
        """Return the last `count` lines of both streams, stderr last, as one text."""
        return "\n".join((*self.lines, *self.errors)[-count:])


class Lines:
    """Turns chunks of bytes into cleaned lines as they come."""

    def __init__(self, on_line: Callable[[str], None] | None = None) -> None:
        self.lines: list[str] = []
        self._on_line = on_line
        self._pending = bytearray()
        self._room = OUTPUT_LIMIT

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes, however they were cut."""
        *whole, rest = chunk.split(b"\n")
        for part in whole:
            self._grow(part)
            self._end_line()
        self._grow(rest)

    def end(self) -> tuple[str, ...]:
        """Return all lines kept; a last line without its end counts."""
        if self._pending:
            self._end_line()
        return tuple(self.lines)

    def _grow(self, part: bytes) -> None:
        # A node may send gigabytes without one line end.
        self._pending += part[: LINE_LIMIT - len(self._pending)]

    def _end_line(self) -> None:
        line = plain(self._pending.decode("utf-8", "replace"))
        self._pending.clear()
        # Many empty lines cost memory too, hence one more than its length.
        if self._room > 0:
            self._room -= len(line) + 1
            self.lines.append(line if self._room > 0 else CUT)
        if self._on_line:
            self._on_line(line)
