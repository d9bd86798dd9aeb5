"""The steps of a node that goes by the controller: handed over, then watched by the same names as over SSH."""

import contextlib
import json
from dataclasses import dataclass
from typing import Any

from wizard.errors import HostError, StepFailed
from wizard.kube.api import Kube
from wizard.kube.door import door
from wizard.plain import plain
from wizard.rollout.step import Outcome, Unsettled, Work
from wizard.site import Site
from wizard.upgrade.controller.known import NAMESPACE
from wizard.upgrade.controller.plans import CORDONED, HANDED, plan_of, tag
from wizard.upgrade.controller.seen import Job, Seen
from wizard.upgrade.controller.watch import Watch

MARGIN_S = 30.0
_PLAN_LABEL = "plan.upgrade.cattle.io/"
_RETRY = "Mend what it names, then retry: the node is handed over again."


@dataclass(frozen=True, slots=True)
class Handed(Unsettled):
    """What these steps have in common: settled never, and nothing of theirs is written on the node by the wizard."""

    site: Site
    watch: Watch

    @property
    def version(self) -> str:
        """The release, as the controller's labels have it."""
        return tag(self.site.spec.version)

    def plan(self, node: str) -> str:
        """Return the name of the plan that takes this node."""
        return plan_of(self.site.spec.node(node).role)

    def done(self, node: str, seen: Seen) -> bool:
        """Tell whether the controller calls its plan carried out on the node."""
        found, plan = seen.nodes.get(node), seen.plans.get(self.plan(node))
        return bool(found and plan and plan.hash in found.done)

    def job(self, node: str, seen: Seen) -> Job | None:
        """Return the job of the node; raises StepFailed for one that has failed, or was taken away."""
        found = seen.jobs.get((node, self.version))
        if found and found.failed:
            raise StepFailed(node, f"the controller's job has failed: {found.failed}", hint=_RETRY)
        return found

    async def give_back(self, work: Work) -> None:
        """Have the controller let go of a node that could not be emptied or changed, and take pods again.

        What the operator had cordoned stays so. Raises nothing: the failure that led here is told.
        """
        with contextlib.suppress(HostError):
            kube, seen = (await door(work, self.site)).kube, await self.watch.look(work)
            found = seen.nodes.get(work.node)
            await _patch(kube, work.node, labels={HANDED: None}, annotations={CORDONED: None})
            await self._drop_jobs(kube, work.node)
            if not (found and found.was_cordoned):
                await kube.text("uncordon", work.node)

    async def _drop_jobs(self, kube: Kube, node: str) -> None:
        selector = f"upgrade.cattle.io/node={node},upgrade.cattle.io/plan={self.plan(node)}"
        for job in await kube.items("jobs", namespace=NAMESPACE, selector=selector):
            await kube.delete("job", job["metadata"]["name"], namespace=NAMESPACE)


@dataclass(frozen=True, slots=True)
class HandOver(Handed):
    """Gives the node the label that its plan selects, and waits until the controller has begun with it."""

    key: str = "handover"
    title: str = "Hand the node to the controller"
    timeout_s: float = 420.0
    expected_s: float = 5.0

    async def carry_out(self, work: Work) -> Outcome:
        seen = await self.watch.look(work)
        found = seen.nodes.get(work.node)
        if found and found.handed == self.version and self._goes_on(work.node, seen):
            return "unchanged"
        kube = (await door(work, self.site)).kube
        await self._drop_jobs(kube, work.node)
        node = await kube.get("node", work.node)
        if node is None:
            raise StepFailed(work.node, "the cluster does not know it", hint="Bring it up by apply; then retry.")
        cordoned = bool(node.get("spec", {}).get("unschedulable"))
        noted = node.get("metadata", {}).get("annotations") or {}
        # One that a former attempt of the controller left cordoned bears the label already.
        own = cordoned and (HANDED not in (node["metadata"].get("labels") or {}) or CORDONED in noted)
        await _patch(
            kube,
            work.node,
            labels={HANDED: self.version, f"{_PLAN_LABEL}{self.plan(work.node)}": None},
            annotations={CORDONED: "before" if own else None},
        )

        def begun(seen: Seen) -> str:
            plan = seen.plans.get(self.plan(work.node))
            if plan and plan.refused:
                raise StepFailed(work.node, f"the controller refuses the plan: {plan.refused}", hint=_RETRY)
            there = self.job(work.node, seen) or self.done(work.node, seen)
            return "" if there else "the controller has not begun with it yet"

        try:
            await self.watch.until(work, begun, timeout_s=self.timeout_s - MARGIN_S)
        except StepFailed:
            await self.give_back(work)
            raise
        return "done"

    def _goes_on(self, node: str, seen: Seen) -> bool:
        """Tell whether the controller is at work on a node, or done with it: a job that failed is begun anew."""
        job = seen.jobs.get((node, self.version))
        return self.done(node, seen) or bool(job and not job.failed)


