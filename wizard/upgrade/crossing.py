"""What changes between two releases, and what to do before."""

from collections.abc import Mapping
from dataclasses import dataclass

from wizard.profiles import profile
from wizard.upgrade.release import Release


@dataclass(frozen=True, slots=True)
class Crossing:
    """A change that a cluster meets on its way; one that `stops` must be done with before."""

    what: str
    do: str
    stops: bool = False


def crossings(source: Release, target: Release, traits: Mapping[str, str]) -> tuple[Crossing, ...]:
    """Return what is met between two releases by a cluster of these traits (ingress, cni, profile: what it has)."""
    return tuple(
        Crossing(each["what"], each["do"], bool(each.get("stops")))
        for each in profile("rke2/crossings")
        if all(traits.get(trait) == value for trait, value in each.get("for", {}).items())
        and not _has(source, each["since"])
        and _has(target, each["since"])
    )


def _has(release: Release, since: list[str]) -> bool:
    """Whether a release has a change: it reached some minors by a patch, and all that came after the last of them."""
    firsts = [Release.of(name) for name in since]
    of_its_line = [first for first in firsts if first.line == release.line]
    if of_its_line:
        return release >= of_its_line[0]
    return release.line > max(first.line for first in firsts)
