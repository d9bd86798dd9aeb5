"""The ingress controller's part of the plan: after the cluster is up, on every server, before Rancher is."""

from collections.abc import Sequence
from pathlib import Path

from wizard.balancers.ingress.back import HandBack
from wizard.balancers.ingress.steps import TrustBalancer
from wizard.hosts.script import Script, load_script
from wizard.part import Part
from wizard.rollout.batches import batches
from wizard.rollout.plan import Stage, settled
from wizard.rollout.step import Step
from wizard.site import Site
from wizard.spec.models import Spec
from wizard.spec.trust import believed, ends_before

PROBE = load_script(Path(__file__).parent, "probe_ingress")
KEY = "ingress"


def machines(spec: Spec) -> tuple[str, ...]:
    """Return the servers, where nobody else sees to the file that configures the ingress.

    MetalLB's part does where the ingress gets an address, RKE1's cluster.yml does.
    """
    exposed = spec.metallb is not None and spec.metallb.expose_ingress is not None
    return tuple(server.name for server in spec.servers) if spec.distribution == "rke2" and not exposed else ()


def looks(spec: Spec, name: str) -> Sequence[Script]:
    """Return what such a server is looked at by."""
    return (PROBE,) if name in machines(spec) else ()


def stages(site: Site) -> tuple[Stage, ...]:
    """Return the stage of the servers that lack the file, or have another; or of its end, where nobody wants it."""
    if not believed(site.spec):
        return _back(site)
    steps: tuple[Step, ...] = (TrustBalancer(site),)
    todo = [name for name in machines(site.spec) if not settled(name, steps, site.survey)]
    return (Stage(KEY, "Ingress behind the balancer", "servers", batches(todo, at_once=1), steps),) if todo else ()


def _back(site: Site) -> tuple[Stage, ...]:
    names, step = machines(site.spec)[:1], HandBack(site)
    if not names or step.settled(names[0], site.survey):
        return ()
    return (Stage(KEY, "Ingress without what it was told", "servers", (names,), (step,)),)


def notes(site: Site) -> tuple[str, ...]:
    """Return what is missing where TLS ends at a balancer whose addresses nobody has said."""
    if not ends_before(site.spec) or believed(site.spec):
        return ()
    return (
        "TLS ends at a balancer, and the ingress is not told to believe it: users may be redirected for ever. "
        "Say where it connects from: balancer.sources (or internal_address of a machine that is named)",
    )


INGRESS_PART = Part(KEY, stages, machines=machines, looks=looks, notes=notes, also=("rancher", "metallb"))