@dataclass(frozen=True, slots=True)
class Emptied(Handed):
    """Waits until the controller's kubectl has emptied the node. One that it can't empty is given back as it was."""

    key: str = "drain"
    title: str = "Drain the node"
    expected_s: float = 30.0

    @property
    def timeout_s(self) -> float:
        return self.site.spec.upgrade.drain_timeout_s + 900.0

    async def carry_out(self, work: Work) -> Outcome:
        def emptied(seen: Seen) -> str:
            ended = seen.ended(work.node, self.version, "drain")
            if 0 in ended or self.done(work.node, seen):
                return ""
            job = self.job(work.node, seen)
            if ended:
                raise StepFailed(work.node, f"the drain ended with exit status {ended[-1]}", hint=_RETRY)
            if job is None:
                raise StepFailed(work.node, "the controller's job was taken away", hint=_RETRY)
            return "" if job.complete else seen.doing(work.node, self.version)

        try:
            await self.watch.until(work, emptied, timeout_s=self.timeout_s - MARGIN_S)
        except StepFailed as error:
            said = await self._said(work)
            await self.give_back(work)
            raise StepFailed(
                work.node,
                f"{error.what}: {said}" if said else error.what,
                cause="A PodDisruptionBudget forbids it, or a pod does not end." if said else error.cause,
                hint=f"{work.node} is as it was. On a server: kubectl get pdb -A; kubectl get pods -A -o wide. "
                "Mend it, then retry; upgrade.force and upgrade.drain in the spec go on regardless.",
            ) from None
        return "done"

    async def _said(self, work: Work) -> str:
        """What kubectl said last in the pod that drained, the line that says what blocks it rather than its end."""
        with contextlib.suppress(HostError):
            seen = await self.watch.look(work)
            for pod in seen.pods.get((work.node, self.version), ()):
                kube = (await door(work, self.site)).kube
                lines = await kube.text("logs", f"pod/{pod.name}", f"--namespace={NAMESPACE}", "--container=drain")
                for line in lines[-20:]:
                    work.said(plain(line))
                blocked = [line for line in lines if "disruption budget" in line or "Cannot evict" in line]
                return plain((blocked or list(lines) or [""])[-1])[:300]
        return ""


@dataclass(frozen=True, slots=True)
class Replaced(Handed):
    """Waits until the controller's job has put the release in place and made the service restart."""

    key: str = "install"
    title: str = "Install the release"
    timeout_s: float = 1800.0
    expected_s: float = 60.0

    async def carry_out(self, work: Work) -> Outcome:
        def replaced(seen: Seen) -> str:
            if self.done(work.node, seen):
                return ""
            job = self.job(work.node, seen)
            if job is None:
                raise StepFailed(work.node, "the controller's job was taken away", hint=_RETRY)
            return "" if job.complete else seen.doing(work.node, self.version)

        try:
            await self.watch.until(work, replaced, timeout_s=self.timeout_s - MARGIN_S)
        except StepFailed:
            await self.give_back(work)
            raise
        return "done"


@dataclass(frozen=True, slots=True)
class Returned(Handed):
    """Waits until the node is Ready on the release. Servers' votes are proven by the step that follows."""

    key: str = "ready"
    title: str = "Wait until Ready"
    timeout_s: float = 900.0
    expected_s: float = 40.0

    async def carry_out(self, work: Work) -> Outcome:
        release = self.site.spec.version

        def returned(seen: Seen) -> str:
            found = seen.nodes.get(work.node)
            if found is None or not found.ready:
                return "not Ready yet"
            return "" if found.version == release else f"Ready, but still at {found.version}"

        await self.watch.until(work, returned, timeout_s=self.timeout_s - MARGIN_S)
        work.said(f"{work.node}: Ready at {release}")
        return "done"


@dataclass(frozen=True, slots=True)
class Freed(Handed):
    """Waits until the controller has let pods come again; cordons anew what the operator had cordoned."""

    key: str = "uncordon"
    title: str = "Let pods come again"
    timeout_s: float = 300.0
    expected_s: float = 2.0

    async def carry_out(self, work: Work) -> Outcome:
        def freed(seen: Seen) -> str:
            return "" if self.done(work.node, seen) else "the controller has not called it done yet"

        await self.watch.until(work, freed, timeout_s=self.timeout_s - MARGIN_S)
        found = (await self.watch.look(work)).nodes.get(work.node)
        if found and found.was_cordoned and not found.cordoned:
            await (await door(work, self.site)).kube.text("cordon", work.node)
        return "done"


async def _patch(kube: Kube, node: str, **metadata: Any) -> None:
    body = json.dumps({"metadata": metadata})
    await kube.text("patch", "node", node, "--type=merge", f"--patch={body}")
