"""How many machines a design takes, and what each worker must carry when others are away.

Counts never fall when the load grows: a worker is planned for a fixed number of pods, or for what the largest sensible
machine holds, never for less because there are more of them.
"""

from dataclasses import dataclass

from wizard.design.amount import cores, count, memory
from wizard.design.capacity.demand import Demand
from wizard.design.capacity.line import YOURS, Line, figures, up
from wizard.design.design import Design, Group
from wizard.design.wish import Wish


@dataclass(frozen=True, slots=True)
class Layout:
    """Counts of one cluster, and the share of the load that one worker carries."""

    clusters: int
    managers: dict[str, int]
    """Machines by role of the groups that run etcd or the control plane."""
    workers: int
    """Machines that run applications; those of `managers` where applications run beside the control plane."""
    left: int
    """Workers that must carry everything when as many are away as must be survived."""
    cpu_m: int
    memory_mib: int
    pods: int
    """Most pods that a worker is planned for."""
    together: bool
    """Applications run on the machines of `managers`."""
    lines: tuple[Line, ...]

    @property
    def agents(self) -> int:
        """Machines that only run applications."""
        return 0 if self.together else self.workers

    @property
    def nodes(self) -> int:
        """All machines."""
        return sum(self.managers.values()) + self.agents


def layout(design: Design, wish: Wish, load: Demand) -> Layout:
    """Take a design, what is wanted of it, and the load of one cluster; return counts and shares."""
    managers = {group.role: manager_count(group, wish) for group in design.groups if not group.grows}
    clusters = max(2, wish.sites) if design.spread == "each_site" else 1
    if design.together:
        return _together(clusters, managers, wish, load)
    return _apart(design, clusters, managers, wish, load)


def manager_count(group: Group, wish: Wish) -> int:
    """Return how many of a group there must be: the fewest that survive what is asked, or the most there can be."""
    enough = [one for one in group.counts if _may_be_lost(group, one) >= wish.nodes_away]
    return enough[0] if enough else group.counts[-1]


def _may_be_lost(group: Group, machines: int) -> int:
    # etcd needs a majority; the control plane alone needs one that is left.
    return (machines - 1) // 2 if "etcd" in group.duties else machines - 1


def _together(clusters: int, managers: dict[str, int], wish: Wish, load: Demand) -> Layout:
    (machines,) = managers.values()
    away = min(wish.nodes_away, (machines - 1) // 2)
    left = machines - away
    pods = up(load.pods, left)
    lost = f"{machines} − {away} that may be away" if away else f"{machines}"
    line = Line("Nodes that carry the load", lost, count(left, "node"), YOURS)
    spread = Line("Pods on one of them", f"{load.pods:,} / {left}", count(pods, "pod"), YOURS)
    return Layout(
        clusters=clusters,
        managers=managers,
        workers=machines,
        left=left,
        cpu_m=up(load.cpu_m, left),
        memory_mib=up(load.memory_mib, left),
        pods=pods,
        together=True,
        lines=(line, spread),
    )


def _apart(design: Design, clusters: int, managers: dict[str, int], wish: Wish, load: Demand) -> Layout:
    least = _least(design, wish)
    zones = zones_of(design, wish)
    most_pods = pods_for_work(wish)
    fewest_left = max(1, least - _away(wish, zones, least))
    share_cpu = _share(load.cpu_m, load.platform_cpu_m, wish.pod_cpu_m * most_pods, fewest_left, "cpu_m")
    share_memory = _share(
        load.memory_mib, load.platform_memory_mib, wish.pod_memory_mib * most_pods, fewest_left, "memory_mib"
    )
    needs = (up(load.pods, most_pods), up(load.cpu_m, share_cpu), up(load.memory_mib, share_memory))
    carrying = max(fewest_left, *needs)
    workers = max(least, _with_spare(carrying, wish, zones))
    workers = up(workers, zones) * zones
    return Layout(
        clusters=clusters,
        managers=managers,
        workers=workers,
        left=workers - _away(wish, zones, workers),
        cpu_m=share_cpu,
        memory_mib=share_memory,
        pods=min(most_pods, up(load.pods, fewest_left)),
        together=False,
        lines=(
            Line("Pods on a worker, at most", f"{wish.pods_per_node} − {wish.pods_per_node - most_pods} of the system",
                 count(most_pods, "pod"), figures()["limits"]["source"]),
            Line("Workers for that many pods", f"{load.pods:,} / {most_pods}", str(needs[0]), YOURS),
            Line("Workers for CPU", f"{cores(load.cpu_m)} / {cores(share_cpu)} a worker", str(needs[1]),
                 figures()["largest_agent"]["source"]),
            Line("Workers for memory", f"{memory(load.memory_mib)} / {memory(share_memory)} a worker", str(needs[2]),
                 figures()["largest_agent"]["source"]),
            Line("Workers", _spare_text(carrying, least, wish, zones), str(workers), YOURS),
        ),
    )  # fmt: skip


def pods_for_work(wish: Wish) -> int:
    """Return how many pods of its own a worker can run beside those of the system."""
    system: int = figures()["node"]["system_pods"]["pods"]
    return max(1, wish.pods_per_node - system)


def zones_of(design: Design, wish: Wish) -> int:
    """Return over how many places the workers of one cluster are spread evenly."""
    match design.spread:
        case "zones":
            return max(3, wish.zones)
        case "one_site":
            return max(2, wish.sites)
        case _:
            return 1


def _least(design: Design, wish: Wish) -> int:
    """Return the fewest workers that make sense."""
    least = max(design.group("work").counts[0], zones_of(design, wish), wish.nodes_away + 1)
    of_longhorn: int = figures()["storage"]["longhorn"]["nodes"]
    return max(least, of_longhorn) if wish.storage == "longhorn" else least


def _loses_zone(wish: Wish, zones: int) -> bool:
    return zones >= 3 and wish.nodes_away > 0


def _away(wish: Wish, zones: int, workers: int) -> int:
    """Return how many of the workers may be away at once."""
    if _loses_zone(wish, zones):
        return up(workers, zones) + wish.nodes_away - 1
    return wish.nodes_away


def _with_spare(carrying: int, wish: Wish, zones: int) -> int:
    """Return how many workers there must be so that `carrying` of them are left."""
    if _loses_zone(wish, zones):
        return up(carrying + wish.nodes_away - 1, zones - 1) * zones
    return carrying + wish.nodes_away


def _share(planned: int, platform: int, of_pods: int, fewest_left: int, kind: str) -> int:
    """Return what one worker is planned to carry.

    That is everything over the fewest workers, but no more than a full set of average pods beside the platform takes,
    and no more than the largest machine holds.
    """
    data = figures()
    full = up(of_pods * 100, data["fill"]["percent"]) + platform
    largest: int = data["largest_agent"][kind]
    return max(1, min(up(planned, fewest_left), full, largest))


def _spare_text(carrying: int, least: int, wish: Wish, zones: int) -> str:
    if _loses_zone(wish, zones):
        more = " and a node in maintenance" if wish.nodes_away > 1 else ""
        text = f"{carrying} that carry + room for a lost zone of {zones}{more}"
    elif wish.nodes_away:
        text = f"{carrying} that carry + {wish.nodes_away} that may be away"
    else:
        text = f"{carrying} that carry"
    return f"{text}; at least {least}" + (f", as many in each of {zones}" if zones > 1 else "")
