"""A node's journal: lines of its units in order, each with a cursor, and a way to wait for the next one."""

import asyncio
import contextlib
from dataclasses import dataclass, field


@dataclass(slots=True)
class Journal:
    """Grows at its end only; a cursor is the number of lines before it, as text that looks like journald's."""

    boot_id: str
    _lines: list[tuple[str, str]] = field(default_factory=list)
    _waiting: set[asyncio.Future[None]] = field(default_factory=set)

    def write(self, unit: str, text: str) -> None:
        """Add one line of a unit."""
        self._lines.append((unit, text))
        self.stir()

    def stir(self) -> None:
        """Wake who waits: a line was added, or a unit's state has changed."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()

    @property
    def cursor(self) -> str:
        """The place behind the last line."""
        return f"s={self.boot_id};i={len(self._lines):x}"

    def after(self, cursor: str, unit: str) -> list[str]:
        """Return the lines of `unit` behind a cursor; all of them when it is none of this journal's."""
        return [text for name, text in self._lines[self._place(cursor) :] if name == unit]

    def knows(self, cursor: str) -> bool:
        """True for a cursor of this journal."""
        return cursor.startswith(f"s={self.boot_id};i=")

    async def wait(self, timeout_s: float) -> bool:
        """Wait until something happens, for so many real seconds; False when nothing did."""
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.add(waiting)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await waiting
                return True
        self._waiting.discard(waiting)
        return False

    def _place(self, cursor: str) -> int:
        if not self.knows(cursor):
            return 0
        place = cursor.rpartition("=")[2]
        try:
            return min(max(0, int(place, 16)), len(self._lines))
        except ValueError:
            return 0
