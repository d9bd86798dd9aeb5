"""How large a machine must be: what it gives away, what it carries, and the next size that machines come in."""

from dataclasses import dataclass
from typing import Any

from wizard.design.amount import count, memory
from wizard.design.design import Group
from wizard.design.layout import Layout
from wizard.design.line import Line, figures, up
from wizard.design.wish import Wish


@dataclass(frozen=True, slots=True)
class Size:
    """Cores and memory of one machine, and how they came about."""

    cpus: int
    memory_mib: int
    lines: tuple[Line, ...]


def next_size(kind: str, need: int) -> int:
    """Return the smallest size of a kind that holds `need`; past the last one, a multiple of it."""
    sizes: list[int] = figures()["shapes"][kind]
    return next((size for size in sizes if size >= need), up(need, sizes[-1]) * sizes[-1])


def group_size(group: Group, wish: Wish, plan: Layout) -> Size:
    """Take a group of a design; return the size of each of its machines."""
    works, manages = "work" in group.duties, not group.grows
    floors = [(group.cpus, group.memory_mib, "the design's own figures", "least of this design")]
    if manages:
        floors += _floors(wish, plan)
    if works and wish.storage == "longhorn":
        longhorn = figures()["storage"]["longhorn"]
        floors.append((longhorn["cpus"], longhorn["memory_mib"], longhorn["source"], "least for Longhorn"))
    needs_cpu, needs_memory, lines = _carried(group.role, wish, plan, works=works, manages=manages)
    cpus = next_size("cpus", max(up(needs_cpu, 1000), *(floor[0] for floor in floors)))
    memory_gib = next_size("memory_gib", up(max(needs_memory, *(floor[1] for floor in floors)), 1024))
    texts = "; ".join(f"{why} {cpu} cores, {memory(mib)}" for cpu, mib, _, why in floors)
    sources = ", ".join(source for _, _, source, _ in floors)
    result = f"{count(cpus, 'core')}, {memory_gib} GiB"
    return Size(
        cpus, memory_gib * 1024, (*lines, Line(f"Each {group.role}", f"the most of these; {texts}", result, sources))
    )


def _carried(role: str, wish: Wish, plan: Layout, *, works: bool, manages: bool) -> tuple[int, int, tuple[Line, ...]]:
    """Return the CPU and memory that a machine must have for what it runs, and how they came about."""
    node = figures()["node"]
    own = node["server"] if manages else node["agent"]
    given = [("system", node["os"]), ("Kubernetes", own), ("eviction", node["eviction"])]
    cpu = sum(part.get("cpu_m", 0) for _, part in given)
    mib = sum(part["memory_mib"] for _, part in given)
    parts = [f"{memory(part['memory_mib'])} {name}" for name, part in given]
    if works:
        # The largest pod is never split: a node holds it even where the average needs less.
        carried_mib = max(plan.memory_mib, wish.pod_memory_max_mib)
        cpu, mib = cpu + max(plan.cpu_m, wish.pod_cpu_max_m), mib + carried_mib
        largest = " (the largest one)" if carried_mib > plan.memory_mib else ""
        parts.append(f"{memory(carried_mib)} pods{largest}")
    if works and wish.storage == "longhorn":
        cpu = up(cpu * 100, 100 - figures()["storage"]["longhorn"]["cpu_percent"])
    line = Line(f"Memory of each {role}", " + ".join(parts), memory(mib), own["source"])
    processors = Line(f"CPU of each {role}", _cpu_text(given, wish, plan, works=works), f"{cpu} m", own["source"])
    return cpu, mib, (processors, line)


def _cpu_text(given: list[tuple[str, Any]], wish: Wish, plan: Layout, *, works: bool) -> str:
    parts = [f"{part['cpu_m']} m {name}" for name, part in given if "cpu_m" in part]
    if works:
        parts.append(f"{max(plan.cpu_m, wish.pod_cpu_max_m)} m pods")
    text = " + ".join(parts)
    longhorn = works and wish.storage == "longhorn"
    return (
        f"({text}) / {100 - figures()['storage']['longhorn']['cpu_percent']} % that Longhorn leaves"
        if longhorn
        else text
    )


def _floors(wish: Wish, plan: Layout) -> list[tuple[int, int, str, str]]:
    """Return the least that vendors name for a server, each with its source and its reason."""
    data = figures()
    nodes = plan.workers + sum(plan.managers.values())
    tables = [
        (data["servers_by_agents"], plan.workers, f"for {count(plan.workers, 'agent')}"),
        (data["etcd_by_nodes"], nodes, f"etcd of {count(nodes, 'node')}"),
    ]
    if wish.rancher:
        tables.append(
            (data["rancher"], wish.managed_clusters, f"Rancher with {count(wish.managed_clusters, 'cluster')}")
        )
    return [(*_row(table["rows"], number), table["source"], why) for table, number, why in tables]


def _row(rows: list[Any], number: int) -> tuple[int, int]:
    row = next((row for row in rows if number <= row["up_to"]), rows[-1])
    return row["cpus"], row["memory_gib"] * 1024
