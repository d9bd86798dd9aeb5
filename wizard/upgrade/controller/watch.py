"""One look at the controller's work for all nodes that wait for it, however many these are."""

import asyncio
import time
from collections.abc import Callable

from wizard.errors import StepFailed
from wizard.rollout.step import Work
from wizard.upgrade.ask import ask, script
from wizard.upgrade.controller.seen import Seen, read_seen

AGAIN_S = 2.0


class Watch:
    """Shared by the steps of one plan: a server is asked once every AGAIN_S at most."""

    def __init__(self, servers: tuple[str, ...]) -> None:
        self.servers = servers
        self._lock = asyncio.Lock()
        self._seen = Seen()
        self._at = 0.0

    async def look(self, work: Work) -> Seen:
        """Return what is seen now; raises StepFailed when no server answers."""
        async with self._lock:
            if time.monotonic() - self._at >= AGAIN_S:
                self._seen = read_seen((await ask(work, self.servers, script("watch_controller"))).lines)
                self._at = time.monotonic()
            return self._seen

    async def until(self, work: Work, awaited: Callable[[Seen], str], *, timeout_s: float) -> None:
        """Look until `awaited` has no more to say, and show what it says meanwhile; servers may be down for a while.

        Raises StepFailed after `timeout_s`, and what `awaited` raises.
        """
        doubt = "no server has answered yet"
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    doubt = await self._awaited(work, awaited)
                    if not doubt:
                        return
                    work.tell(50, doubt)
                    await asyncio.sleep(AGAIN_S)
        except TimeoutError:
            raise StepFailed(
                work.node,
                f"the controller has not done it in {timeout_s:.0f} s: {doubt}",
                cause="Its pod can't run on this node, an image is not there, or the controller is down.",
                hint="On a server: kubectl -n system-upgrade get plans,jobs,pods -o wide; mend it, then retry.",
            ) from None

    async def _awaited(self, work: Work, awaited: Callable[[Seen], str]) -> str:
        try:
            seen = await self.look(work)
        except StepFailed as error:
            return error.what
        return awaited(seen)
