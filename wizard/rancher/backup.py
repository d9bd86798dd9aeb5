"""The step that backs the cluster up before another Rancher comes: there is no way back but a restore."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from wizard.errors import StepFailed
from wizard.kube.door import Door, door
from wizard.rancher.state import look
from wizard.rancher.steps import seen
from wizard.rancher.ways import obstacles, upgrading
from wizard.rollout.step import Fileless, Outcome, Survey, Work
from wizard.site import Site
from wizard.spec.rancher import Rancher

Save = Callable[[Site, Work, Door, str], Awaitable[None]]
"""Has etcd save a snapshot under a name, or one that begins so; one that is there will do. Raises HostError."""


@dataclass(frozen=True, slots=True)
class Backup(Fileless):
    """Settled when no other Rancher is there and nothing is in the way, or a snapshot was made before this upgrade."""

    site: Site
    rancher: Rancher
    save: Save
    key: str = "rancher-backup"
    title: str = "Back up before the upgrade"
    timeout_s: float = 1800.0
    expected_s: float = 10.0

    def settled(self, node: str, survey: Survey) -> bool:
        state = seen(self.site, survey)
        return state is not None and not upgrading(state, self.rancher) and not any(obstacles(state, self.rancher))

    async def carry_out(self, work: Work) -> Outcome:
        at = await door(work, self.site)
        state = await look(at)
        for what, move in obstacles(state, self.rancher):
            raise StepFailed(work.node, what, hint=move)
        if not upgrading(state, self.rancher):
            return "unchanged"
        await self.save(self.site, work, at, f"before-rancher-{self.rancher.version}")
        return "done"
