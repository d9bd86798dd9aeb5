"""The way of an RKE1 cluster to another version: one minor at a time, each by an `rke` that knows it.

`rke` checks neither skips nor downgrades. Source: rancher/rke release/v1.6, cmd/up.go; Kubernetes, version skew policy;
RKE documentation, "Maintaining Availability During an Upgrade".
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from wizard.distros.rke1.state import kubelet_of, listed
from wizard.errors import Refused
from wizard.rollout.step import Survey
from wizard.spec.models import Spec
from wizard.spec.rke1_version import by_subscription, installers, minor_of, numbers_of, of_minor
from wizard.upgrade.path import Window
from wizard.upgrade.running import EACH_ASKED


@dataclass(frozen=True, slots=True)
class Leg:
    """One version on the way; `by` are releases of `rke` to take for it where the one that is here does not know it."""

    source: str
    target: str
    here: bool
    by: tuple[str, ...] = ()
    subscribed: bool = False
    """Whether its images are for subscribers of the vendor alone."""

    @property
    def notes(self) -> Iterator[str]:
        """What an operator must know of it beside."""
        if not self.here:
            which = f", such as {' or '.join(self.by)}" if self.by else ""
            yield f"no rke here knows {self.target}: it takes another one{which}"
        if self.subscribed:
            yield f"the images of {self.target} need an RKE Extended Life subscription"


def legs(source: str, target: str, offered: Sequence[str], window: Window | None = None) -> tuple[Leg, ...]:
    """Return the way from one version to another; empty when they are the same.

    `offered` are the versions that the `rke` here knows. Between the two, each minor's newest version is taken that it
    knows and that is there for everybody. Raises Refused for a way back, and a minor outside of Rancher's `window`.
    """
    if source == target:
        return ()
    if numbers_of(target) < numbers_of(source):
        raise Refused(
            f"the cluster runs {source}, newer than {target}: there is no upgrade to an older version",
            hint="The way back is a snapshot made on the older one: rancher-wizard restore.",
        )
    between = range(minor_of(source)[1] + 1, minor_of(target)[1])
    way = [*(_best(minor, offered) for minor in between), target]
    found, before = [], source
    for version in way:
        _refuse_unsupported(version, window)
        here = version in offered
        found.append(Leg(before, version, here, () if here else installers(version), by_subscription(version)))
        before = version
    return tuple(found)


def running(spec: Spec, survey: Survey) -> Mapping[str, str]:
    """Return the version of each node's kubelet, as the cluster lists it: v1.30.14.

    Raises Refused when a node can't be reached, or the cluster does not know it: a way needs to know where it starts.
    """
    survey.must_answer(sorted(survey.failures), move=EACH_ASKED)
    members = listed(survey)
    for node in spec.nodes:
        if node.name not in members:
            raise Refused(
                f"{node.name}: no control plane lists it as a node of the cluster",
                hint="Bring it up by apply, or take it out of the spec; then ask again.",
            )
    return {node.name: members[node.name].version for node in spec.nodes}


def behind(version: str, now: Mapping[str, str]) -> tuple[str, ...]:
    """Return the nodes whose kubelet is not of a version."""
    return tuple(name for name, kubelet in now.items() if kubelet != kubelet_of(version))


def lines(found: Sequence[Leg]) -> Iterator[str]:
    """Yield the way, a leg a line, below each what must be known of it."""
    for number, leg in enumerate(found, start=1):
        yield f"{number}. {leg.source} -> {leg.target}"
        yield from (f"   {note}" for note in leg.notes)
    if not found:
        yield "nothing to do: every node runs it"


def record(found: Sequence[Leg]) -> list[dict[str, object]]:
    """Return the way for a program."""
    return [
        {
            "from": leg.source,
            "to": leg.target,
            "rke_here_knows_it": leg.here,
            "rke": list(leg.by),
            "subscription": leg.subscribed,
        }
        for leg in found
    ]


def _best(minor: int, offered: Sequence[str]) -> str:
    known = of_minor((1, minor))
    wishes: tuple[Callable[[str], bool], ...] = (
        lambda version: not by_subscription(version) and version in (offered or known),
        lambda version: version in (offered or known),
        lambda version: not by_subscription(version),
    )
    here = [version for version in offered if minor_of(version) == (1, minor)]
    candidates = sorted({*known, *here}, key=numbers_of)
    for wish in wishes:
        if fit := [version for version in candidates if wish(version)]:
            return fit[-1]
    raise Refused(f"no `rke` installs v1.{minor}", hint="Name the way in steps of your own: one version at a time.")


def _refuse_unsupported(version: str, window: Window | None) -> None:
    if window and not window.lowest <= minor_of(version) <= window.highest:
        low, high = (f"v{line[0]}.{line[1]}" for line in (window.lowest, window.highest))
        raise Refused(
            f"Rancher {window.rancher} supports Kubernetes {low} to {high}, the way leads over {version}",
            hint=window.advice,
        )
