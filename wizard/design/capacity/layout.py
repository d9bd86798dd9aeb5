"""How many machines a design takes, and what each worker must carry when others are away.

Counts never fall when the load grows: a worker is planned for a fixed number of pods, or for what the largest sensible
machine holds, never for less because there are more of them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from wizard.design.amount import cores, count, memory
from wizard.design.capacity.demand import Demand
from wizard.design.capacity.figures import figures, filled, up
from wizard.design.capacity.line import YOURS, Line
from wizard.design.capacity.spare import spare
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
    enough = [one for one in group.counts if group.may_lose(one) >= wish.nodes_away]
    return enough[0] if enough else group.counts[-1]


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
    room = spare(design, wish)
    pods = pods_for_work(wish)
    left = max(1, room.least - room.away(room.least))
    full_cpu, full_memory = filled(wish.pod_cpu_m * pods), filled(wish.pod_memory_mib * pods)
    cpu = _Share("CPU", load.cpu_m, load.platform_cpu_m, full_cpu, left, "cpu_m", cores)
    mib = _Share("memory", load.memory_mib, load.platform_memory_mib, full_memory, left, "memory_mib", memory)
    carrying = max(left, up(load.pods, pods), cpu.workers, mib.workers)
    workers = room.workers(carrying)
    return Layout(
        clusters=clusters,
        managers=managers,
        workers=workers,
        left=workers - room.away(workers),
        cpu_m=cpu.each,
        memory_mib=mib.each,
        pods=min(pods, up(load.pods, left)),
        together=False,
        lines=(
            *_pod_lines(load, wish, pods),
            *cpu.lines(),
            *mib.lines(),
            Line("Workers", room.text(carrying), str(workers), YOURS),
        ),
    )


def pods_for_work(wish: Wish) -> int:
    """Return how many pods a worker can run beside those that each node runs anyway."""
    system: int = figures()["node"]["system_pods"]["pods"]
    return max(1, wish.pods_per_node - system)


def _pod_lines(load: Demand, wish: Wish, pods: int) -> tuple[Line, ...]:
    system = figures()["node"]["system_pods"]
    each = f"{wish.pods_per_node} − {system['pods']} that each node runs anyway"
    return (
        Line("Pods on a worker, at most", each, count(pods, "pod"), system["source"]),
        Line("Workers for that many pods", f"{load.pods:,} / {pods}", str(up(load.pods, pods)), YOURS),
    )


@dataclass(frozen=True, slots=True)
class _Share:
    """What one worker carries of a resource, and how many workers that makes."""

    what: str
    planned: int
    platform: int
    full: int
    """What as many average pods as a node may run take."""
    left: int
    kind: str
    shown: Callable[[int], str]

    @property
    def each(self) -> int:
        """Everything over the fewest workers; but no more than a node full of pods, or the largest machine, takes."""
        return max(1, min(up(self.planned, self.left), self.full + self.platform, self._largest))

    @property
    def workers(self) -> int:
        return up(self.planned, self.each)

    @property
    def _largest(self) -> int:
        largest: int = figures()["largest_agent"][self.kind]
        return largest

    def lines(self) -> tuple[Line, ...]:
        shown = self.shown
        bounds = (
            f"{shown(self.planned)} / {count(self.left, 'node')}",
            f"a node full of pods {shown(self.full + self.platform)}",
            f"the largest machine {shown(self._largest)}",
        )
        source = figures()["largest_agent"]["source"]
        return (
            Line(f"Share of a worker, {self.what}", f"the least of: {'; '.join(bounds)}", shown(self.each), source),
            Line(f"Workers for {self.what}", f"{shown(self.planned)} / {shown(self.each)}", str(self.workers), YOURS),
        )
