"""What the applications and the platform beside them ask for, over one cluster."""

from dataclasses import dataclass
from typing import Any

from wizard.design.amount import cores, count, memory
from wizard.design.capacity.line import YOURS, Line, figures, up
from wizard.design.design import Design
from wizard.design.wish import Wish


@dataclass(frozen=True, slots=True)
class Demand:
    """Requests of all pods, and what is planned for them: more, since a node is never filled to its brim."""

    own_pods: int
    pods: int
    cpu_m: int
    memory_mib: int
    platform_cpu_m: int
    """The platform's part of `cpu_m`."""
    platform_memory_mib: int
    lines: tuple[Line, ...]


def demand(design: Design, wish: Wish) -> Demand:
    """Take a design and what is wanted of it; return what one of its clusters must carry."""
    grown = up(wish.pods * (100 + wish.growth_percent), 100)
    carriers = _carriers(design, wish)
    own = up(grown, carriers)
    parts = platform(wish)
    pods = own + sum(part["pods"] for _, part in parts)
    fill = figures()["fill"]
    platform_cpu = sum(part["cpu_m"] for _, part in parts)
    platform_memory = sum(part["memory_mib"] for _, part in parts)
    cpu, mib = own * wish.pod_cpu_m, own * wish.pod_memory_mib
    percent = fill["percent"]
    lines = (
        Line(
            "Pods, with growth", f"{wish.pods:,} × {100 + wish.growth_percent} %", count(grown, "pod"), YOURS
        ),
        *([_share(grown, carriers, own, wish)] if carriers > 1 else []),
        *(_line(name, part) for name, part in parts),
        _sum("CPU", f"{own:,} × {cores(wish.pod_cpu_m)}", cores(cpu), cores(platform_cpu), percent,
             cores(up((cpu + platform_cpu) * 100, percent)), fill["source"]),
        _sum("Memory", f"{own:,} × {memory(wish.pod_memory_mib)}", memory(mib), memory(platform_memory), percent,
             memory(up((mib + platform_memory) * 100, percent)), fill["source"]),
    )  # fmt: skip
    return Demand(
        own_pods=own,
        pods=pods,
        cpu_m=up((cpu + platform_cpu) * 100, percent),
        memory_mib=up((mib + platform_memory) * 100, percent),
        platform_cpu_m=up(platform_cpu * 100, percent),
        platform_memory_mib=up(platform_memory * 100, percent),
        lines=lines,
    )


def platform(wish: Wish) -> list[tuple[str, Any]]:
    """Return what runs beside the applications, each with its name and its figures."""
    data = figures()
    parts = [("Kubernetes add-ons", data["cluster_pods"])]
    if wish.monitoring:
        parts.append(("Monitoring", data["monitoring"]["pods"]))
    if wish.rancher:
        parts.append(("Rancher", data["rancher"]["pods"]))
    return parts


def _carriers(design: Design, wish: Wish) -> int:
    """Return over how many clusters the applications are spread when as many are lost as must be survived."""
    if design.spread != "each_site":
        return 1
    return max(1, wish.sites - wish.survives_site)


def _share(grown: int, carriers: int, own: int, wish: Wish) -> Line:
    lost = " with one data centre lost" if wish.survives_site else ""
    return Line("Pods of one cluster", f"{grown:,} / {carriers}{lost}", count(own, "pod"), YOURS)


def _line(name: str, part: Any) -> Line:
    asked = f"{cores(part['cpu_m'])}, {memory(part['memory_mib'])}, {count(part['pods'], 'pod')}"
    return Line(name, "requests over the cluster", asked, part["source"])


def _sum(what: str, times: str, own: str, platform_part: str, percent: int, planned: str, source: str) -> Line:
    return Line(f"{what} to plan for", f"({times} = {own}, + {platform_part} platform) / {percent} %", planned, source)
