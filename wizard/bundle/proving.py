"""A bundle while it is proven: what is known of each entry by now, for whoever looks at it."""

import asyncio
from collections.abc import Callable
from typing import Literal

from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.manifest import Entry
from wizard.bundle.format.verify import verify
from wizard.errors import WizardError

State = Literal["waiting", "running", "done", "failed"]


class Proving:
    """Proves `bundle` beside the loop; a blob counts as proven once the next one is begun, or all is over.

    `signer` says who signed it, for people; it raises Refused where that is nobody who is trusted.
    """

    def __init__(self, bundle: Bundle, signer: Callable[[], str]) -> None:
        self.bundle = bundle
        self.signed = ""
        self.refused: WizardError | None = None
        """Why it is not to be used: nobody trusted signed it, or its bytes are others."""
        self.read_bytes = 0
        self.whole = False
        self._signer = signer
        self._proven: set[str] = set()
        self._at = ""
        self._stopped = False

    @property
    def ended(self) -> bool:
        """Whether all is known that will be."""
        return self.whole or self.refused is not None

    def state(self, entry: Entry) -> State:
        """Return how an entry stands: `done` once every blob of it is proven."""
        digests = set(entry.digests)
        if self.whole or digests <= self._proven:
            return "done"
        if self._at in digests:
            return "failed" if self.refused else "running"
        return "waiting"

    async def run(self) -> None:
        """Look who signed it, then prove every byte; what is wrong is kept in `refused`."""
        try:
            self.signed = self._signer()
            await asyncio.to_thread(verify, self.bundle, moved=self._moved)
        except WizardError as error:
            self.refused = error
        except _Stopped:
            return
        else:
            self.whole = True

    def stop(self) -> None:
        """End at the next piece: a thread goes on until it is told."""
        self._stopped = True

    def _moved(self, digest: str, count: int) -> None:
        if self._stopped:
            raise _Stopped
        if digest != self._at:
            self._proven.add(self._at)
            self._at = digest
        self.read_bytes += count


class _Stopped(Exception):
    """Nobody wants to know any more."""
