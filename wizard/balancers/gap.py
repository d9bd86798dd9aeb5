"""How long a door does not answer, seen from here: one TLS handshake every 50 ms, each with its own patience."""

import asyncio
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

EVERY_S = 0.05
PATIENCE_S = 1.0


@dataclass(frozen=True, slots=True)
class Probe:
    """One handshake: when it began, in monotonic seconds, and whether it was answered."""

    at: float
    answered: bool


def longest_gap(probes: Sequence[Probe]) -> float:
    """Return the longest time in seconds without an answer: from the first probe that failed to the next that did not.

    What had not ended with the last probe counts up to it.
    """
    longest, since = 0.0, None
    ordered = sorted(probes, key=lambda probe: probe.at)
    for probe in ordered:
        if not probe.answered:
            since = probe.at if since is None else since
        elif since is not None:
            longest, since = max(longest, probe.at - since), None
    if since is not None:
        longest = max(longest, ordered[-1].at - since)
    return longest


@dataclass(slots=True)
class Watch:
    """Asks `address`:`port` while the block runs; TLS goes through to a server, so an answer is the server's."""

    address: str
    port: int
    probes: list[Probe] = field(default_factory=list)
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

    @property
    def answers(self) -> bool:
        """Whether the latest probe that has ended was answered."""
        return bool(self.probes) and max(self.probes, key=lambda probe: probe.at).answered

    def silent(self) -> bool:
        """Whether any probe so far was not answered."""
        return any(not probe.answered for probe in self.probes)

    async def _ask(self) -> None:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        while True:
            task = asyncio.create_task(self._probe(context))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            await asyncio.sleep(EVERY_S)

    async def _probe(self, context: ssl.SSLContext) -> None:
        at, answered = time.monotonic(), False
        try:
            async with asyncio.timeout(PATIENCE_S):
                _, writer = await asyncio.open_connection(self.address, self.port, ssl=context)
                answered = True
                writer.transport.abort()
        except (OSError, TimeoutError):
            pass
        self.probes.append(Probe(at, answered))
