"""What a bundle says of the releases in it: which they are, and whether one leads to the next."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from wizard.bundle.contents.wish import Wish
from wizard.bundle.releases import CarriedRelease
from wizard.bundle.sizes import size
from wizard.spec.release import RKE1_VERSION
from wizard.spec.rke1_version import minor_of, numbers_of
from wizard.upgrade.path import may_follow
from wizard.upgrade.release import Release


def carried_lines(releases: Sequence[CarriedRelease]) -> Iterator[tuple[str, bool]]:
    """Yield a line for each release that a bundle carries, then whether an upgrade may go from each to the next.

    With each comes whether it is as it should be.
    """
    for each in releases:
        lacks = f", without {' and '.join(each.missing)}" if each.missing else ""
        yield f"release {each.name}: {size(each.size_bytes)}{lacks}", not each.missing
    follows = [(before, after, _next(before, after)) for before, after in pairwise(each.name for each in releases)]
    for before, after, may in follows:
        if not may:
            yield f"no upgrade goes from {before} to {after} at once, and none between them is here", False
    if follows and all(may for *_, may in follows):
        yield "an upgrade may go from each of these releases to the next", True


def way_line(wish: Wish, releases: Sequence[CarriedRelease]) -> str:
    """Return which releases of the upgrade that a bundle is made for are whole in it."""
    inside = {each.name for each in releases if not each.missing}
    lacks = [name for name in wish.releases if name not in inside]
    said = f"{' and '.join(lacks)} not inside, or not whole" if lacks else "every release of it is inside"
    return f"upgrade {' -> '.join((wish.begins, *wish.releases))}: {said}"


def _next(before: str, after: str) -> bool:
    if RKE1_VERSION.fullmatch(before) and RKE1_VERSION.fullmatch(after):
        apart = minor_of(after)[1] - minor_of(before)[1]
        return apart <= 1 and numbers_of(before) <= numbers_of(after)
    try:
        return may_follow(Release.of(before), Release.of(after))
    except ValueError:  # of two distributions, or a name that is none
        return False
