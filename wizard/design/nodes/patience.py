"""Few at the same time, of those that get on: who is silent for long stands aside."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Slots:
    """`at_once` places; one held for longer than `patience_s` is given to the next, while its holder goes on."""

    def __init__(self, at_once: int, *, patience_s: float) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._patience_s = patience_s

    @asynccontextmanager
    async def take(self) -> AsyncIterator[None]:
        """Hold a place for the length of the block, or of one's patience."""
        await self._free.acquire()
        given_back = asyncio.get_running_loop().call_later(self._patience_s, self._free.release)
        try:
            yield
        finally:
            if given_back.when() > asyncio.get_running_loop().time():
                given_back.cancel()
                self._free.release()
