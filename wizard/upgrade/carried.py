"""What the source of a spec holds of the releases of a way, and what a bundle says of its own."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from wizard.bundle.contents.wish import Wish
from wizard.bundle.releases import CarriedRelease
from wizard.bundle.sizes import size
from wizard.distros.rke2.release import held
from wizard.errors import Refused
from wizard.spec.models import Spec
from wizard.spec.release import RKE1_VERSION
from wizard.spec.rke1_version import minor_of, numbers_of
from wizard.upgrade.outlook import Hop
from wizard.upgrade.path import may_follow
from wizard.upgrade.release import Release, known


def releases_held(spec: Spec, base: Path) -> frozenset[Release]:
    """Return the known releases of RKE2 in the spec's source; none where nodes download any, or nobody can tell.

    `base` is the folder of the spec. Raises Refused, WizardError for a bundle that is not trusted or can't be read.
    """
    names = frozenset(held(spec.source, base) or ())
    return frozenset(release for release in known() if str(release) in names)


def refuse_lacking(spec: Spec, base: Path, found: Sequence[Hop]) -> None:
    """Raise Refused where a release on the way is not in the spec's source: before anything is touched."""
    names = held(spec.source, base)
    if names is None:
        return
    if missing := next((hop for hop in found if str(hop.target) not in names), None):
        raise lacking(spec, names, str(found[0].source), str(missing.target))


def lacking(spec: Spec, there: Sequence[str], begins: str, release: str) -> Refused:
    """Return the refusal of a way that begins at a release and goes over one that is not in the spec's source.

    `there` are those that are whole in it.
    """
    source = spec.source
    hint = f"Put that release's files into {source.path}/{release}, as the others lie there."
    if source.kind == "bundle":
        hint = (
            "Make one that carries the whole way, where there is internet: rancher-wizard bundle create SPEC "
            f"--upgrade-from {begins} -o FILE. Sign it, and name it as source.path."
        )
    what = f"{source.path} holds {' and '.join(there) or 'no whole release'}; {release} is on the way to {spec.version}"
    return Refused(what, hint=hint)


def carried_lines(releases: Sequence[CarriedRelease]) -> Iterator[tuple[str, bool]]:
    """Yield a line for each release that a bundle carries, then whether an upgrade may go from each to the next.

    With each comes whether it is as it should be.
    """
    for each in releases:
        lacks = f", without {' and '.join(each.missing)}" if each.missing else ""
        yield f"release {each.name}: {size(each.size_bytes)}{lacks}", not each.missing
    found = gaps([each.name for each in releases])
    for before, after in found:
        yield f"no upgrade goes from {before} to {after} at once, and none between them is here", False
    if len(releases) > 1 and not found:
        yield "an upgrade may go from each of these releases to the next", True


def way_line(wish: Wish, releases: Sequence[CarriedRelease]) -> str:
    """Return which releases of the upgrade that a bundle is made for are whole in it."""
    inside = {each.name for each in releases if not each.missing}
    lacks = [name for name in wish.releases if name not in inside]
    said = f"{' and '.join(lacks)} not inside, or not whole" if lacks else "every release of it is inside"
    return f"upgrade {' -> '.join((wish.begins, *wish.releases))}: {said}"


def gaps(names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the neighbours among releases, oldest first, of which the second may not follow the first."""
    return tuple((before, after) for before, after in pairwise(names) if not _next(before, after))


def _next(before: str, after: str) -> bool:
    if RKE1_VERSION.fullmatch(before) and RKE1_VERSION.fullmatch(after):
        apart = minor_of(after)[1] - minor_of(before)[1]
        return apart <= 1 and numbers_of(before) <= numbers_of(after)
    try:
        return may_follow(Release.of(before), Release.of(after))
    except ValueError:  # of two distributions, or a name that is none
        return False
