"""How large a machine must be: what it gives away, what it carries, and the next size that machines come in."""

from dataclasses import dataclass
from typing import Any

from wizard.design.amount import cores, count, memory
from wizard.design.capacity.figures import figures, up
from wizard.design.capacity.layout import Layout
from wizard.design.capacity.line import Line
from wizard.design.design import Group
from wizard.design.wish import Wish


@dataclass(frozen=True, slots=True)
class Size:
    """Cores and memory of one machine, and how they came about."""

    cpus: int
    memory_mib: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Floor:
    """The least that a machine must have for one purpose, whatever it carries."""

    purpose: str
    cpus: int
    memory_mib: int
    source: str

    def line(self, role: str) -> Line:
        """Return it as a line of the arithmetic."""
        least = f"{count(self.cpus, 'core')}, {memory(self.memory_mib)}"
        return Line(f"Least of each {role}", f"for {self.purpose}", least, self.source)


def next_size(kind: str, need: int) -> int:
    """Return the smallest size of a kind that holds `need`; past the last one, a multiple of it."""
    sizes: list[int] = figures()["shapes"][kind]
    return next((size for size in sizes if size >= need), up(need, sizes[-1]) * sizes[-1])


def group_size(group: Group, wish: Wish, plan: Layout) -> Size:
    """Take a group of a design; return the size of each of its machines."""
    works, manages = "work" in group.duties, not group.grows
    floors = [Floor("this design", group.cpus, group.memory_mib, "design chapter")]
    if manages:
        floors += _server_floors(wish, plan)
    if works and wish.storage == "longhorn":
        longhorn = figures()["storage"]["longhorn"]
        floors.append(Floor("Longhorn", longhorn["cpus"], longhorn["memory_mib"], longhorn["source"]))
    needs_cpu, needs_memory, lines = _carried(group.role, wish, plan, works=works, manages=manages)
    cpus = next_size("cpus", max(up(needs_cpu, 1000), *(floor.cpus for floor in floors)))
    memory_gib = next_size("memory_gib", up(max(needs_memory, *(floor.memory_mib for floor in floors)), 1024))
    result = f"{count(cpus, 'core')}, {memory_gib} GiB"
    each = Line(f"Each {group.role}", "the most of these, as machines come", result, "profiles/sizing.yaml (shapes)")
    return Size(cpus, memory_gib * 1024, (*lines, *(floor.line(group.role) for floor in floors), each))


def _carried(role: str, wish: Wish, plan: Layout, *, works: bool, manages: bool) -> tuple[int, int, tuple[Line, ...]]:
    """Return the CPU and memory that a machine must have for what it runs, and how they came about."""
    node = figures()["node"]
    own = node["server"] if manages else node["agent"]
    cpu = [("system", node["os"]["cpu_m"]), ("Kubernetes", own["cpu_m"])]
    mib = [
        ("system", node["os"]["memory_mib"]),
        ("Kubernetes", own["memory_mib"]),
        ("before pods are evicted", node["eviction"]["memory_mib"]),
    ]
    if works:
        cpu.append(_most("pods", plan.cpu_m, wish.pod_cpu_max_m))
        mib.append(_most("pods", plan.memory_mib, wish.pod_memory_max_mib))
    needs_cpu, needs_memory = (sum(amount for _, amount in parts) for parts in (cpu, mib))
    text = " + ".join(f"{cores(amount)} {name}" for name, amount in cpu)
    if works and wish.storage == "longhorn":
        leaves = 100 - figures()["storage"]["longhorn"]["cpu_percent"]
        needs_cpu, text = up(needs_cpu * 100, leaves), f"({text}) / {leaves} % that Longhorn leaves"
    return (
        needs_cpu,
        needs_memory,
        (
            Line(f"CPU of each {role}", text, cores(needs_cpu), own["source"]),
            Line(
                f"Memory of each {role}",
                " + ".join(f"{memory(amount)} {name}" for name, amount in mib),
                memory(needs_memory),
                own["source"],
            ),
        ),
    )


def _most(name: str, share: int, largest: int) -> tuple[str, int]:
    """The largest pod is never split: a node holds it even where its share of all pods is less."""
    return ("the largest pod", largest) if largest > share else (name, share)


def _server_floors(wish: Wish, plan: Layout) -> list[Floor]:
    """Return the least that vendors name for a server, by what it serves."""
    data = figures()
    tables = [
        (data["servers_by_agents"], plan.agents, count(plan.agents, "agent")),
        (data["etcd_by_nodes"], plan.nodes, f"etcd of {count(plan.nodes, 'node')}"),
    ]
    if wish.rancher:
        clusters = wish.managed_clusters
        tables.append((data["rancher"], clusters, f"Rancher with {count(clusters, 'cluster')}"))
    return [Floor(what, *_row(table["rows"], number), table["source"]) for table, number, what in tables]


def _row(rows: list[Any], number: int) -> tuple[int, int]:
    row = next((row for row in rows if number <= row["up_to"]), rows[-1])
    return row["cpus"], row["memory_gib"] * 1024
