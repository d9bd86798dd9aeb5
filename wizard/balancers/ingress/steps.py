"""The step that has each server's ingress controller believe the balancer before which TLS ends."""

import asyncio
from dataclasses import dataclass

from wizard.balancers.ingress.controller import INGRESS, chart_config, ingress_chart
from wizard.balancers.ingress.trust import trusting
from wizard.balancers.manifest import MODE, OURS, SYSTEM, as_text
from wizard.errors import StepFailed
from wizard.hosts.upload import write_file
from wizard.kube.api import Kube
from wizard.rollout.step import File, Outcome, Survey, Work
from wizard.site import Site, sha256
from wizard.spec.models import Spec
from wizard.spec.trust import believed

AGAIN_S = 3.0
TAKEN_S = 90.0


@dataclass(frozen=True, slots=True)
class TrustBalancer:
    """Settled where the file that RKE2 configures its ingress controller from is ours to the letter."""

    site: Site
    key: str = "ingress-trust"
    title: str = "Let the ingress believe the balancer"
    timeout_s: float = 180.0
    expected_s: float = 5.0

    def files(self, node: str) -> tuple[File, ...]:
        return (File(INGRESS, self._text(), mode=MODE, sha256=sha256(self._text())),)

    def settled(self, node: str, survey: Survey) -> bool:
        return node in survey.facts and self.files(node)[0].in_place(survey.facts[node])

    async def carry_out(self, work: Work) -> Outcome:
        kube, chart = Kube(work.host), ingress_chart(self.site.spec)
        await refuse_others(kube, self.site.spec, work.node)
        changed = await write_file(work.host, INGRESS, self._text().encode(), mode=MODE)
        if changed:
            work.said(f"wrote {INGRESS}: {', '.join(believed(self.site.spec))} may say how a request came in")
        try:
            async with asyncio.timeout(TAKEN_S):
                while not await self._taken(kube, chart):
                    work.tell(50, f"RKE2 has not taken up {INGRESS} yet")
                    await asyncio.sleep(AGAIN_S)
        except TimeoutError:
            raise StepFailed(
                work.node,
                f"RKE2 has not taken up the HelmChartConfig {chart} after {TAKEN_S:.0f} s",
                cause="Its deploy controller could not apply the file, or is turned off on the servers.",
                hint=f"On {work.node}: journalctl -u rke2-server | grep {chart}; then retry.",
            ) from None
        return "done" if changed else "unchanged"

    async def _taken(self, kube: Kube, chart: str) -> bool:
        there = await kube.get("helmchartconfig", chart, namespace=SYSTEM)
        wanted = chart_config(self.site.spec, trusting(self.site.spec))["spec"]["valuesContent"]
        return bool(((there or {}).get("spec") or {}).get("valuesContent") == wanted)

    def _text(self) -> str:
        return f"{self.site.marker}\n{as_text(chart_config(self.site.spec, trusting(self.site.spec)))}"


async def refuse_others(kube: Kube, spec: Spec, node: str) -> None:
    """Raise StepFailed where somebody has configured the chart: a second HelmChartConfig would overwrite the first."""
    name = ingress_chart(spec)
    there = await kube.get("helmchartconfig", name, namespace=SYSTEM)
    labels = (there or {}).get("metadata", {}).get("labels") or {}
    if there is not None and not OURS.items() <= labels.items():
        raise StepFailed(
            node,
            f"there is a HelmChartConfig {name} that is not ours",
            cause="Somebody has configured the ingress controller by hand.",
            hint=f"Add what the plan shows for {INGRESS} to it and leave out what asks for that in the spec, "
            f"or: kubectl -n {SYSTEM} delete helmchartconfig {name}; then retry.",
        )
