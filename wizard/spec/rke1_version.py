"""Which versions of Kubernetes RKE1 ever installed, as profiles/rke1/versions.yaml has it."""

import re
from collections.abc import Mapping
from typing import Any

from wizard.profiles import profile


def minor_of(version: str) -> tuple[int, int]:
    """Return major and minor of a version: v1.30.14-rancher1-1 gives (1, 30)."""
    major, minor = version.removeprefix("v").split(".")[:2]
    return int(major), int(minor)


def known(version: str) -> bool:
    """Whether some `rke` is known to install a version."""
    return version in _line(version).get("versions", ())


def known_minor(version: str) -> bool:
    """Whether some `rke` is known to install a version's minor."""
    return bool(_line(version))


def beyond(rke: str, version: str) -> str:
    """Take the version of an `rke`, such as 1.6.1, and one of Kubernetes; return why it can't install that, else "".

    Where the release page of that `rke` was not read, only the minor is judged.
    """
    oldest = str(_line(version).get("rke", ""))
    if oldest and numbers_of(rke) < numbers_of(oldest):
        return f"rke {rke} does not know {version}: its minor came with {oldest}"
    for newest in profile("rke1/versions")["releases"].get(rke, ()):
        if minor_of(newest) == minor_of(version) and numbers_of(version) > numbers_of(newest):
            return f"rke {rke} does not know {version}: it goes up to {newest}"
    return ""


def page_known(rke: str) -> bool:
    """Whether the release page of an `rke`, such as 1.6.1, was read: what it installs is known by the patch."""
    return rke in profile("rke1/versions")["releases"]


def rke_for(version: str) -> str:
    """Return the newest `rke` whose release page goes up to a version, such as v1.8.14; "" where none is known."""
    known = [
        rke
        for rke, newest in profile("rke1/versions")["releases"].items()
        if minor_of(version) in map(minor_of, newest) and not beyond(rke, version)
    ]
    return f"v{max(known, key=numbers_of)}" if known else ""


def of_minor(minor: tuple[int, int]) -> tuple[str, ...]:
    """Return the versions of a minor that some `rke` is known to install, oldest first."""
    line = profile("rke1/versions")["lines"].get("{}.{}".format(*minor), {})
    return tuple(line.get("versions", ()))


def installers(version: str) -> tuple[str, ...]:
    """Return the oldest and the newest `rke` whose release page names a version; none where no known page does."""
    pages = [rke for rke, named in profile("rke1/versions")["releases"].items() if version in named]
    found = sorted(pages, key=numbers_of)
    return tuple(dict.fromkeys((found[0], found[-1]))) if found else ()


def by_subscription(version: str) -> bool:
    """Whether a version's images are for subscribers of the vendor only."""
    return version in profile("rke1/versions")["subscription"]


def newest_free() -> str:
    """Return the newest version that is there for everybody."""
    lines = profile("rke1/versions")["lines"].values()
    free = [line["versions"][-1] for line in lines if not by_subscription(line["versions"][-1])]
    return str(max(free, key=minor_of))


def minors() -> str:
    """Return the span of minors in words."""
    names = list(profile("rke1/versions")["lines"])
    return f"v{names[0]} to v{names[-1]}"


def _line(version: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = profile("rke1/versions")["lines"].get("{}.{}".format(*minor_of(version)), {})
    return found


def numbers_of(version: str) -> list[int]:
    """Return what versions are compared by: v1.30.14-rancher1-1 gives [1, 30, 14, 1, 1]."""
    return [int(number) for number in re.findall("[0-9]+", version)]
