"""The way to another release as an operator reads it before anything is touched."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from wizard.bundle.contents.wanted import own_ingress
from wizard.errors import Refused
from wizard.spec.models import Spec
from wizard.spec.rancher_line import cert_manager_window, line_of, rancher_window
from wizard.upgrade.crossing import Crossing, crossings
from wizard.upgrade.path import Window, path
from wizard.upgrade.release import Release
from wizard.upgrade.running import Running

NAMED = 6
"""So many nodes of a release are named where several releases run."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One release on the way, and what is met before it."""

    source: Release
    target: Release
    met: tuple[Crossing, ...]


def hops(
    now: Running, target: Release, spec: Spec, window: Window | None = None, *, held: Collection[Release] = ()
) -> tuple[Hop, ...]:
    """Return the hops from what runs to `target`, over releases that are `held` where these lead there.

    Raises Refused when no way leads there.
    """
    oldest = min((*now.servers.values(), *now.agents.values()))
    way = path(now.servers, now.agents, target, window, held=held)
    has = traits(spec, oldest)
    return tuple(
        Hop(before, after, (*crossings(before, after, has), *_certificates(after, spec)))
        for before, after in pairwise((oldest, *way))
    )


def refuse_stops(found: Iterable[Hop]) -> None:
    """Raise Refused where something must be done with before one of the hops."""
    for stop in (each for hop in found for each in hop.met if each.stops):
        raise Refused(stop.what, hint=stop.do)


def _certificates(release: Release, spec: Spec) -> Iterator[Crossing]:
    """Yield that the cert-manager of the spec is not for a release; the gate judges the one that runs."""
    pinned = spec.rancher.cert_manager if spec.rancher and spec.rancher.wants_cert_manager else None
    window = cert_manager_window(line_of(pinned)) if pinned else None
    if window and release.line not in window:
        yield Crossing(
            f"cert-manager {pinned} is for Kubernetes {window}, {release} is not among them.",
            "Set rancher.cert_manager to one that is, then run rancher-wizard rancher upgrade before this hop.",
        )


def traits(spec: Spec, runs: Release) -> Mapping[str, str]:
    """Return what a cluster that runs a release has that a change may concern.

    Where nobody chose an ingress controller a cluster keeps the one that it began with, so that a release with another
    default tells nothing: it is "" then.
    """
    own = own_ingress(str(runs))
    begun_with = own if own == "ingress-nginx" else ""
    return {"ingress": spec.ingress or begun_with, "profile": spec.security.profile, "cni": spec.network.cni[-1]}


def window_of(spec: Spec) -> Window | None:
    """Return what the spec's Rancher supports; None without one, or for one that the profile does not know."""
    found = rancher_window(spec.rancher.line) if spec.rancher else None
    if spec.rancher is None or found is None:
        return None
    advice = "Upgrade Rancher first: rancher-wizard rancher upgrade; its newer minors support newer Kubernetes."
    return Window(spec.rancher.version, found.lowest, found.highest, advice)


def mixed_lines(now: Running) -> Iterator[str]:
    """Yield which nodes run which release, the oldest first; nothing where all run the same."""
    nodes: dict[Release, list[str]] = {}
    for name, release in (*now.servers.items(), *now.agents.items()):
        nodes.setdefault(release, []).append(name)
    for release in sorted(nodes) if len(nodes) > 1 else ():
        names, more = nodes[release][:NAMED], len(nodes[release]) - NAMED
        yield f"{release} runs on {', '.join(names)}{f' and {more} more' if more > 0 else ''}"


def way_lines(found: tuple[Hop, ...]) -> Iterator[str]:
    """Yield the way, a hop a line, below each what is met there and what to do before."""
    for number, hop in enumerate(found, start=1):
        yield f"{number}. {hop.source} -> {hop.target}"
        for each in hop.met:
            yield f"   {'must be done before: ' if each.stops else ''}{each.what}"
            yield f"   -> {each.do}"
    if not found:
        yield "nothing to do: every node runs it"


def way_record(found: tuple[Hop, ...]) -> list[dict[str, object]]:
    """Return the way for a program."""
    return [
        {
            "from": str(hop.source),
            "to": str(hop.target),
            "met": [{"what": each.what, "do": each.do, "stops": each.stops} for each in hop.met],
        }
        for hop in found
    ]
