"""MetalLB taken away again: the ingress gives its address back first, then the resources go, then MetalLB itself."""

from collections.abc import Callable
from dataclasses import replace

from wizard.balancers.ingress.back import take_config
from wizard.balancers.ingress.controller import INGRESS
from wizard.balancers.ingress.steps import TrustBalancer
from wizard.balancers.manifest import SYSTEM
from wizard.balancers.metallb import by_kubectl
from wizard.balancers.metallb.chart import RELEASE
from wizard.balancers.metallb.configmap import NAME as OLD
from wizard.balancers.metallb.files import masked, paths, wanted
from wizard.balancers.metallb.objects import namespace, objects
from wizard.hosts.host import Host
from wizard.kube.api import Kube
from wizard.kube.door import asked_here, ready_door
from wizard.kube.undeploy import Tell, gone, take_addons, take_files, take_object
from wizard.rollout.step import Work
from wizard.site import Site
from wizard.spec.trust import believed

GONE_S = 300.0


async def remove(site: Site, hosts: Callable[[str], Host], tell: Tell) -> None:
    """Take MetalLB out of the cluster of `site`; may be repeated, and goes on where it was stopped.

    What others have asked MetalLB for is named: those Services lose their addresses. Raises HostError where a server
    can't be asked, before anything of the cluster is touched, and WizardError for what does not go.
    """
    spec = site.spec
    kube, files = (await ready_door(site, hosts)).kube, paths(spec)
    for name in await _exposed(kube):
        tell(f"Service {name} loses its address")
    if asked_here(site):
        await by_kubectl.remove(site, kube, tell)
        await _emptied(kube, tell)
        return
    trusting = INGRESS in files and bool(believed(spec))
    await take_files(spec, hosts, [path for path in files if path != INGRESS or not trusting], tell)
    if INGRESS in files:
        await _hand_back(site, hosts, kube, tell, trusting=trusting)
    await _resources(site, kube, tell)
    await take_object(kube, "helmchart", RELEASE, tell, namespace=SYSTEM)
    await _emptied(kube, tell)
    await take_addons(kube, files, tell)


async def _emptied(kube: Kube, tell: Tell) -> None:
    """Wait until MetalLB is gone, and take its namespace away."""

    async def running() -> bool:
        return await kube.get("deployment", f"{RELEASE}-controller", namespace=namespace()) is not None

    async def housed() -> bool:
        return await kube.get("namespace", namespace()) is not None

    hint = f"See kubectl -n {SYSTEM} logs job/helm-delete-{RELEASE} on a server of RKE2; then remove again."
    await gone("MetalLB", running, tell, timeout_s=GONE_S, hint=hint)
    await take_object(kube, "namespace", namespace(), tell)
    hint = f"See what it waits for: kubectl get namespace {namespace()} -o yaml; then remove again."
    await gone(f"namespace {namespace()}", housed, tell, timeout_s=GONE_S, hint=hint)


async def _exposed(kube: Kube) -> list[str]:
    services = await kube.items("services")
    found = [each["metadata"] for each in services if each.get("spec", {}).get("type") == "LoadBalancer"]
    return [f"{meta.get('namespace', 'default')}/{meta['name']}" for meta in found]


async def _hand_back(site: Site, hosts: Callable[[str], Host], kube: Kube, tell: Tell, *, trusting: bool) -> None:
    """Let the ingress controller be as it was, but for whom it believes where TLS ends before it."""
    if trusting:
        without = replace(site, spec=site.spec.model_copy(update={"metallb": None}))
        for server in site.spec.servers:
            work = Work(server.name, hosts(server.name), hosts, lambda percent, doing: None, tell)
            await TrustBalancer(without).carry_out(work)
        return
    await take_config(kube, tell)


async def _resources(site: Site, kube: Kube, tell: Tell) -> None:
    metallb = wanted(site.spec)
    if not metallb.since("custom_resources"):
        await take_object(kube, "configmap", OLD, tell, namespace=namespace())
        return
    for each in reversed(objects(metallb, masked)):
        group = each["apiVersion"].partition("/")[0] if "/" in each["apiVersion"] else ""
        kind = f"{each['kind'].lower()}.{group}" if group else each["kind"].lower()
        await take_object(kube, kind, each["metadata"]["name"], tell, namespace=namespace())
