"""The step that follows `rke up` on a node through one of its phases."""

from dataclasses import dataclass

from wizard.distros.rke1.rke import Rke
from wizard.rollout.step import Outcome, Unsettled, Work


@dataclass(frozen=True, slots=True)
class Follow(Unsettled):
    """Never settled: it is in the plan where rke has something to do, and rke looks for itself."""

    rke: Rke
    phase: str
    key: str
    title: str
    expected_s: float
    timeout_s: float = 4 * 3600.0
    """rke bounds each of its waits; this bounds rke: images over a slow line to many nodes take hours."""

    async def carry_out(self, work: Work) -> Outcome:
        await self.rke.follow(work, self.phase)
        return "done" if self.phase == "start" or self.rke.worked_on(work.node) else "unchanged"


@dataclass(frozen=True, slots=True)
class Ended(Unsettled):
    """Never settled: waits for `rke` itself, where the last of its phases is not the end of its work."""

    rke: Rke
    key: str = "ended"
    title: str = "rke has ended well"
    timeout_s: float = 3600.0
    expected_s: float = 5.0

    async def carry_out(self, work: Work) -> Outcome:
        await self.rke.end(work)
        return "unchanged"
