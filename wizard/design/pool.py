"""Machines of one kind in a sized design."""

from dataclasses import dataclass


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
    manages: bool
    """It runs etcd or the control plane."""
    works: bool
    """It runs applications."""
    labels: tuple[str, ...]
    taints: tuple[str, ...]
    why: str
    gpu: bool = False
