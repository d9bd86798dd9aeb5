"""The plan as a whole: what stands before the cluster, the distribution's own stages, and what follows in it."""

from collections.abc import Iterable

from wizard.balancers.ingress.part import INGRESS_PART
from wizard.balancers.kube_vip.part import KUBE_VIP
from wizard.balancers.metallb.part import METALLB
from wizard.balancers.part import BALANCERS
from wizard.distros.known import DISTRIBUTIONS
from wizard.distros.rke1 import on_top as on_rke1
from wizard.distros.rke2 import on_top as on_rke2
from wizard.hosts.facts import Facts, probe
from wizard.hosts.host import Host
from wizard.hosts.script import Script
from wizard.kube.door import Asking, Door, asked_here
from wizard.part import Part
from wizard.rancher.part import rancher_part
from wizard.rollout.plan import Plan, Stage
from wizard.rollout.step import Extra, Probe, Work, nothing
from wizard.site import Site
from wizard.spec.models import Spec


async def _save(site: Site, work: Work, at: Door, name: str) -> None:
    await DISTRIBUTIONS[site.spec.distribution].save(site, work, at, name)


RANCHER_PART = rancher_part(_save)
BEFORE: tuple[Part, ...] = (BALANCERS,)
AFTER: tuple[Part, ...] = (
    on_rke2.VIP_IMAGES,
    KUBE_VIP,
    on_rke1.CHART_IMAGES,
    on_rke2.CHART_IMAGES,
    INGRESS_PART,
    METALLB,
    RANCHER_PART,
)


def plan(site: Site, *, only: str = "") -> Plan:
    """Return what is still to be done on `site`, or what of it belongs to the part `only`. Pure."""
    own = None if only else DISTRIBUTIONS[site.spec.distribution].install(site)
    stages = tuple(_stages(site, only, own))
    busy = {name for stage in stages for name in stage.nodes}
    rest = tuple(name for name in names(site.spec, only=only) if name not in busy)
    notice = own.notice if own else ""
    return Plan(site.spec.name, stages, settled=rest, notes=tuple(_notes(site, only, own)), notice=notice)


def names(spec: Spec, *, only: str = "") -> tuple[str, ...]:
    """Return the names of all hosts that a plan looks at: the machines before the cluster, its nodes, those after."""
    if only:
        return tuple(dict.fromkeys(name for part in _parts(only) for name in part.machines(spec)))
    before = (name for part in BEFORE for name in part.machines(spec))
    after = (name for part in AFTER for name in part.machines(spec))
    return tuple(dict.fromkeys((*before, *(node.name for node in spec.nodes), *after)))


def prober(site: Site, extra: Extra = nothing) -> Probe:
    """Return the probe whose facts `plan` reads, of any host of the site's spec; `extra` adds to it."""
    spec, from_here, asking = site.spec, asked_here(site), Asking(site)
    nodes = {node.name for node in spec.nodes}

    def looks(name: str) -> tuple[Script, ...]:
        asked = () if from_here else asks(name)
        return (*(script for part in _parts() for script in part.looks(spec, name)), *asked)

    def asks(name: str) -> tuple[Script, ...]:
        return tuple(script for part in _parts() for script in part.asks(spec, name))

    look_at_node = DISTRIBUTIONS[spec.distribution].prober(spec, lambda name: (*extra(name), *looks(name)))

    async def look(host: Host) -> Facts:
        if host.name not in nodes:
            return await probe(host, extra=(*extra(host.name), *looks(host.name)))
        facts = await look_at_node(host)
        return await asking.beside(host, asks(host.name), facts) if from_here else facts

    return look


def seal(site: Site, *, only: str = "") -> None:
    """Read every secret that the spec refers to into the vault. Raises BadSpec for one that can't be read."""
    if only:
        # The distribution keeps it with all of its own; files of a part name it too.
        site.identity.save(site.state)
    else:
        DISTRIBUTIONS[site.spec.distribution].seal(site)
    for part in _parts(only):
        part.seal(site)


def _parts(only: str = "") -> tuple[Part, ...]:
    return tuple(part for part in (*BEFORE, *AFTER) if only in ("", part.key, *part.also))


def _stages(site: Site, only: str, own: Plan | None) -> Iterable[Stage]:
    """All stages in their order; `own` is the distribution's plan, None where only a part is meant."""
    for part in _parts(only):
        if part in BEFORE:
            yield from _of(part, site)
    for stage in own.stages if own else ():
        yield around(site, stage)
    for part in _parts(only):
        if part in AFTER:
            yield from _of(part, site)


def _of(part: Part, site: Site) -> Iterable[Stage]:
    return (stage for stage in part.stages(site) if stage.batches)


def around(site: Site, stage: Stage) -> Stage:
    """Return a stage of the distribution as it is with all parts about."""
    for part in _parts():
        stage = part.around(site, stage)
    return stage


def _notes(site: Site, only: str, own: Plan | None) -> Iterable[str]:
    if own:
        yield from own.notes
    else:
        yield from (f"{name}: {error.what}" for name, error in sorted(site.survey.failures.items()))
    for part in _parts(only):
        yield from part.notes(site)
