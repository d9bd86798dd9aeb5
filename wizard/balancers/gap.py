"""How long a door does not answer, seen from here: one TLS handshake every 50 ms, each with its own patience."""

import asyncio
import contextlib
import math
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

EVERY_S = 0.05
PATIENCE_S = 1.0


def longest_gap(answers: Iterable[float]) -> float:
    """Return the longest time in seconds between two answers, from the moments that they came at.

    When a handshake began does not count: one that was lost is repeated by TCP, and answered seconds later.
    """
    ordered = sorted(answers)
    return max((later - earlier for earlier, later in pairwise(ordered)), default=0.0)


@dataclass(slots=True)
class Watch:
    """Asks `address`:`port` while the block runs; TLS goes through to a server, so an answer is the server's."""

    address: str
    port: int
    asked: int = 0
    answers: list[float] = field(default_factory=list)
    """The moment of each answer, in monotonic seconds."""
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)
    _asking: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Watch":
        self._asking = asyncio.create_task(self._ask())
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._asking:
            self._asking.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way)

    def silence_s(self) -> float:
        """Return for how long nothing has answered by now; infinite when nothing ever did."""
        return time.monotonic() - max(self.answers, default=-math.inf)

    async def _ask(self) -> None:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        while True:
            task = asyncio.create_task(self._probe(context))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            await asyncio.sleep(EVERY_S)

    async def _probe(self, context: ssl.SSLContext) -> None:
        self.asked += 1
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                _, writer = await asyncio.open_connection(self.address, self.port, ssl=context)
                self.answers.append(time.monotonic())
                writer.transport.abort()
