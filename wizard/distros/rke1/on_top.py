"""The images of what is on top of RKE1, as a part of the plan: out of a bundle into Docker, before charts are."""

from wizard.bundle.carried import carried
from wizard.bundle.docker_load import docker_name
from wizard.distros.rke1.carried_images import loaded_here, on_top
from wizard.distros.rke1.install import images
from wizard.distros.rke1.state import read_state
from wizard.part import Part
from wizard.rollout.plan import Stage
from wizard.site import Site
from wizard.spec.models import Node, Spec

KEY = "chart-images"


def machines(spec: Spec) -> tuple[str, ...]:
    """Return the nodes that pods of charts go to, where their images may come from here."""
    asked = spec.distribution == "rke1" and spec.source.kind == "bundle"
    return tuple(node.name for node in _workers(spec)) if asked else ()


def stages(site: Site) -> tuple[Stage, ...]:
    """Return the stages of the workers whose Docker has not all of them. Raises what `images` raises."""
    bundle = carried(site.spec.source, site.base) if machines(site.spec) and loaded_here(site) else None
    if bundle is None:
        return ()
    wanted = set(map(docker_name, on_top(site, bundle, ("worker",))))
    lacking = tuple(node for node in _workers(site.spec) if not wanted <= _there(site, node))
    return tuple(images(site, lacking, called="chart-", to=" of charts", named=on_top))


def _workers(spec: Spec) -> tuple[Node, ...]:
    return tuple(node for node in spec.nodes if "worker" in node.planes)


def _there(site: Site, node: Node) -> frozenset[str]:
    facts = site.survey.facts.get(node.name)
    return read_state(facts).images if facts else frozenset()


CHART_IMAGES = Part(KEY, stages, machines=machines, also=("metallb", "rancher"))
