"""What the nodes of a list are held against: the design's pools, and what the operator set by key."""

from collections.abc import Mapping, Sequence
from typing import Protocol


class Wish(Protocol):
    """A pool of alike nodes that the design wants, as sizing gives it."""

    @property
    def role(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def cpus(self) -> int: ...
    @property
    def memory_mib(self) -> int: ...
    @property
    def disk_gib(self) -> int: ...
    @property
    def labels(self) -> Mapping[str, str]: ...
    @property
    def taints(self) -> Sequence[str]: ...


class Change(Protocol):
    """What the operator set for a node by key; None where nothing was."""

    @property
    def name(self) -> str | None: ...
    @property
    def role(self) -> str | None: ...
    @property
    def zone(self) -> str | None: ...


def for_gpu(wish: Wish) -> bool:
    """Tell whether a pool is for nodes with GPUs: its labels or taints say so."""
    return any("gpu" in word.lower() for word in (*wish.labels, *wish.taints))
