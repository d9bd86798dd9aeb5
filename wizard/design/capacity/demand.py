"""What the applications and the platform beside them ask for, over one cluster."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wizard.design.amount import cores, count, memory
from wizard.design.capacity.figures import figures, filled, up
from wizard.design.capacity.line import YOURS, Line
from wizard.design.design import Design
from wizard.design.wish import Wish


@dataclass(frozen=True, slots=True)
class Demand:
    """What is planned for all pods: more than they request, since a node is never filled to its brim."""

    pods: int
    """Applications' and the platform's."""
    cpu_m: int
    memory_mib: int
    platform_cpu_m: int
    """The platform's part of `cpu_m`."""
    platform_memory_mib: int
    lines: tuple[Line, ...]


def demand(design: Design, wish: Wish) -> Demand:
    """Take a design and what is wanted of it; return what one of its clusters must carry."""
    own, pod_lines = _own_pods(design, wish)
    parts = _platform(wish)
    platform_cpu, platform_memory, platform_pods = (
        sum(part[key] for _, part in parts) for key in ("cpu_m", "memory_mib", "pods")
    )
    cpu, cpu_line = _planned("CPU", own, wish.pod_cpu_m, platform_cpu, cores)
    mib, memory_line = _planned("Memory", own, wish.pod_memory_mib, platform_memory, memory)
    return Demand(
        pods=own + platform_pods,
        cpu_m=cpu,
        memory_mib=mib,
        platform_cpu_m=filled(platform_cpu),
        platform_memory_mib=filled(platform_memory),
        lines=(*pod_lines, *(_requests(name, part) for name, part in parts), cpu_line, memory_line),
    )


def _own_pods(design: Design, wish: Wish) -> tuple[int, tuple[Line, ...]]:
    """Return the applications' pods on one cluster, with growth."""
    percent = 100 + wish.growth_percent
    grown = up(wish.pods * percent, 100)
    line = Line("Pods, with growth", f"{wish.pods:,} × {percent} %", count(grown, "pod"), YOURS)
    carriers = max(1, wish.sites - wish.survives_site) if design.spread == "each_site" else 1
    if carriers == 1:
        return grown, (line,)
    own = up(grown, carriers)
    lost = " data centres, one of them lost" if wish.survives_site else " data centres"
    return own, (line, Line("Pods of one cluster", f"{grown:,} / {carriers}{lost}", count(own, "pod"), YOURS))


def _platform(wish: Wish) -> list[tuple[str, Any]]:
    """Return what runs beside the applications, each with its name and its requests over the cluster."""
    data = figures()
    parts = [("Kubernetes add-ons", data["cluster_pods"])]
    if wish.monitoring:
        parts.append(("Monitoring", data["monitoring"]["pods"]))
    if wish.rancher:
        parts.append(("Rancher", data["rancher"]["pods"]))
    return parts


def _requests(name: str, part: Any) -> Line:
    asked = f"{cores(part['cpu_m'])}, {memory(part['memory_mib'])}, {count(part['pods'], 'pod')}"
    return Line(name, "requests over the cluster", asked, part["source"])


def _planned(what: str, pods: int, each: int, platform: int, shown: Callable[[int], str]) -> tuple[int, Line]:
    """Return what is planned of one resource, and how it came about."""
    fill = figures()["fill"]
    planned = filled(pods * each + platform)
    sum_of_pods = f"{pods:,} × {shown(each)} = {shown(pods * each)}"
    text = f"({sum_of_pods}, + {shown(platform)} of the platform) / {fill['percent']} %"
    return planned, Line(f"{what} to plan for", text, shown(planned), fill["source"])
