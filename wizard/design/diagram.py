"""A sized design as a drawing in plain ASCII, at most 76 columns wide."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from wizard.design.amount import memory
from wizard.design.design import Design
from wizard.design.places import Place, places
from wizard.design.pool import Pool
from wizard.design.sizing import Sizing
from wizard.design.wish import Wish

WIDTH = 76
_SIDE_BY_SIDE = 3
_ALONE = 40
_FRONT = {
    "haproxy": "two HAProxy, one virtual IP",
    "haproxy-single": "HAProxy on one machine",
    "external": "your balancer",
    "kube-vip": "virtual IP, carried by kube-vip",
    "dns": "round-robin DNS",
    "none": "the first server's address",
}


def diagram(design: Design, wish: Wish, sizing: Sizing) -> str:
    """Return the drawing: who comes in where, and each place with the machines that stand in it."""
    lines = ["users, kubectl, joining nodes", "|"]
    if sizing.servers > 1:
        front = "DNS or a balancer above all clusters" if design.spread == "each_site" else _FRONT[wish.balancer]
        lines += [f"[ {front} ]", "|"]
    lines += _rows(_alike(places(design, wish, sizing)))
    width = max(len(line) for line in lines)
    return "\n".join(line.center(width).rstrip() for line in lines)


def _alike(every: Sequence[Place]) -> list[Place]:
    """Draw neighbours with the same machines once, where there are more than fit side by side."""
    if len(every) <= _SIDE_BY_SIDE:
        return list(every)
    groups = [list(group) for _, group in groupby(every, key=lambda place: place.shares)]
    return [Place(_span(group), group[0].shares) for group in groups]


def _span(group: Sequence[Place]) -> str:
    first, last = (place.name.split() for place in (group[0], group[-1]))
    return group[0].name if len(group) == 1 else f"{first[-2]}s {first[-1]}-{last[-1]}, each"


def _rows(drawn: Sequence[Place]) -> Iterator[str]:
    columns = min(len(drawn), _SIDE_BY_SIDE)
    inner = (WIDTH - 2 * columns - (columns - 1)) // columns if columns > 1 else _ALONE
    for start in range(0, len(drawn), _SIDE_BY_SIDE):
        frames = [_frame(place, inner) for place in drawn[start : start + _SIDE_BY_SIDE]]
        blank = f"|{' ' * inner}|"
        height = max(len(frame) for frame in frames)
        for at in range(height - 1):
            yield " ".join(frame[at] if at < len(frame) - 1 else blank for frame in frames)
        yield " ".join(frame[-1] for frame in frames)


def _frame(place: Place, inner: int) -> list[str]:
    title = f"- {place.name} " if place.name else ""
    texts = [text for pool, here in place.shares for text in ("", *_texts(pool, here))] + [""]
    edge = f"+{'-' * inner}+"
    return [f"+{title.ljust(inner, '-')}+", *(f"|{text.center(inner)}|" for text in texts), edge]


def _texts(pool: Pool, here: int) -> tuple[str, ...]:
    what = f"{here} x {pool.role}{', GPU' if pool.gpu else ''}"
    return what, pool.runs, f"{pool.cpus} cores, {memory(pool.memory_mib)}"
