"""The step that brings images to a node, from here or from nodes that have them; what comes is told as one whole."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from wizard.bundle.spread.sources import HERE
from wizard.bundle.spread.spreading import Moved, Spreading
from wizard.hosts.upload import Delivery
from wizard.rollout.step import Outcome, Unsettled, Work

SENT_PERCENT = 80
"""How far a step is once all has come: what comes has to be loaded yet."""
Coming = Callable[[Work], Awaitable[tuple[Delivery, ...]]]
"""Returns what a node is to get, once it has room for it. Raises StepFailed where it has not."""


@dataclass(frozen=True, slots=True)
class SendImages(Unsettled):
    """Never settled: what a node has is asked of it. Nodes hand on what they have to each other; none loads it yet."""

    coming: Coming
    spreading: Spreading
    expected_s: float
    key: str = "send-images"
    title: str = "Get images, also from other nodes"
    timeout_s: float = 7200.0

    async def carry_out(self, work: Work) -> Outcome:
        self.spreading.enter(work.node)
        try:
            parts = await self.coming(work)
            told = _Told(work, parts)
            new = [await self.spreading.bring(work, each, parts, told.of(each)) for each in parts]
            return "done" if any(new) else "unchanged"
        finally:
            await self.spreading.leave(work)


async def send_from_here(work: Work, parts: Sequence[Delivery]) -> bool:
    """Send what is not there yet, each proven by its hash; return whether anything came.

    Raises what Host.send raises.
    """
    told, new = _Told(work, parts), False
    for each in parts:
        came = await work.host.send(
            each.source, each.dest, sha256=each.sha256, mode=each.mode, on_progress=told.from_here(each)
        )
        new = new or came
    return new


class _Told:
    """Tells how much of all parts a node has, and from whom they come."""

    def __init__(self, work: Work, parts: Sequence[Delivery]) -> None:
        self._work = work
        self._total = sum(each.size_bytes for each in parts)
        self._have: dict[str, int] = {}

    def of(self, part: Delivery) -> Moved:
        """Return what is to be told of one part as it comes."""

        def moved(done: int, giver: str) -> None:
            self._have[part.sha256] = done
            have = sum(self._have.values())
            whom = giver if giver != HERE else "here"
            text = f"images from {whom}, {have >> 20} of {self._total >> 20} MiB"
            self._work.tell(int(SENT_PERCENT * have / max(1, self._total)), text)

        return moved

    def from_here(self, part: Delivery) -> Callable[[int, int], None]:
        """Return the same for one that comes from here alone."""
        moved = self.of(part)
        return lambda done, size: moved(done, HERE)
