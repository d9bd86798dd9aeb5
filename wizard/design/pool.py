"""Machines of one kind in a sized design."""

from collections.abc import Mapping
from dataclasses import dataclass

from wizard.design.amount import count
from wizard.design.design import Duty

_NOUNS = ("server", "agent", "worker", "node")
_RUNS: dict[Duty, str] = {"etcd": "etcd", "control": "control plane", "work": "applications"}


@dataclass(frozen=True, slots=True)
class Pool:
    """Machines that are alike; sizes are of one of them."""

    role: str
    """server or agent for RKE2 and RancherD; RKE1's own words for RKE1."""
    count: int
    cpus: int
    memory_mib: int
    disk_gib: int
    """System disk: images, logs, and on servers etcd with its snapshots."""
    data_gib: int
    """A disk of its own for applications' data; 0 where none is needed."""
    duties: frozenset[Duty]
    """What runs on it: etcd, the control plane, applications."""
    labels: Mapping[str, str]
    taints: tuple[str, ...]
    why: str
    gpu: bool = False

    @property
    def manages(self) -> bool:
        """Tell whether it runs etcd or the control plane."""
        return not self.duties.isdisjoint(("etcd", "control"))

    @property
    def works(self) -> bool:
        """Tell whether it runs applications."""
        return "work" in self.duties

    def named(self, number: int) -> str:
        """Return a number of its machines in words: `2 agents`, `5 etcd nodes`."""
        noun = self.role if self.role in _NOUNS else f"{self.role} node"
        return count(number, f"GPU {noun}" if self.gpu else noun)

    @property
    def runs(self) -> str:
        """What runs on it, in a few words."""
        return ", ".join(word for duty, word in _RUNS.items() if duty in self.duties)
