"""Who has how much of which file, and who gives to whom just now: from that follows whom a node asks."""

from collections import Counter
from dataclasses import dataclass, field

HERE = ""
"""The jump host among the sources."""
HERE_AT_ONCE = 1
"""Nodes that are given from here together, as long as others can give: what one gets at full rate, all soon have."""
HERE_AT_MOST = 4
"""And when nobody else can."""


@dataclass(slots=True)
class Sources:
    """The state of one spread; nodes and files are known by name and sha256. Pure: it never waits."""

    has: dict[tuple[str, str], int] = field(default_factory=dict)
    """Bytes of a file on a node."""
    giver: dict[str, str] = field(default_factory=dict)
    """From whom a node gets something just now."""
    getting: dict[str, str] = field(default_factory=dict)
    """The file that it gets."""
    refused: set[tuple[str, str]] = field(default_factory=set)
    """Node and giver that do not come together."""

    def choose(self, node: str, file: str, size_bytes: int, *, urgent: bool = False, alone: bool = False) -> str | None:
        """Return whom `node` should get a file from; None while all that have more of it are taken.

        A node that has it whole comes first, then the jump host, then one that is getting it itself: pieces are
        handed on as they come. `urgent` overlooks how many get theirs from the jump host; one that is `alone` can get
        it from there only.
        """
        load = Counter(self.giver.values())
        have = self.has.get((node, file), 0)
        ranked: list[tuple[int, int, int, str]] = []
        if load[HERE] < (HERE_AT_MOST if urgent else HERE_AT_ONCE):
            ranked.append((1, 0, 0, HERE))
        for (name, held), count in () if alone else self.has.items():
            if held != file or name == node or load[name] or (node, name) in self.refused:
                continue
            if count >= size_bytes:
                ranked.append((0, 0, 0, name))
            elif self.getting.get(name) == file and count >= have and self._comes_from_elsewhere(name, node):
                ranked.append((2, -count, self._hops(name), name))
        return min(ranked)[-1] if ranked else None

    def begin(self, node: str, giver: str, file: str) -> None:
        """Note that `node` gets a file from `giver`, until `end`."""
        self.giver[node], self.getting[node] = giver, file
        self.has.setdefault((node, file), 0)

    def end(self, node: str) -> None:
        """Note that `node` gets nothing just now."""
        self.giver.pop(node, None)
        self.getting.pop(node, None)

    def part(self, node: str, giver: str) -> None:
        """Never let these two come together again."""
        self.refused.add((node, giver))

    def lose(self, node: str) -> None:
        """Forget what a node has: it can't give any of it."""
        self.has = {key: count for key, count in self.has.items() if key[0] != node}

    def _comes_from_elsewhere(self, name: str, node: str) -> bool:
        """False when what `name` gets comes, by however many hands, from `node`: both would wait for ever."""
        while name in self.giver:
            name = self.giver[name]
            if name == node:
                return False
        return True

    def _hops(self, name: str) -> int:
        hops = 0
        while name in self.giver:
            name, hops = self.giver[name], hops + 1
        return hops
