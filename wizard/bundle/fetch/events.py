"""What happens while files are fetched, or sent to a registry, and how it adds up: rate and time left."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

WINDOW_S = 10.0  # the rate is that of the last seconds: a slow mirror shows at once, a single burst does not


@dataclass(frozen=True, slots=True)
class FetchStarted:
    """One file is begun, or gone on with; `size_bytes` is None while nobody knows it."""

    name: str
    size_bytes: int | None
    have_bytes: int


@dataclass(frozen=True, slots=True)
class FetchMoved:
    """So much of a file is here, or over there."""

    name: str
    have_bytes: int


@dataclass(frozen=True, slots=True)
class FetchRetried:
    """An attempt failed; the next one comes in `wait_s`."""

    name: str
    why: str
    wait_s: float


@dataclass(frozen=True, slots=True)
class FetchEnded:
    """One file is here: `fetched`, or it was `cached` before. Or it is over there: `sent`, or it was `there` before."""

    name: str
    outcome: Literal["fetched", "cached", "sent", "there"]
    size_bytes: int


FetchEvent = FetchStarted | FetchMoved | FetchRetried | FetchEnded
Listen = Callable[[FetchEvent], None]


def unheard(event: FetchEvent) -> None:
    """Listen to nothing."""


@dataclass(slots=True)
class Tally:
    """Every file's state, folded from its events, with the rate over all of them.

    `wanted_bytes` is what all files come to, as far as that was known beforehand.
    """

    wanted_bytes: int = 0
    clock: Callable[[], float] = time.monotonic
    have: dict[str, int] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    done: dict[str, FetchEnded] = field(default_factory=dict)
    _base: dict[str, int] = field(default_factory=dict)
    _seen: deque[tuple[float, int]] = field(default_factory=deque)

    def apply(self, event: FetchEvent) -> None:
        """Take in one event."""
        match event:
            case FetchStarted():
                self.have[event.name] = event.have_bytes
                self._base[event.name] = event.have_bytes  # what was here before says nothing of the network
                if event.size_bytes is not None:
                    self.sizes[event.name] = event.size_bytes
            case FetchMoved():
                self.have[event.name] = event.have_bytes
            case FetchEnded():
                self.done[event.name] = event
                self.have[event.name] = self.sizes[event.name] = event.size_bytes
                if event.outcome in ("cached", "there"):
                    self._base[event.name] = event.size_bytes
            case FetchRetried():
                return
        self._note()

    @property
    def have_bytes(self) -> int:
        """How much of all files is here."""
        return sum(self.have.values())

    @property
    def total_bytes(self) -> int:
        """What all files come to, as far as it is known by now."""
        return max(self.wanted_bytes, sum(self.sizes.values()), self.have_bytes)

    @property
    def rate(self) -> float:
        """Bytes a second over the last WINDOW_S; 0 before anything came."""
        if len(self._seen) < 2:
            return 0.0
        (begun, first), (now, last) = self._seen[0], self._seen[-1]
        return max(0.0, (last - first) / (now - begun)) if now > begun else 0.0

    @property
    def left_s(self) -> float | None:
        """Seconds until all is here at this rate; None while nobody can say."""
        return (self.total_bytes - self.have_bytes) / self.rate if self.rate else None

    def _note(self) -> None:
        now = self.clock()
        self._seen.append((now, self.have_bytes - sum(self._base.values())))
        while len(self._seen) > 2 and self._seen[0][0] < now - WINDOW_S:
            self._seen.popleft()
