"""How many workers there are beside those that carry the load: for lost nodes, maintenance, or a lost zone."""

from dataclasses import dataclass

from wizard.design.capacity.figures import figures, up
from wizard.design.design import Design
from wizard.design.wish import Wish


@dataclass(frozen=True, slots=True)
class Spare:
    """What may be away at once, and what that asks of the number of workers."""

    nodes_away: int
    survives_site: bool
    zones: int
    """Places that workers are spread over evenly."""
    least: int
    """The fewest workers that make sense."""

    @property
    def loses_zone(self) -> bool:
        """Tell whether room for a whole zone is kept free."""
        return self.zones >= 3 and (self.nodes_away > 0 or self.survives_site)

    @property
    def beside(self) -> int:
        """Nodes that may be away beside a lost zone."""
        return max(0, self.nodes_away - 1)

    def away(self, workers: int) -> int:
        """Return how many of `workers` may be away at once."""
        if self.loses_zone:
            return up(workers, self.zones) + self.beside
        return self.nodes_away

    def workers(self, carrying: int) -> int:
        """Return how many workers there must be so that `carrying` of them are left."""
        if self.loses_zone:
            needed = up(carrying + self.beside, self.zones - 1) * self.zones
        else:
            needed = carrying + self.nodes_away
        return up(max(self.least, needed), self.zones) * self.zones

    def text(self, carrying: int) -> str:
        """Return how the number of workers came about."""
        parts = [f"{carrying} that carry"]
        if self.loses_zone:
            parts.append(f"room for a lost zone of {self.zones}" + " and a node" * self.beside)
        elif self.nodes_away:
            parts.append(f"{self.nodes_away} that may be away")
        even = f", as many in each of {self.zones} places" if self.zones > 1 else ""
        return f"{' + '.join(parts)}; at least {self.least}{even}"


def spare(design: Design, wish: Wish) -> Spare:
    """Take a design whose workers grow in number, and what is wanted of it; return what is kept spare."""
    zones = {"zones": max(3, wish.zones), "one_site": max(2, wish.sites)}.get(design.spread, 1)
    least = max(design.group("work").counts[0], zones, wish.nodes_away + 1)
    if wish.storage == "longhorn":
        least = max(least, figures()["storage"]["longhorn"]["nodes"])
    return Spare(wish.nodes_away, wish.survives_site, zones, least)
