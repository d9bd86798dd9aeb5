"""What is fetched or sent, as lines for pipes and logs."""

import sys
import time
from types import TracebackType
from typing import Protocol, Self

from wizard.bundle.fetch.events import FetchEvent, FetchRetried, Tally
from wizard.bundle.sizes import size
from wizard.plain import plain
from wizard.times import duration

EVERY_S = 5.0


class Shown(Protocol):
    """What hears events and shows them while it is open."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def expect(self, size_bytes: int) -> None: ...
    def hear(self, event: FetchEvent) -> None: ...


class FetchLines:
    """A line every EVERY_S, and one for each failure that is tried again; all on stderr."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._next = time.monotonic() + EVERY_S

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None and self._tally.done:
            self._say()

    def expect(self, size_bytes: int) -> None:
        """Take what all will come to, as far as it is known."""
        self._tally.wanted_bytes = size_bytes

    def hear(self, event: FetchEvent) -> None:
        """Fold one event in, and print what is due."""
        self._tally.apply(event)
        if isinstance(event, FetchRetried):
            print(plain(f"{event.name}: {event.why}; again in {event.wait_s:.0f} s"), file=sys.stderr)
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + EVERY_S
            self._say()

    def _say(self) -> None:
        tally = self._tally
        left = f", {duration(tally.left_s)} left" if tally.left_s else ""
        rate = f", {size(int(tally.rate))}/s" if tally.rate else ""
        there = f"{size(tally.have_bytes)} of {size(tally.total_bytes)}"
        print(f"{len(tally.done)} of {len(tally.sizes)} files, {there}{rate}{left}", file=sys.stderr, flush=True)


def shown() -> Shown:
    """Return bars where stderr is a terminal, else lines."""
    if sys.stderr.isatty():
        from screens.fetch_bars import FetchBars

        return FetchBars()
    return FetchLines()
