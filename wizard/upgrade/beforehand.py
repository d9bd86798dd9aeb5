"""The way of an upgrade that is prepared somewhere else: from what somebody says that the nodes run."""

from wizard.errors import BadUsage, Refused
from wizard.spec.models import Spec
from wizard.spec.rancher_line import dotted
from wizard.spec.release import RKE1_VERSION
from wizard.upgrade.outlook import hops, refuse_stops, window_of
from wizard.upgrade.path import path
from wizard.upgrade.release import Release, known
from wizard.upgrade.rke1.path import legs
from wizard.upgrade.running import Running


def beforehand(source: str, target: str, spec: Spec | None = None) -> tuple[str, ...]:
    """Return the releases that lead from one to another, the last one being `target`: those of `upgrade plan`.

    Both are releases of RKE2, or versions of RKE1; `spec`, whose version `target` is, says what else binds the way.
    Raises BadUsage where they are not of one distribution, or the same; Refused where no way leads there, and for a
    release of RKE2 that is not known: which etcd it has, the way depends on.
    """
    kinds = [bool(RKE1_VERSION.fullmatch(each)) for each in (source, target)]
    if kinds[0] != kinds[1]:
        names = ["RKE1" if each else "RKE2" for each in kinds]
        hint = "No upgrade leads from one distribution to another: rancher-wizard migrate plan."
        raise BadUsage(f"{source} is of {names[0]}, {target} of {names[1]}", hint=hint)
    if source == target:
        raise BadUsage(f"an upgrade from {source} to {target} has no way", hint="Name the release that nodes run now.")
    if kinds[0]:
        return tuple(leg.target for leg in legs(source, target, (), window_of(spec) if spec else None))
    return tuple(map(str, _rke2(Release.of(source), Release.of(target), spec)))


def _rke2(source: Release, target: Release, spec: Spec | None) -> tuple[Release, ...]:
    if source not in known():
        newest = max((each for each in known() if each.line == source.line), default=None)
        which = f"the newest of v{dotted(source.line)} that is known is {newest}" if newest else "nor is its minor"
        hint = "Name the release as kubectl get nodes shows it, or update the wizard."
        raise Refused(f"{source} is not among the releases that are known; {which}", hint=hint)
    now = Running.all_at(source)
    if spec is None:
        return path(now.servers, now.agents, target)
    found = hops(now, target, spec, window_of(spec))
    refuse_stops(found)
    return tuple(hop.target for hop in found)
