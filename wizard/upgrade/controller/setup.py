"""The steps before and after: the controller and its plans, and both plans and marks taken away in the end."""

import asyncio
from dataclasses import dataclass

from wizard.errors import StepFailed
from wizard.kube.api import Kube
from wizard.kube.door import door
from wizard.rollout.step import File, Outcome, Survey, Unsettled, Work
from wizard.site import Site
from wizard.upgrade.controller.known import AGENTS, DEPLOYMENT, NAMESPACE, SERVERS
from wizard.upgrade.controller.manifest import manifests, split
from wizard.upgrade.controller.plans import CORDONED, HANDED, plans, plans_text
from wizard.upgrade.controller.seen import Seen
from wizard.upgrade.controller.watch import AGAIN_S, Watch
from wizard.upgrade.release import Release

PLAN_KIND = "plans.upgrade.cattle.io"
READY_S = 300
_DRIVEN_S = 900.0


@dataclass(frozen=True, slots=True)
class SetUp:
    """Settled never: it is asked of the cluster. A definition of plans that is there already is left as it is."""

    site: Site
    key: str = "controller"
    title: str = "Set the controller up, with its plans"
    timeout_s: float = READY_S + 180.0
    expected_s: float = 20.0

    def files(self, node: str) -> tuple[File, ...]:
        text = plans_text(self.site.spec, Release.of(self.site.spec.version))
        return (File("plans of the controller, in the cluster", text),)

    def settled(self, node: str, survey: Survey) -> bool:
        return False

    async def carry_out(self, work: Work) -> Outcome:
        kube, given = (await door(work, self.site)).kube, manifests(self.site)
        definitions, rest = split(given)
        if definitions and await kube.get("customresourcedefinition", PLAN_KIND) is None:
            await kube.apply(definitions)
        if rest:
            for line in await kube.apply(rest):
                work.said(line)
        await self._ready(kube, work)
        for line in await kube.apply(plans(self.site.spec, Release.of(self.site.spec.version))):
            work.said(line)
        return "done"

    async def _ready(self, kube: Kube, work: Work) -> None:
        """Wait until the controller runs and has brought the definition of its plans, where nobody else has."""
        if await kube.get("deployment", DEPLOYMENT, namespace=NAMESPACE) is None:
            raise StepFailed(
                work.node,
                f"there is no {DEPLOYMENT} in {NAMESPACE}",
                hint="Name its manifests (crd.yaml, system-upgrade-controller.yaml of one release of "
                "rancher/system-upgrade-controller) as upgrade.controller, or set upgrade.by: ssh.",
            )
        lacking = ""
        try:
            async with asyncio.timeout(READY_S):
                while lacking := await _lacking(kube):
                    work.tell(50, lacking)
                    await asyncio.sleep(AGAIN_S)
        except TimeoutError:
            raise StepFailed(
                work.node,
                f"{lacking}, after {READY_S} s",
                cause="Its image is not there, no server takes it, or its crd.yaml is not among upgrade.controller.",
                hint=f"On a server: kubectl -n {NAMESPACE} describe pods; mend it, then retry.",
            ) from None


async def _lacking(kube: Kube) -> str:
    """What is not there yet; "" when plans can be made."""
    found = await kube.get("deployment", DEPLOYMENT, namespace=NAMESPACE)
    if not (found and found.get("status", {}).get("availableReplicas")):
        return f"{DEPLOYMENT} has no pod that runs"
    return "" if await kube.get("customresourcedefinition", PLAN_KIND) else f"the cluster does not know {PLAN_KIND}"


@dataclass(frozen=True, slots=True)
class TakeAway(Unsettled):
    """Takes the plans and the marks on nodes away, once the controller is done with all of them."""

    site: Site
    watch: Watch
    key: str = "plans-away"
    title: str = "Take the controller's plans away"
    timeout_s: float = _DRIVEN_S + 180.0
    expected_s: float = 5.0

    async def carry_out(self, work: Work) -> Outcome:
        def idle(seen: Seen) -> str:
            ends = {plan.hash for plan in seen.plans.values()}
            busy = [node for (node, _), job in seen.jobs.items() if not (job.complete or job.failed)]
            busy += [name for name, node in seen.nodes.items() if not node.done & ends]
            return f"the controller is at work on {', '.join(sorted(set(busy))[:5])}" if busy else ""

        await self.watch.until(work, idle, timeout_s=_DRIVEN_S)
        kube = (await door(work, self.site)).kube
        for name in (AGENTS, SERVERS):
            await kube.delete(PLAN_KIND, name, namespace=NAMESPACE)
        marks = (f"{HANDED}-", *(f"plan.upgrade.cattle.io/{name}-" for name in (SERVERS, AGENTS)))
        await kube.text("annotate", "nodes", f"--selector={HANDED}", f"{CORDONED}-", timeout_s=120.0)
        await kube.text("label", "nodes", f"--selector={HANDED}", *marks, timeout_s=120.0)
        return "done"
