"""Pairs of nodes as they are looked at: the worst first, and only those that one wants to see."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from wizard.checks.network.links import WORST, Answer, Links, Way

Kind = Literal["all", "not ok", "fail"]


@dataclass(frozen=True, slots=True)
class Pair:
    """All that one node asked another; `bad` names the ports that are not open, `untried` counts what is not known."""

    source: str
    target: str
    worst: Answer
    asked: int
    bad: tuple[str, ...]
    untried: int
    way: Way | None

    @property
    def key(self) -> tuple[str, str]:
        """Who asks, and who is asked."""
        return self.source, self.target

    @property
    def narrow(self) -> bool:
        """True where packets as large as the source sends do not come through."""
        return bool(self.way and self.way.mtu < self.way.mtu_wanted)

    @property
    def good(self) -> bool:
        """True where there is nothing to mend."""
        return not (self.bad or self.untried or self.narrow or (self.way and self.way.loss_percent))

    def fits(self, kind: Kind, needle: str) -> bool:
        """True when this is of `kind` and one of its ends has `needle` in its name."""
        of_kind = {"all": True, "not ok": not self.good, "fail": bool(self.bad)}[kind]
        return of_kind and any(needle.casefold() in name.casefold() for name in self.key)


def pairs(links: Links) -> tuple[Pair, ...]:
    """Return every pair that was asked: blocked ones first, then lossy, narrow and slow ones."""
    return tuple(sorted((_pair(links, *key) for key in links.links), key=_rank))


def picked(found: Iterable[Pair], kind: Kind, *, needle: str = "") -> tuple[Pair, ...]:
    """Return the pairs of `kind` that have `needle` in one of their names."""
    return tuple(pair for pair in found if pair.fits(kind, needle))


def _pair(links: Links, source: str, target: str) -> Pair:
    asked = links.between(source, target)
    return Pair(
        source,
        target,
        links.worst(source, target) or "untried",
        len(asked),
        tuple(link.label for link in asked if link.bad),
        sum(link.answer == "untried" for link in asked),
        links.ways.get((source, target)),
    )


def _rank(pair: Pair) -> tuple[float, ...]:
    way = pair.way
    loss, median = (way.loss_percent, way.median_ms) if way else (0.0, 0.0)
    return -len(pair.bad), WORST.index(pair.worst), -loss, -float(pair.narrow), -median
