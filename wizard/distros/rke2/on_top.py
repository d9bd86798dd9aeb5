"""The images of what is on top of RKE2, as parts of the plan: out of a bundle into containerd, before pods ask."""

from collections.abc import Sequence
from dataclasses import replace

from wizard.bundle.contents.upgrade_controller import by_controller
from wizard.distros.carried.stages import Bringing, image_stages
from wizard.distros.rke2.carried_images import BEGIN, CONTROLLER, KUBE_VIP, Carried, brought, runs
from wizard.distros.rke2.config import CA_HASH
from wizard.distros.rke2.import_images import LOOK, ImportImages, PlaceImages, coming, settled
from wizard.hosts.script import Script
from wizard.part import Part
from wizard.rollout.plan import Stage
from wizard.site import Site
from wizard.spec.models import Node, Spec

CHARTS = frozenset({"rancher", "cert-manager", "metallb", "longhorn"})
VIP = frozenset({KUBE_VIP})


def chart_stages(site: Site) -> tuple[Stage, ...]:
    """Return the stages of the nodes that lack images of charts, or have archives of an earlier spec.

    Raises Refused, WizardError for a bundle that is not trusted, or lacks an image.
    """
    others = tuple(_begin(part) for part in (KUBE_VIP, CONTROLLER) if part in _wished(site.spec))
    return _stages(site, CHARTS, called="chart-", to=" of charts", kept=others)


def vip_stages(site: Site) -> tuple[Stage, ...]:
    """Return the stages of the servers that lack kube-vip's image. Raises what `chart_stages` raises."""
    return _stages(site, VIP, called="vip-", to=" of kube-vip", of=_begin(KUBE_VIP)) if _wished(site.spec) & VIP else ()


def vip_before_start(site: Site, stage: Stage) -> Stage:
    """Return a stage of servers with kube-vip's image sent before RKE2 starts: others join through its address."""
    wanted = stage.key in ("first-server", "servers") and _wished(site.spec) & VIP
    return _placed_before_start(site, stage, VIP) if wanted else stage


def charts_before_start(site: Site, stage: Stage) -> Stage:
    """Return a stage of nodes that join a cluster that is there with images sent before: pods come at once."""
    joining = stage.key in ("servers", "agents") and site.vault.get(CA_HASH) is not None
    return _placed_before_start(site, stage, CHARTS) if joining else stage


def controller_stages(site: Site, called: str) -> tuple[Stage, ...]:
    """Return the stages that bring every node the images of the system-upgrade-controller, for the site's release.

    None where the wizard brings no images. Raises what `chart_stages` raises.
    """
    to = f" of the controller for {site.spec.version}"
    return _stages(site, frozenset({CONTROLLER}), called=called, to=to, of=_begin(CONTROLLER))


def _stages(
    site: Site, parts: frozenset[str], *, called: str, to: str, of: str = BEGIN, kept: Sequence[str] = ()
) -> tuple[Stage, ...]:
    """`of` is what names of archives begin with that may be removed, `kept` those that may not."""
    if not brought(site.spec):
        return ()
    images = Carried(site, parts)
    nodes = (node.name for node in site.spec.nodes if _takes(site.spec, node, parts))
    sizes_bytes = {name: images.size_bytes(name) for name in nodes if not settled(images, name, of=of, kept=kept)}
    load = ImportImages(images, tidied=f"{of}*.tar", kept=tuple(f"{each}*" for each in kept))
    return tuple(image_stages(site, sizes_bytes, Bringing(coming(images), load, called, to)))


def _takes(spec: Spec, node: Node, parts: frozenset[str]) -> bool:
    return any(runs(spec, node, part) for part in parts)


def _wished(spec: Spec) -> frozenset[str]:
    """Which of the parts beside charts a spec has."""
    vip = spec.balancer is not None and spec.balancer.kind == "kube-vip"
    return frozenset({KUBE_VIP} if vip else ()) | frozenset({CONTROLLER} if by_controller(spec) else ())


def _begin(part: str) -> str:
    return f"{BEGIN}{part}-"


def _placed_before_start(site: Site, stage: Stage, parts: frozenset[str]) -> Stage:
    images = Carried(site, parts)
    if not brought(site.spec) or not any(images.of(name) for name in stage.nodes):
        return stage
    place = PlaceImages(images)
    if parts == VIP:
        place = PlaceImages(images, key="place-vip-images", title="Send kube-vip's image")
    at = next((rank for rank, step in enumerate(stage.steps) if step.key == "start"), len(stage.steps))
    return replace(stage, steps=(*stage.steps[:at], place, *stage.steps[at:]))


def _chart_machines(spec: Spec) -> tuple[str, ...]:
    return tuple(node.name for node in spec.nodes if _takes(spec, node, CHARTS)) if brought(spec) else ()


def _vip_machines(spec: Spec) -> tuple[str, ...]:
    return tuple(node.name for node in spec.servers) if brought(spec) and _wished(spec) & VIP else ()


def _chart_looks(spec: Spec, name: str) -> Sequence[Script]:
    own = brought(spec) and any(node.name == name and _takes(spec, node, CHARTS) for node in spec.nodes)
    return (LOOK,) if own else ()


def _vip_looks(spec: Spec, name: str) -> Sequence[Script]:
    # Once is enough.
    return (LOOK,) if name in _vip_machines(spec) and not _chart_looks(spec, name) else ()


VIP_IMAGES = Part(
    "vip-images",
    vip_stages,
    machines=_vip_machines,
    looks=_vip_looks,
    also=("balancer",),
    around=vip_before_start,
)
CHART_IMAGES = Part(
    "rke2-chart-images",
    chart_stages,
    machines=_chart_machines,
    looks=_chart_looks,
    also=("metallb", "rancher"),
    around=charts_before_start,
)
