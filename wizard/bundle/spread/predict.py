"""How long files take to all nodes, from here alone and from node to node; and which of the two it will be."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from wizard.bundle.spread.rates import Rates
from wizard.profiles import profile
from wizard.times import duration

AT_ONCE = 100
"""Nodes that get files together: each costs a command on its connection, and little else."""

Way = Literal["star", "fan-out", "registry"]


@dataclass(frozen=True, slots=True)
class Prediction:
    """Predicted seconds of both ways for `bytes_by_node`, which still lack so much."""

    bytes_by_node: Mapping[str, int]
    rates: Rates

    @property
    def total_bytes(self) -> int:
        return sum(self.bytes_by_node.values())

    @property
    def star_s(self) -> float:
        """Everything leaves from here, whatever the batches: its link is what they share."""
        return _seconds(self.total_bytes, self.rates.here_mbit)

    @property
    def fan_out_s(self) -> float:
        """A node hands on each piece as it comes; those of a later wave get theirs from nodes that are whole."""
        nodes, most = len(self.bytes_by_node), max(self.bytes_by_node.values(), default=0)
        waves = math.ceil(nodes / AT_ONCE)
        known = profile("spread")
        first = _seconds(most, min(self.rates.here_mbit, self.rates.node_mbit))
        later = _seconds(most, self.rates.node_mbit) * max(0, waves - 1)
        return float(known["setup_s"]) + first + later + min(nodes, AT_ONCE) * float(known["hop_s"])

    @property
    def pulled_s(self) -> float:
        """Where only one node gets the images, those that have pulled them double with each round."""
        nodes, most = len(self.bytes_by_node), max(self.bytes_by_node.values(), default=0)
        return math.ceil(math.log2(max(1, nodes))) * _seconds(most, self.rates.node_mbit)

    @property
    def quicker(self) -> Way:
        """Return the way to go: from node to node only where that is worth its doors."""
        worth = float(profile("spread")["worth_s"])
        return "fan-out" if self.fan_out_s + worth < self.star_s else "star"

    def note(self, way: Way) -> str:
        """Say what is to be moved, how, and how long both ways take."""
        each = max(self.bytes_by_node.values(), default=0)
        nodes = len(self.bytes_by_node)
        what = f"Release files, up to {size(each)} to {nodes} node{'s' if nodes > 1 else ''}"
        star, fan_out = f"about {duration(self.star_s)}", f"about {duration(self.fan_out_s)}"
        if way == "registry":
            pulled = f"at least {duration(self.pulled_s)}"
            return (
                f"{what}, {star}: images to the first server only, the others pull them from it and from each other, "
                f"{pulled}, {self.rates.words}."
            )
        if way == "fan-out":
            return f"{what}: they hand them on to each other, {fan_out}; from here to each, {star}, {self.rates.words}."
        return f"{what}: from here to each, {star}; handed on from node to node, {fan_out}, {self.rates.words}."


def size(count: int) -> str:
    """Return bytes as MiB or GiB."""
    return f"{count / (1 << 30):.1f} GiB" if count >= 1 << 30 else f"{math.ceil(count / (1 << 20))} MiB"


def _seconds(count: int, mbit: float) -> float:
    return count * 8 / (mbit * 1e6)
