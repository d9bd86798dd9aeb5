"""What a machine has, held against what the design wants of it."""

from wizard.design.nodes.entry import NodeEntry
from wizard.design.nodes.wish import Wish
from wizard.hosts.facts import Facts

DATA = "/var/lib/rancher"
# NVIDIA and AMD, by pci-ids.ucw.cz: other graphics processors are those of consoles and virtual machines.
GPU_VENDORS = ("0x10de", "0x1002")
# Firmware and kernel keep some memory, a file system some of the disk: a machine of 8 GiB reports less.
ENOUGH = 0.9


def lacking(facts: Facts, wish: Wish) -> str:
    """Return what a machine has less of than is wanted, `2 CPUs of 4, 1.9 GiB of memory of 8`; "" when nothing."""
    mount = facts.mount_of(DATA)
    short = []
    if facts.cpus and facts.cpus < wish.cpus:
        short.append(f"{facts.cpus} CPUs of {wish.cpus}")
    if facts.memory_mib and facts.memory_mib < wish.memory_mib * ENOUGH:
        short.append(f"{gib(facts.memory_mib)} GiB of memory of {gib(wish.memory_mib)}")
    if mount and mount.size_mib < wish.disk_gib * 1024 * ENOUGH:
        short.append(f"{gib(mount.size_mib)} GiB of disk at {DATA} of {wish.disk_gib}")
    return ", ".join(short)


def summary(facts: Facts) -> str:
    """Return a machine in few words: `4 CPUs, 7.8 GiB, 39.2 GiB free at /var/lib/rancher`."""
    mount = facts.mount_of(DATA)
    disk = f", {gib(mount.free_mib)} GiB free at {DATA}" if mount else ""
    return f"{facts.cpus} CPUs, {gib(facts.memory_mib)} GiB{disk}"


def has_gpu(entry: NodeEntry, facts: Facts | None) -> bool:
    """Tell whether a node has a GPU for workloads: its line says so, or the machine was seen to have one."""
    if any("gpu" in word for word in (entry.name or "", entry.address, *entry.labels)):
        return True
    return facts is not None and any(line.startswith(GPU_VENDORS) for line in facts.lists.get("x.gpu", ()))


def gib(mib: int) -> str:
    """Return MiB as GiB, with a decimal where it is not whole."""
    return f"{mib / 1024:.1f}".removesuffix(".0")
