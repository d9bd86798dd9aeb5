"""The pool of nodes with GPUs."""

from dataclasses import replace

from wizard.design.amount import count
from wizard.design.capacity.line import YOURS, Line
from wizard.design.pool import Pool
from wizard.design.wish import Wish
from wizard.profiles import profile


def gpu_pool(work: Pool, role: str, wish: Wish) -> Pool | None:
    """Take the pool that applications run on and the role of a worker; return the pool with GPUs, if one is wanted."""
    if not wish.gpu_nodes:
        return None
    data = profile("gpu")
    return replace(
        work,
        role=role,
        count=wish.gpu_nodes,
        data_gib=0,
        duties=frozenset(("work",)),
        labels=data["labels"],
        taints=(data["taint"],),
        why="GPU nodes: kept for pods that tolerate their taint; as large as other workers, to begin with",
        gpu=True,
    )


def gpu_line(wish: Wish) -> Line:
    """Return the line of the arithmetic about nodes with GPUs."""
    return Line("Nodes with GPUs", "beside all others", count(wish.gpu_nodes, "node"), YOURS)


def gpu_notes(wish: Wish) -> tuple[str, ...]:
    """Return what to see to on nodes with GPUs."""
    return tuple(profile("gpu")["notes"]) if wish.gpu_nodes else ()
