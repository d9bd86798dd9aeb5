"""The step that lets the ingress controller be as RKE2 brings it, once the spec asks for nothing else of it."""

from dataclasses import dataclass

from wizard.balancers.ingress.controller import INGRESS, ingress_charts, ingress_namespace, ingress_service
from wizard.balancers.manifest import OURS, SYSTEM
from wizard.kube.api import Kube
from wizard.kube.door import door
from wizard.kube.undeploy import Tell, gone, take_addons, take_files, take_object
from wizard.rollout.step import Fileless, Outcome, Survey, Work
from wizard.site import Site

GONE_S = 300.0


@dataclass(frozen=True, slots=True)
class HandBack(Fileless):
    """Settled where no server that was looked at has the file; on one server in name, for all of them."""

    site: Site
    key: str = "ingress-back"
    title: str = "Let the ingress be as RKE2 brings it"
    timeout_s: float = GONE_S + 120
    expected_s: float = 20.0

    def settled(self, node: str, survey: Survey) -> bool:
        servers = (survey.facts.get(server.name) for server in self.site.spec.servers)
        return not any(facts and INGRESS in facts.files for facts in servers)

    async def carry_out(self, work: Work) -> Outcome:
        spec, kube = self.site.spec, (await door(work, self.site)).kube
        # A server that kept the file would bring all of it back when it starts.
        await take_files(spec, work.at, [INGRESS], work.said)
        await take_config(kube, work.said)
        await take_addons(kube, [INGRESS], work.said)
        name, space = ingress_service(spec), ingress_namespace(spec)

        async def exposed() -> bool:
            there = await kube.get("service", name, namespace=space)
            return bool(there and (there.get("spec") or {}).get("type") == "LoadBalancer")

        hint = f"See kubectl -n {SYSTEM} get jobs,pods for the chart of the ingress controller; then retry."
        await gone(f"the address of {name}", exposed, work.said, timeout_s=GONE_S, hint=hint)
        return "done"


async def take_config(kube: Kube, tell: Tell) -> None:
    """Delete what configures the charts of ingress controllers, where it is ours. Raises what kubectl raises."""
    for name in ingress_charts():
        there = await kube.get("helmchartconfig", name, namespace=SYSTEM)
        if there and OURS.items() <= (there["metadata"].get("labels") or {}).items():
            await take_object(kube, "helmchartconfig", name, tell, namespace=SYSTEM)
