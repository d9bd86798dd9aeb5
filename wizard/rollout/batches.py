"""Which nodes are taken together, and in which order."""

from collections import deque
from collections.abc import Mapping, Sequence

Batches = tuple[tuple[str, ...], ...]


def spread(nodes: Sequence[str], zones: Mapping[str, str]) -> tuple[str, ...]:
    """Return `nodes` in turn from each zone, so that any run of them touches zones evenly."""
    queues: dict[str, deque[str]] = {}
    for node in nodes:
        queues.setdefault(zones.get(node, ""), deque()).append(node)
    # A zone with many nodes is spent evenly along the whole list, not at its end.
    ranked = [
        ((place + 0.5) / len(queue), rank, node)
        for rank, queue in enumerate(queues.values())
        for place, node in enumerate(queue)
    ]
    return tuple(node for _, _, node in sorted(ranked))


def batches(nodes: Sequence[str], *, at_once: int, canary: int = 0) -> Batches:
    """Cut `nodes` into the canaries, if asked for, and then runs of at most `at_once`."""
    if at_once < 1:
        raise ValueError(f"at_once is {at_once}; at least 1 node is taken at a time")
    head, rest = nodes[:canary], nodes[canary:]
    runs = [tuple(rest[start : start + at_once]) for start in range(0, len(rest), at_once)]
    return ((tuple(head),) if head else ()) + tuple(runs)


def window(nodes: Sequence[str], *, canary: int = 0) -> Batches:
    """The batches of a rolling stage: the canaries, then all others in one, run through a window."""
    return tuple(part for part in (tuple(nodes[:canary]), tuple(nodes[canary:])) if part)
