"""The designs that can be recommended, read from profiles/designs."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from wizard.profiles import PROFILES, profile

Duty = Literal["etcd", "control", "work"]
Spread = Literal["none", "one_site", "zones", "each_site"]


@dataclass(frozen=True, slots=True)
class Group:
    """One kind of machine in a design."""

    role: str
    """server, agent (RKE2, RancherD); node, management, etcd, controlplane, worker (RKE1)."""
    duties: frozenset[Duty]
    """What runs on it: etcd, the control plane, applications."""
    counts: tuple[int, ...]
    """How many there may be, fewest first. For workers the first is the least that the design makes sense with."""
    most: int | None
    """Workers only: how many the design is meant for; None where there is no end."""
    cpus: int
    memory_mib: int
    disk_gib: int
    taints: tuple[str, ...]
    note: str

    def may_lose(self, machines: int) -> int:
        """Return how many of `machines` may be away while the cluster goes on: etcd needs a majority."""
        return (machines - 1) // 2 if "etcd" in self.duties else machines - 1

    @property
    def grows(self) -> bool:
        """Tell whether the load decides how many there are."""
        return self.duties == {"work"}


@dataclass(frozen=True, slots=True)
class Design:
    """One way to build a cluster."""

    key: str
    title: str
    summary: str
    distribution: str
    """rke2, rke1 or rancherd."""
    size: str
    """single, small, medium or large."""
    spread: Spread
    """none: one place. one_site: servers in one data centre, agents in all. zones: everything over zones.
    each_site: a cluster of its own in each data centre."""
    groups: tuple[Group, ...]
    pros: tuple[str, ...]
    cons: tuple[str, ...]
    aged: tuple[str, ...]
    """What has become of it since: end of life, what replaced it. Empty for designs to build today."""
    successor: str | None
    """Key of the design to take instead; None when this one is current."""
    source: str

    @property
    def together(self) -> bool:
        """Tell whether applications run beside the control plane."""
        return not any(group.grows for group in self.groups)

    @property
    def current(self) -> bool:
        """Tell whether it is one to build today."""
        return self.successor is None

    def group(self, duty: Duty) -> Group:
        """Return the group that a duty falls to."""
        return next(group for group in self.groups if duty in group.duties)


@cache
def designs() -> tuple[Design, ...]:
    """Return all designs in the order of their `place`: those to build today first, smaller before larger."""
    keys = sorted(path.stem for path in (PROFILES / "designs").glob("*.yaml"))
    found = [(profile(f"designs/{key}"), key) for key in keys]
    return tuple(_design(key, data) for data, key in sorted(found, key=lambda one: one[0]["place"]))


def design(key: str) -> Design:
    """Return the design of a key; KeyError when there is none."""
    return {one.key: one for one in designs()}[key]


def _design(key: str, data: dict[str, Any]) -> Design:
    return Design(
        key=key,
        title=data["title"],
        summary=data["summary"],
        distribution=data["distribution"],
        size=data["size"],
        spread=data.get("spread", "none"),
        groups=tuple(_group(group) for group in data["groups"]),
        pros=tuple(data["pros"]),
        cons=tuple(data["cons"]),
        aged=tuple(data.get("aged", ())),
        successor=data.get("successor"),
        source=data["source"],
    )


def _group(data: dict[str, Any]) -> Group:
    return Group(
        role=data["role"],
        duties=frozenset(data["duties"]),
        counts=tuple(data["counts"]),
        most=data.get("most"),
        cpus=data["cpus"],
        memory_mib=data["memory_mib"],
        disk_gib=data["disk_gib"],
        taints=tuple(data.get("taints", ())),
        note=data.get("note", ""),
    )
