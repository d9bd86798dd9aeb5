"""A release of RKE2 as its name says it: v1.34.2+rke2r1."""

import re
from dataclasses import dataclass
from functools import cache

from wizard.profiles import profile

_NAME = re.compile(r"v(\d+)\.(\d+)\.(\d+)(-(?:alpha|beta|rc)[0-9.]+)?\+rke2r(\d+)")
_LAST = "~"  # what is released sorts after every pre-release of its number


@dataclass(frozen=True, slots=True, order=True)
class Release:
    """Releases are ordered by their numbers, a pre-release before what it became, then by RKE2's own count.

    Source: RKE2 documentation, "Upgrades"; names of the tags of rancher/rke2.
    """

    major: int
    minor: int
    patch: int
    stage: str
    build: int

    @classmethod
    def of(cls, name: str) -> "Release":
        """Take a release's name, as the spec and `rke2 --version` have it; raises ValueError for any other text."""
        found = _NAME.fullmatch(name)
        if not found:
            raise ValueError(f"{name!r} is not a release of RKE2")
        major, minor, patch, stage, build = found.groups()
        return cls(int(major), int(minor), int(patch), stage or _LAST, int(build))

    @property
    def line(self) -> tuple[int, int]:
        """Its minor with its major: what Kubernetes' rules of skew count by."""
        return self.major, self.minor

    def __str__(self) -> str:
        stage = "" if self.stage == _LAST else self.stage
        return f"v{self.major}.{self.minor}.{self.patch}{stage}+rke2r{self.build}"


Etcd = tuple[int, ...]


@cache
def known() -> dict[Release, Etcd]:
    """Return all releases of the profile, oldest first, with the version of etcd that each brings."""
    found: dict[Release, Etcd] = {}
    for line, groups in profile("rke2/releases").items():
        for etcd, patches in groups:
            version = tuple(int(part) for part in etcd.split("."))
            found.update({Release.of(f"v{line}.{patch}"): version for patch in patches})
    return dict(sorted(found.items()))


def etcd_of(release: Release) -> Etcd | None:
    """Return the version of etcd in a release; None for one that the profile does not know."""
    return known().get(release)
