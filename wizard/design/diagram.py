"""A sized design as a drawing in plain ASCII, at most 76 columns wide."""

from collections.abc import Iterator

from wizard.design.amount import memory
from wizard.design.design import Design
from wizard.design.pool import Pool
from wizard.design.sizing import Sizing
from wizard.design.wish import Wish

WIDTH = 76
_FRONT = {
    "haproxy": "HAProxy, virtual IP",
    "external": "your balancer",
    "kube-vip": "kube-vip on the servers",
    "metallb": "an address of its own",
    "dns": "round-robin DNS",
    "none": "the first server's address",
}


def diagram(design: Design, wish: Wish, sizing: Sizing) -> str:
    """Return the drawing: who comes in where, each pool, and in which place it stands."""
    lines = ["users, kubectl, joining nodes".center(WIDTH), "|".center(WIDTH)]
    if sizing.servers > sizing.clusters:
        lines += [f"[ {_front(design, wish)} ]".center(WIDTH), "|".center(WIDTH)]
    lines += _places(design, wish, sizing)
    return "\n".join(line.rstrip() for line in lines)


def _front(design: Design, wish: Wish) -> str:
    return "DNS or a balancer above both" if design.spread == "each_site" else _FRONT[wish.balancer]


def _places(design: Design, wish: Wish, sizing: Sizing) -> Iterator[str]:
    places = place_names(design, wish)
    if len(places) == 1:
        yield from _row(tuple((pool, pool.count) for pool in sizing.pools), WIDTH)
        return
    for number, name in enumerate(places):
        yield f"+-- {name} ".ljust(WIDTH - 1, "-") + "+"
        for line in _row(_share(design, sizing, number, len(places)), WIDTH - 2):
            yield f"|{line}|"
        yield "+".ljust(WIDTH - 1, "-") + "+"


def place_names(design: Design, wish: Wish) -> tuple[str, ...]:
    """Return the places of a design, in the words of the answers; more than three are drawn as three and a rest."""
    word = "data centre" if wish.sites > 1 or design.spread != "zones" else "zone"
    number = {"none": 1, "zones": max(3, wish.zones)}.get(design.spread, max(2, wish.sites))
    return tuple(f"{word} {place + 1}" for place in range(number))


def _share(design: Design, sizing: Sizing, place: int, places: int) -> tuple[tuple[Pool, int], ...]:
    """Return how many of each pool stand in one place."""
    shares = []
    for pool in sizing.pools:
        if design.spread == "each_site":
            here = pool.count
        elif design.spread == "one_site" and pool.manages:
            here = pool.count if place == 0 else 0
        else:
            here = pool.count // places + (place < pool.count % places)
        if here:
            shares.append((pool, here))
    return tuple(shares)


def _row(pools: tuple[tuple[Pool, int], ...], width: int) -> Iterator[str]:
    """Yield the boxes of one place side by side, each a pool."""
    boxes = [_box(pool, here) for pool, here in pools]
    for parts in zip(*boxes, strict=True):
        yield "  ".join(parts).center(width)


def _box(pool: Pool, here: int) -> tuple[str, ...]:
    runs = " ".join(
        word
        for word, holds in (("etcd", "etcd" in pool.why), ("API", "plane" in pool.why), ("apps", pool.works))
        if holds
    )
    taint = "tainted" if pool.taints else ""
    texts = (f"{here} x {pool.role}", runs, f"{pool.cpus}c {memory(pool.memory_mib)}", taint)
    width = max(14, *(len(text) for text in texts))
    edge = f"+{'-' * (width + 2)}+"
    return (edge, *(f"| {text.center(width)} |" for text in texts), edge)
