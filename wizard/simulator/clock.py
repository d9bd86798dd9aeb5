"""Time on a simulated site: the hour is the real one, but whatever takes time takes less of it."""

import asyncio
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """Divides every duration by `speed`."""

    speed: float = 1.0

    async def sleep(self, seconds: float) -> None:
        """Let a simulated duration pass."""
        await asyncio.sleep(seconds / self.speed)

    def real(self, seconds: float) -> float:
        """Return the real seconds that a simulated duration takes."""
        return seconds / self.speed

    def now(self) -> float:
        """Return the node's time, in seconds since 1970.

        It is the jump host's own: files and processes are compared with each other only, and clocks must not
        look apart.
        """
        return time.time()
