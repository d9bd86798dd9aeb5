"""MetalLB's steps on each server: its chart, its readiness, its addresses, and the ingress controller behind one."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from wizard.balancers.ingress.controller import INGRESS, ingress_service
from wizard.balancers.ingress.steps import refuse_others
from wizard.balancers.manifest import SYSTEM
from wizard.balancers.metallb.files import ADDRESSES, CHART, planned, real_text, resources, wanted
from wizard.balancers.metallb.objects import namespace
from wizard.balancers.metallb.state import read_state
from wizard.balancers.metallb.waiting import not_ready, unanswered
from wizard.errors import CommandFailed, StepFailed
from wizard.hosts.upload import write_file
from wizard.kube import Kube
from wizard.rollout.step import File, Outcome, Survey, Work
from wizard.site import Site
from wizard.spec.address import same_form

AGAIN_S = 3.0
# The webhook's certificate is made after its pod is ready: for a while it is there and answers nothing.
_NOT_YET = ("failed calling webhook", "no endpoints available", "no matches for kind", "doesn't have a resource type")


@dataclass(frozen=True, slots=True)
class PlaceChart:
    """Settled where the file that RKE2 installs MetalLB from is ours to the letter."""

    site: Site
    key: str = "metallb-chart"
    title: str = "Have RKE2 install MetalLB"
    timeout_s: float = 60.0
    expected_s: float = 1.0

    def files(self, node: str) -> tuple[File, ...]:
        return (planned(self.site, CHART),)

    def settled(self, node: str, survey: Survey) -> bool:
        return _in_place(self.site, CHART, node, survey)

    async def carry_out(self, work: Work) -> Outcome:
        return await _write(self.site, CHART, work)


@dataclass(frozen=True, slots=True)
class AwaitMetallb:
    """Settled where the controller of the wanted version is available."""

    site: Site
    key: str = "metallb-ready"
    title: str = "Wait until MetalLB is ready"
    timeout_s: float = 900.0
    expected_s: float = 45.0

    def files(self, node: str) -> tuple[File, ...]:
        return ()

    def settled(self, node: str, survey: Survey) -> bool:
        facts = survey.facts.get(node)
        state = read_state(facts) if facts else None
        return bool(state and state.available and state.version == wanted(self.site.spec).version)

    async def carry_out(self, work: Work) -> Outcome:
        version = wanted(self.site.spec).version

        async def lacks() -> str:
            return await not_ready(Kube(work.host), version)

        saw = await _wait(work, lacks, self.timeout_s - 10)
        if saw:
            raise StepFailed(
                work.node,
                f"MetalLB {version} is not ready after {self.timeout_s - 10:.0f} s: {saw}",
                cause="Its chart or an image can't be fetched from here, or its pods may not run on these nodes.",
                hint=f"On a server: kubectl -n {namespace()} get pods -o wide; kubectl -n {SYSTEM} logs "
                "job/helm-install-metallb; then retry.",
            )
        return "done"


@dataclass(frozen=True, slots=True)
class PlaceAddresses:
    """Settled where the file with MetalLB's resources is ours to the letter; the cluster has judged them before."""

    site: Site
    key: str = "metallb-addresses"
    title: str = "Give MetalLB its addresses"
    timeout_s: float = 300.0
    expected_s: float = 5.0

    def files(self, node: str) -> tuple[File, ...]:
        return (planned(self.site, ADDRESSES),)

    def settled(self, node: str, survey: Survey) -> bool:
        return _in_place(self.site, ADDRESSES, node, survey)

    async def carry_out(self, work: Work) -> Outcome:
        kube, asked = Kube(work.host), resources(self.site)

        async def refused() -> str:
            try:
                await kube.apply(asked, dry_run=True)
            except CommandFailed as error:
                if any(word in error.what for word in _NOT_YET):
                    return error.what
                raise
            return ""

        if saw := await _wait(work, refused, 150):
            raise StepFailed(
                work.node,
                f"MetalLB takes no configuration: {saw}",
                cause="The API server does not reach MetalLB's webhook, port 9443 of its controller's pod.",
                hint="Look at the network from servers to that pod, and at a proxy without .svc in NO_PROXY; retry.",
            )
        outcome = await _write(self.site, ADDRESSES, work)

        async def absent() -> str:
            pools = {pool["metadata"]["name"] for pool in await kube.items("ipaddresspools", namespace=namespace())}
            missing = [pool.name for pool in wanted(self.site.spec).pools if pool.name not in pools]
            return f"RKE2 has not taken up pool {', '.join(missing)} yet" if missing else ""

        if saw := await _wait(work, absent, 90):
            hint = f"On {work.node}: journalctl -u rke2-server | grep metallb; then retry."
            raise StepFailed(work.node, saw, cause="RKE2's deploy controller could not apply the file.", hint=hint)
        return outcome


@dataclass(frozen=True, slots=True)
class ExposeIngress:
    """Settled where the file is ours and the ingress controller's Service has the address that was asked for."""

    site: Site
    key: str = "metallb-ingress"
    title: str = "Give the ingress controller an address"
    timeout_s: float = 420.0
    expected_s: float = 30.0

    def files(self, node: str) -> tuple[File, ...]:
        return (planned(self.site, INGRESS),)

    def settled(self, node: str, survey: Survey) -> bool:
        if not _in_place(self.site, INGRESS, node, survey):
            return False
        found = read_state(survey.facts[node]).addresses.get(ingress_service(self.site.spec), ())
        return not self._lacking(found)

    async def carry_out(self, work: Work) -> Outcome:
        kube, service = Kube(work.host), ingress_service(self.site.spec)
        await refuse_others(kube, self.site.spec, work.node)
        outcome = await _write(self.site, INGRESS, work)

        async def lacks() -> str:
            found, why = await unanswered(kube, service)
            return why or self._lacking(found)

        if saw := await _wait(work, lacks, self.timeout_s - 60):
            raise StepFailed(
                work.node,
                f"the ingress controller got no address: {saw}",
                cause="The pool is used up or may not be used by kube-system, or the cluster runs another controller.",
                hint=f"On a server: kubectl -n {SYSTEM} describe service {service}. Enlarge the pool, or set `ingress` "
                "in the spec to the controller that runs; then retry.",
            )
        found, _ = await unanswered(kube, service)
        work.said(f"{service}: {', '.join(found)}")
        return outcome

    def _lacking(self, found: tuple[str, ...]) -> str:
        wish = wanted(self.site.spec).expose_ingress
        asked = {same_form(address) for address in wish.addresses} if wish else set()
        missing = asked - {same_form(address) for address in found}
        if missing:
            return f"it has {', '.join(found) or 'no address'}, not {', '.join(sorted(missing))}"
        return "" if found else "it has no address yet"


def _in_place(site: Site, path: str, node: str, survey: Survey) -> bool:
    facts = survey.facts.get(node)
    return facts is not None and planned(site, path).in_place(facts)


async def _write(site: Site, path: str, work: Work) -> Outcome:
    file = planned(site, path)
    changed = await write_file(work.host, path, real_text(site, path), mode=file.mode)
    if changed:
        work.said(f"wrote {path}")
    return "done" if changed else "unchanged"


async def _wait(work: Work, look: Callable[[], Awaitable[str]], patience_s: float) -> str:
    """Look until nothing is lacking any more; return what still was when patience ended, else ""."""
    saw = "no answer yet"
    try:
        async with asyncio.timeout(patience_s):
            while saw := await look():
                work.tell(50, saw)
                await asyncio.sleep(AGAIN_S)
    except TimeoutError:
        return saw
    return ""
