"""A bundle while it is proven: who signed it, how far the reading is, and which of its entries are whole."""

import time
from bisect import bisect_left
from collections.abc import Callable
from typing import Literal

from wizard.bundle.fetch.events import FetchMoved, FetchStarted, Tally
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.manifest import Entry
from wizard.bundle.format.verify import names, verify
from wizard.bundle.releases import releases_in
from wizard.bundle.signing.trust import Trust
from wizard.errors import Refused, WizardError

Phase = Literal["not yet", "running", "whole", "wrong", "stopped"]
State = Literal["not yet", "running", "whole", "wrong"]
UNASKED = "taken without looking at who signed it"


class _Stopped(Exception):
    """The operator wants no more of it."""


class Proving:
    """Reads a whole bundle when told to, and says at any time how that stands. `run` may be called beside the loop.

    `trust` is whom one believes; None takes the bundle whoever signed it. `clock` gives seconds, for the rate.
    """

    def __init__(self, bundle: Bundle, trust: Trust | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.bundle = bundle
        self._clock = clock
        self.phase: Phase = "not yet"
        self.failure: WizardError | None = None
        """What is wrong with its bytes."""
        self.tally = Tally(clock=clock)
        head = bundle.head
        self._place = {digest: at for at, digest in enumerate((*head.blob_slots(), *head.left_out))}
        self._last = {id(each): max(map(self._place.__getitem__, each.digests)) for each in bundle.manifest.entries}
        self._ends = sorted(self._last.values())
        self._at = -1  # the place of the blob that is read, in the order of reading
        self._read_bytes = 0
        self._stopping = False
        self.releases = releases_in(bundle)
        self.signer, self.refusal = _signed(bundle, trust)

    @property
    def good(self) -> bool:
        """Whether it may be used: every byte is as it was made, by somebody who is trusted."""
        return self.phase == "whole" and self.refusal is None

    @property
    def whole(self) -> int:
        """How many entries are whole so far."""
        return len(self._ends) if self.phase == "whole" else bisect_left(self._ends, self._at)

    def state(self, entry: Entry) -> State:
        """Return how one entry stands."""
        if self.phase == "whole" or self._last[id(entry)] < self._at:
            return "whole"
        at_hand = any(self._place[digest] == self._at for digest in entry.digests)
        if at_hand and self.phase == "running":
            return "running"
        return "wrong" if at_hand and self.phase == "wrong" and self._named(entry) else "not yet"

    def run(self) -> None:
        """Prove every byte, from the beginning; return when that is done, something is wrong, or `stop` was called."""
        self.phase, self.failure, self._at, self._read_bytes, self._stopping = "running", None, -1, 0, False
        self.tally = Tally(clock=self._clock)
        self.tally.apply(FetchStarted(self.bundle.path.name, self.bundle.manifest.size_bytes, 0))
        try:
            verify(self.bundle, moved=self._moved)
        except _Stopped:
            self.phase = "stopped"
        except WizardError as error:
            self.failure, self.phase = error, "wrong"
        except OSError as error:
            hint = "See that the disk and the way to it are sound, then prove it again."
            self.failure, self.phase = WizardError(f"{self.bundle.path}: {error.strerror}", hint=hint), "wrong"
        else:
            self.phase = "whole"

    def stop(self) -> None:
        """End the reading within the next piece."""
        self._stopping = True

    def _moved(self, digest: str, count: int) -> None:
        if self._stopping:
            raise _Stopped
        self._at = self._place[digest]
        self._read_bytes += count
        self.tally.apply(FetchMoved(self.bundle.path.name, self._read_bytes))

    def _named(self, entry: Entry) -> bool:
        """Tell whether the failure is about a blob of this entry, and not about what follows it."""
        told = (names(self.bundle.manifest, digest) for digest in entry.digests if self._place[digest] == self._at)
        return self.failure is not None and any(name in self.failure.message for name in told)


def _signed(bundle: Bundle, trust: Trust | None) -> tuple[str, Refused | None]:
    """Return who signed it, in words, and why that is nobody to believe."""
    if trust is None:
        return UNASKED, None
    try:
        return f"signed by {trust.signer(bundle.head)}", None
    except Refused as refusal:
        return "", refusal
