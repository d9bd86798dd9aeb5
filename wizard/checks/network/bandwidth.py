"""Who sends to whom when bandwidth is measured: each node to its neighbour in the list, never two at a node at once."""

from collections.abc import Sequence


def rounds(names: Sequence[str]) -> tuple[dict[str, str], ...]:
    """Return source → target of each round; every node sends once and receives once, in three rounds at most."""
    ring = list(zip(names, [*names[1:], *names[:1]], strict=True)) if len(names) > 1 else []
    last = ring[-1:] if len(ring) % 2 else []
    paired = ring[: len(ring) - len(last)]
    return tuple(dict(pairs) for pairs in (paired[::2], paired[1::2], last) if pairs)
