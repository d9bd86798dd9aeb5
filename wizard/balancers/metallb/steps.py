"""MetalLB's steps on each server: its chart, its readiness, its addresses, and the ingress controller behind one."""

from dataclasses import dataclass

from wizard.balancers.ingress.controller import INGRESS, ingress_service
from wizard.balancers.ingress.steps import refuse_others
from wizard.balancers.manifest import SYSTEM
from wizard.balancers.metallb.files import ADDRESSES, CHART, planned, real_text, resources, wanted
from wizard.balancers.metallb.free import prove_free
from wizard.balancers.metallb.objects import namespace
from wizard.balancers.metallb.proof import address_given, lacking, missing_pools, not_refused, wait
from wizard.balancers.metallb.state import read_state, seen
from wizard.balancers.metallb.waiting import not_ready
from wizard.errors import StepFailed
from wizard.hosts.upload import write_file
from wizard.kube.api import Kube
from wizard.kube.door import asked_here, door, door_at
from wizard.rollout.step import File, Fileless, Outcome, Survey, Work
from wizard.site import Site


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
class AwaitMetallb(Fileless):
    """Settled where the controller of the wanted version is available."""

    site: Site
    key: str = "metallb-ready"
    title: str = "Wait until MetalLB is ready"
    timeout_s: float = 900.0
    expected_s: float = 45.0

    def settled(self, node: str, survey: Survey) -> bool:
        state = seen(self.site, survey)
        return state.available and state.version == wanted(self.site.spec).version

    async def carry_out(self, work: Work) -> Outcome:
        version, by_job = wanted(self.site.spec).version, not asked_here(self.site)
        kube = (await door(work, self.site)).kube if asked_here(self.site) else Kube(work.host)

        async def lacks() -> str:
            return await not_ready(kube, version, by_job=by_job)

        saw = await wait(work, lacks, self.timeout_s - 10)
        if saw:
            raise StepFailed(
                work.node,
                f"MetalLB {version} is not ready after {self.timeout_s - 10:.0f} s: {saw}",
                cause="Its chart or an image can't be fetched from here, or its pods may not run on these nodes.",
                hint=f"See kubectl -n {namespace()} get pods -o wide"
                f"{f'; kubectl -n {SYSTEM} logs job/helm-install-metallb' if by_job else ''}; then retry.",
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

        await prove_free(self.site, work, door_at(self.site, work.host))
        await not_refused(kube, asked, work)
        outcome = await _write(self.site, ADDRESSES, work)

        async def absent() -> str:
            missing = await missing_pools(kube, self.site.spec)
            return f"RKE2 has not taken up pool {missing} yet" if missing else ""

        if saw := await wait(work, absent, 90):
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
        return not lacking(self.site.spec, found)

    async def carry_out(self, work: Work) -> Outcome:
        kube = Kube(work.host)
        await refuse_others(kube, self.site.spec, work.node)
        outcome = await _write(self.site, INGRESS, work)

        await address_given(kube, self.site.spec, work, patience_s=self.timeout_s - 60)
        return outcome


def _in_place(site: Site, path: str, node: str, survey: Survey) -> bool:
    facts = survey.facts.get(node)
    return facts is not None and planned(site, path).in_place(facts)


async def _write(site: Site, path: str, work: Work) -> Outcome:
    file = planned(site, path)
    changed = await write_file(work.host, path, real_text(site, path), mode=file.mode)
    if changed:
        work.said(f"wrote {path}")
    return "done" if changed else "unchanged"
