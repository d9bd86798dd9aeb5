"""What the ways to the nodes carry: assumed at first, then as it was measured when files were last moved."""

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from wizard.bundle.spread.sources import HERE
from wizard.files import write_private
from wizard.profiles import profile

FILE = "rates.json"
SLICE_S = 4.0
ENOUGH_BYTES = 64 << 20
"""Less than this says nothing of a way: it was over before the link was full."""


@dataclass(frozen=True, slots=True)
class Rates:
    """In Mbit/s: all that leaves from here, and one node to another; `measured` says which of the two was seen."""

    here_mbit: float
    node_mbit: float
    measured: tuple[str, ...] = ()

    @classmethod
    def known(cls, state: Path) -> "Rates":
        """Return what was measured at this cluster, kept in its `state`; what was not is assumed."""
        assumed, seen = profile("spread"), _kept(state)
        found = {name: seen.get(name) or float(assumed[name]) for name in ("here_mbit", "node_mbit")}
        return cls(found["here_mbit"], found["node_mbit"], tuple(seen))

    @property
    def words(self) -> str:
        """Both rates as a plan shows them."""
        here, node = ("measured" if name in self.measured else "assumed" for name in ("here_mbit", "node_mbit"))
        return f"at {self.here_mbit:.0f} Mbit/s from here ({here}), {self.node_mbit:.0f} between nodes ({node})"


@dataclass(slots=True)
class Meter:
    """Adds up what is moved, in slices of time: the fullest slice is what a link carries."""

    moved: Counter[str] = field(default_factory=Counter)
    """Bytes by giver."""
    slices: Counter[tuple[str, int]] = field(default_factory=Counter)

    def count(self, giver: str, size_bytes: int) -> None:
        """Note that bytes have come from a node, or from here."""
        self.moved[giver] += size_bytes
        self.slices[giver, int(time.monotonic() / SLICE_S)] += size_bytes

    def keep(self, state: Path) -> None:
        """Keep in `state` what has been measured well enough; a disk that takes no more is no reason to stop."""
        full = {"here_mbit": self._fullest(here=True), "node_mbit": self._fullest(here=False)}
        seen = _kept(state) | {name: mbit for name, mbit in full.items() if mbit}
        try:
            write_private(state / FILE, json.dumps(seen).encode())
        except OSError:
            return

    def _fullest(self, *, here: bool) -> float:
        known = {giver for giver, count in self.moved.items() if count >= ENOUGH_BYTES and (giver == HERE) == here}
        most = max((count for (giver, _), count in self.slices.items() if giver in known), default=0)
        return round(most * 8 / SLICE_S / 1e6, 1)


def _kept(state: Path) -> dict[str, float]:
    try:
        seen = json.loads((state / FILE).read_text())
        return {name: float(seen[name]) for name in ("here_mbit", "node_mbit") if float(seen.get(name, 0)) > 0}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
