"""MetalLB's part of the plan: after the cluster is up, one server after the other."""

import re
from collections.abc import Iterator, Sequence

from wizard.balancers.ingress.controller import INGRESS
from wizard.balancers.metallb.arp import doubts
from wizard.balancers.metallb.by_kubectl import ApplyAddresses, ApplyChart, ExposeService, WithdrawService
from wizard.balancers.metallb.files import ADDRESSES, CHART, paths, seal
from wizard.balancers.metallb.state import LOOK, PROBE, seen
from wizard.balancers.metallb.steps import AwaitMetallb, ExposeIngress, PlaceAddresses, PlaceChart
from wizard.hosts.script import Script
from wizard.kube import here
from wizard.kube.door import asked_here
from wizard.part import Part
from wizard.rancher import helm
from wizard.rollout.batches import batches
from wizard.rollout.plan import Stage, settled
from wizard.rollout.step import Step
from wizard.site import Site
from wizard.spec.metallb import Metallb
from wizard.spec.models import Spec

KEY = "metallb"
VERSION = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,4}){2}")


def machines(spec: Spec) -> tuple[str, ...]:
    """Return the nodes that answer as the API, where there is MetalLB to see to; with `only`, these are looked at."""
    return tuple(node.name for node in spec.api_nodes) if spec.metallb else ()


def looks(spec: Spec, name: str) -> Sequence[Script]:
    """Return what a node is looked at by."""
    return (PROBE,) if spec.metallb and name in {node.name for node in spec.nodes} else ()


def asks(spec: Spec, name: str) -> Sequence[Script]:
    """Return what the API is asked by."""
    return (LOOK,) if name in machines(spec) else ()


def stages(site: Site) -> tuple[Stage, ...]:
    """Return the stage of the servers that do not have MetalLB as the spec wants it.

    Where it is applied from here, one of them in name is enough: any that answers does the work.
    """
    if site.spec.metallb is None:
        return ()
    steps = _by_kubectl(site, site.spec.metallb) if asked_here(site) else _steps(site)
    names = machines(site.spec)[:1] if asked_here(site) else machines(site.spec)
    todo = [name for name in names if not settled(name, steps, site.survey)]
    return (Stage(KEY, "MetalLB", "servers", batches(todo, at_once=1), steps),)


def notes(site: Site) -> tuple[str, ...]:
    """Return what this machine lacks, which addresses will not be found, and what an upgrade moves."""
    if site.spec.metallb is None:
        return ()
    told = (helm.lacking(site), here.lacking(site)) if asked_here(site) else ()
    missing = (f"MetalLB can not be applied yet: {each}" for each in told if each)
    return (*missing, *doubts(site, site.spec.metallb), *_moved(site, site.spec.metallb))


def _steps(site: Site) -> tuple[Step, ...]:
    by_path: dict[str, tuple[Step, ...]] = {
        CHART: (PlaceChart(site), AwaitMetallb(site)),
        ADDRESSES: (PlaceAddresses(site),),
        INGRESS: (ExposeIngress(site),),
    }
    return tuple(step for path in paths(site.spec) for step in by_path[path])


def _by_kubectl(site: Site, metallb: Metallb) -> tuple[Step, ...]:
    steps: tuple[Step, ...] = (ApplyChart(site), AwaitMetallb(site), ApplyAddresses(site))
    if metallb.expose_ingress:
        return (*steps, ExposeService(site))
    back = WithdrawService(site)
    return steps if back.settled("", site.survey) else (*steps, back)


def _moved(site: Site, metallb: Metallb) -> Iterator[str]:
    """Tell who scrapes metrics that they are elsewhere. Source: release notes of MetalLB 0.16.0."""
    there = seen(site, site.survey).version
    if (
        VERSION.fullmatch(there)
        and metallb.since("tls_metrics")
        and not metallb.model_copy(update={"version": there}).since("tls_metrics")
    ):
        yield (
            f"metallb: from {there} to {metallb.version} metrics move to HTTPS and other ports: whoever scrapes them "
            "must take scheme https and the new ports of its Services or PodMonitors"
        )


METALLB = Part(KEY, stages, machines=machines, looks=looks, asks=asks, notes=notes, seal=seal)
