"""Where a design's machines stand: its places, and how many of each pool are in each."""

from dataclasses import dataclass

from wizard.design.design import Design
from wizard.design.pool import Pool
from wizard.design.sizing import Sizing
from wizard.design.wish import Wish


@dataclass(frozen=True, slots=True)
class Place:
    """One zone or data centre, and how many machines of each pool stand in it."""

    name: str
    shares: tuple[tuple[Pool, int], ...]


def places(design: Design, wish: Wish, sizing: Sizing) -> tuple[Place, ...]:
    """Take a sized design; return its places. A design that knows no places has one, without a name."""
    if design.spread == "none":
        return (Place("", tuple((pool, pool.count) for pool in sizing.pools)),)
    number = max(3, wish.zones) if design.spread == "zones" else max(2, wish.sites)
    word = "zone" if design.spread == "zones" and wish.sites < 2 else "data centre"
    return tuple(Place(f"{word} {at + 1}", _shares(design, sizing, at, number)) for at in range(number))


def _shares(design: Design, sizing: Sizing, at: int, number: int) -> tuple[tuple[Pool, int], ...]:
    shares = ((pool, _here(design, pool, at, number)) for pool in sizing.pools)
    return tuple((pool, here) for pool, here in shares if here)


def _here(design: Design, pool: Pool, at: int, number: int) -> int:
    """Return how many machines of a pool stand in place `at` of `number`."""
    if design.spread == "each_site":
        return pool.count
    if pool.manages:
        # An odd number of places, so that no half of them can hold half of etcd.
        number = 1 if design.spread == "one_site" else number - (number + 1) % 2
    return pool.count // number + (at < pool.count % number) if at < number else 0
