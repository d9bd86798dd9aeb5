"""Listeners live on a lease, renewed while the proof goes on: nobody renews it for a wizard that was killed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

from wizard.errors import HostError

LEASE_S = 45
"""How long listeners live after the last word of the wizard, however many nodes there are."""
TIMES = 3
"""How often a lease is renewed before it would end: two words may be lost."""
AT_ONCE = 64


@contextlib.asynccontextmanager
async def renewed(
    names: Callable[[], Iterable[str]], renew: Callable[[str], Awaitable[None]], *, lease_s: float
) -> AsyncIterator[None]:
    """Renew the lease of all that `names` gives by then, again and again until the body has ended.

    A node that can't be told keeps what is left of its lease.
    """
    task = asyncio.get_running_loop().create_task(_renew(names, renew, lease_s / TIMES))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _renew(names: Callable[[], Iterable[str]], renew: Callable[[str], Awaitable[None]], every_s: float) -> None:
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> None:
        async with slots:
            with contextlib.suppress(HostError):
                await renew(name)

    while True:
        await asyncio.sleep(every_s)
        async with asyncio.TaskGroup() as group:
            for name in list(names()):
                group.create_task(one(name))
