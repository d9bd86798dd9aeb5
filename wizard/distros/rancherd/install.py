"""The plan that brings a cluster of RancherD up: its first server, further ones one at a time, then agents.

The first generation is RKE2 in another program: RKE2's own steps carry it. The second runs once on each node; all
settings but those of joining are given to the first server, and handed on by its Rancher.
"""

from collections.abc import Iterator
from functools import partial

from wizard.distros.rancherd import once
from wizard.distros.rancherd.health import Probes, RancherAnswers
from wizard.distros.rancherd.program import Send, Unpack
from wizard.distros.rancherd.state import CONFIG, PROBE, PROGRAM, UNIT
from wizard.distros.rke2.claim import Claim
from wizard.distros.rke2.config import begins
from wizard.distros.rke2.configure import Configure
from wizard.distros.rke2.credentials import Credentials
from wizard.distros.rke2.door import Door
from wizard.distros.rke2.install import notes, prepare
from wizard.distros.rke2.install import prober as rke2_prober
from wizard.distros.rke2.order import in_stages
from wizard.distros.rke2.ready import Ready
from wizard.distros.rke2.start import Start
from wizard.errors import Refused
from wizard.profiles import profile
from wizard.rollout.plan import Plan
from wizard.rollout.step import Extra, Probe, Step, nothing
from wizard.rollout.survey import Reach
from wizard.site import Site


def prober(extra: Extra = nothing) -> Probe:
    """Return the probe that gathers all that planning reads, in one channel per node; `extra` adds to it by node."""
    return rke2_prober(lambda name: (PROBE, *extra(name)), more=(CONFIG, UNIT))


def install(site: Site) -> Plan:
    """Return what is still to be done on `site`. Pure.

    Raises Refused where RancherD's second generation has run with another configuration: it reads none any more.
    """
    if site.spec.rancherd.generation == 2:
        for name, facts in site.survey.facts.items():
            if name in {node.name for node in site.spec.nodes} and once.changed_since(site, name, facts):
                raise Refused(f"{name}: {once.READS_NO_MORE}", hint=once.CHANGE)
    stages = tuple(stage for stage in in_stages(site, partial(_steps, site)) if stage.batches)
    busy = {name for stage in stages for name in stage.nodes}
    rest = tuple(node.name for node in site.spec.nodes if node.name not in busy)
    told = (*notes(site), *_notes(site, bool(stages)))
    return Plan(site.spec.name, stages, settled=rest, notes=told, notice=profile("rancherd/rancherd")["note"])


def _steps(site: Site, role: str, first: bool, at_once: int) -> tuple[Step, ...]:
    joins = not (first and begins(site, site.spec.first_server))
    own = _first if site.spec.rancherd.generation == 1 else _second
    return tuple(own(site, role, first=first, joins=joins))


def _first(site: Site, role: str, *, first: bool, joins: bool) -> Iterator[Step]:
    yield Reach(site.survey, prober())
    yield Claim(site, program=PROGRAM)
    yield from prepare(site, role)
    yield Send(site)
    yield Unpack(site)
    if joins:
        yield Door(site)
    yield Configure(site)
    yield Start(site, program=PROGRAM, title="Start RancherD")
    yield Ready(site)
    if first:
        yield Credentials(site)
    if role == "server":
        yield RancherAnswers(site)


def _second(site: Site, role: str, *, first: bool, joins: bool) -> Iterator[Step]:
    yield Reach(site.survey, prober())
    yield once.Claim(site)
    yield from prepare(site, role)
    yield Send(site)
    if joins:
        yield once.Door(site)
    yield once.Configure(site)
    yield once.Bootstrap(site)
    yield Ready(site)
    yield Probes(site)
    if first:
        yield Credentials(site)
        yield RancherAnswers(site)


def _notes(site: Site, busy: bool) -> Iterator[str]:
    if busy and site.spec.rancherd.generation == 2:
        yield "RancherD runs once: versions and settings are changed in its Rancher from then on, not by this spec"
    if busy:
        yield "images are pulled by the nodes: RancherD was never documented without a registry or the internet"
