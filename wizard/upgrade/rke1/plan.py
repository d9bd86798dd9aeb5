"""The plan that takes an RKE1 cluster to the version of its spec: one `rke up` a minor, a snapshot before each."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from wizard.distros.rke1 import ward
from wizard.distros.rke1.change import refuse_harm, refuse_silent
from wizard.distros.rke1.install import images, notice, prepared, run, snapshot_before, written
from wizard.distros.rke1.offered import offered
from wizard.errors import Refused, WizardError
from wizard.rollout.plan import Plan, Stage
from wizard.site import Site
from wizard.upgrade.held import lacking
from wizard.upgrade.outlook import window_of
from wizard.upgrade.rke1.path import Leg, behind, legs, running
from wizard.upgrade.rke1.steps import Whole


def upgrade(site: Site) -> Plan:
    """Return what is still to be done so that every node runs the version of the spec. Asks the `rke` here.

    Raises Refused where no way leads there, a node can't be asked, the `rke` here does not know a version on it, or
    the bundle that is to have it does not.
    """
    there = offered(site)
    way, unfinished = _way(site, there)
    if unknown := next((leg for leg in way if not leg.here), None):
        if site.spec.source.kind == "bundle":
            raise lacking(site.spec, there, way[0].source, unknown.target)
        raise Refused(next(unknown.notes), hint=_by_hand(way, unknown))
    state = ward.judged(site)
    if state:
        refuse_harm(site, state)
    stages = [stage for stage in _stages(site, way, unfinished) if stage.batches]
    busy = {name for stage in stages for name in stage.nodes}
    return Plan(
        site.spec.name,
        tuple(stages),
        settled=tuple(node.name for node in site.spec.nodes if node.name not in busy),
        notes=tuple(_notes(site, way, unfinished)),
        command="upgrade apply",
        notice=notice(),
    )


def outlook(site: Site) -> tuple[Leg, ...]:
    """Return the way from what runs to the spec's version; raises as `upgrade`, but for what the `rke` here lacks."""
    return _way(site, _offered(site))[0]


def from_version(site: Site, source: str) -> tuple[Leg, ...]:
    """Return the way from a version that the operator names; no node is asked."""
    return legs(source, site.spec.version, _offered(site), window_of(site.spec))


def _offered(site: Site) -> Sequence[str]:
    """What may be installed from here; nothing where there is no `rke`."""
    try:
        return offered(site)
    except WizardError:
        return ()


def _way(site: Site, offered: Sequence[str]) -> tuple[tuple[Leg, ...], str]:
    """The way on from the version that `rke` was asked for last, and that one where it has not done it everywhere."""
    state = ward.judged(site)
    if state is None or not state.built:
        raise Refused(f"{site.spec.name} has not come up yet", hint="Bring it up: rancher-wizard apply.")
    ward.refuse_renewing(site)
    if not site.survey.failures:
        refuse_silent(site, state.version)
    unfinished = state.version if behind(state.version, running(site.spec, site.survey)) else ""
    return legs(state.version, site.spec.version, offered, window_of(site.spec)), unfinished


def at_version(site: Site, version: str) -> Site:
    """Return the site as it is to be on a version."""
    return replace(site, spec=site.spec.model_copy(update={"version": version}))


def _stages(site: Site, way: Sequence[Leg], unfinished: str) -> Iterator[Stage]:
    if not way and not unfinished:
        return
    yield prepared(site, site.spec.nodes)
    if unfinished:
        yield from _leg(site, unfinished, saved=False)
    for leg in way:
        yield from _leg(site, leg.target, saved=True)


def _leg(site: Site, version: str, *, saved: bool) -> Iterator[Stage]:
    there, called, to = at_version(site, version), f"{version}-", f" ({version})"
    yield from images(there, there.spec.nodes, called=called, to=to)
    if saved:
        saving = snapshot_before(there, called=called)
        yield replace(saving, steps=(Whole(site), *saving.steps))
    yield written(there, called=called, to=to)
    yield from run(there, there.spec.nodes, living=True, called=called, to=to)


def _by_hand(way: Sequence[Leg], leg: Leg) -> str:
    before = leg.source
    first = "" if way[0] is leg else f"Set version to {before} and go there first; then "
    which = f" ({' or '.join(leg.by)})" if leg.by else ""
    move = f"name an rke that knows it as rke1.binary{which}, set version to {leg.target}, and upgrade apply again."
    return first + (move if first else move[:1].upper() + move[1:])


def _notes(site: Site, way: Sequence[Leg], unfinished: str) -> Iterator[str]:
    if unfinished:
        yield f"An upgrade to {unfinished} was begun and not ended: that comes first."
    for leg in way:
        yield f"{leg.source} -> {leg.target}"
        yield from leg.notes
    if way:
        yield "The way back from each is the snapshot before it: rancher-wizard restore brings its version back too."
        yield "rke takes nodes of etcd without a look between them: all must be well before it begins."
    if way and len(site.spec.api_nodes) < 2:
        yield "With one control plane the API does not answer while it restarts."
    if way and site.spec.upgrade.drain == "none":
        yield "Pods stay while their kubelet is replaced (upgrade.drain: none)."
