"""Counts and sizes of machines for a design, with the arithmetic that leads to them."""

from dataclasses import dataclass, replace

from wizard.design.capacity.demand import demand
from wizard.design.capacity.disk import data_disks, system_disk
from wizard.design.capacity.figures import up
from wizard.design.capacity.gpu import gpu_line, gpu_pool
from wizard.design.capacity.layout import Layout, layout
from wizard.design.capacity.line import Line
from wizard.design.capacity.node_size import group_size
from wizard.design.design import Design, Group
from wizard.design.pool import Pool
from wizard.design.wish import Wish


@dataclass(frozen=True, slots=True)
class Sizing:
    """What a design comes to for a load. Pools are those of one cluster; `clusters` says how many there are."""

    pools: tuple[Pool, ...]
    lines: tuple[Line, ...]
    clusters: int
    pods_per_node: int
    """Most pods that a node may run, the system's among them."""
    pods_on_node: int
    """Pods that a worker carries when as many are away as must be survived."""
    left: int
    """Workers that carry everything then."""
    node_mask: int
    data_gib: int
    """Space for applications' data over one cluster, copies included."""

    @property
    def nodes(self) -> int:
        """Machines of one cluster."""
        return sum(pool.count for pool in self.pools)

    @property
    def machines(self) -> int:
        """Machines of all clusters."""
        return self.clusters * self.nodes

    @property
    def servers(self) -> int:
        """Machines of all clusters that run etcd or the control plane."""
        return self.clusters * sum(pool.count for pool in self.pools if pool.manages)

    @property
    def workers(self) -> int:
        """Machines of one cluster that run applications; those with GPUs are not counted."""
        return sum(pool.count for pool in self.pools if pool.works and not pool.gpu)

    @property
    def cpus(self) -> int:
        """Cores of all machines."""
        return self.clusters * sum(pool.count * pool.cpus for pool in self.pools)

    @property
    def memory_mib(self) -> int:
        """Memory of all machines."""
        return self.clusters * sum(pool.count * pool.memory_mib for pool in self.pools)

    @property
    def disk_gib(self) -> int:
        """System disks of all machines, without those for applications' data."""
        return self.clusters * sum(pool.count * pool.disk_gib for pool in self.pools)


def size(design: Design, wish: Wish) -> Sizing:
    """Take a design and what is wanted of it; return what it comes to."""
    if design.distribution == "rancherd":
        wish = replace(wish, rancher=True)  # it brings Rancher along, whatever was answered
    load = demand(design, wish)
    plan = layout(design, wish, load)
    data, data_lines = data_disks(wish, plan.workers)
    sized = [_pool(group, wish, plan, data) for group in design.groups]
    pools, lines = [pool for pool, _ in sized], [line for _, some in sized for line in some]
    work = next(pool for pool in pools if pool.works)
    gpu = gpu_pool(work, "worker" if design.distribution == "rke1" else "agent", wish)
    if gpu:
        pools.append(gpu)
        lines.append(gpu_line(wish))
    return Sizing(
        pools=tuple(pools),
        lines=(*load.lines, *plan.lines, *lines, *data_lines),
        clusters=plan.clusters,
        pods_per_node=wish.pods_per_node,
        pods_on_node=up(load.pods, plan.left),
        left=plan.left,
        node_mask=wish.node_mask,
        data_gib=data,
    )


def _pool(group: Group, wish: Wish, plan: Layout, data_gib: int) -> tuple[Pool, tuple[Line, ...]]:
    found = group_size(group, wish, plan)
    disk, disk_lines = system_disk(group, wish, plan)
    pool = Pool(
        role=group.role,
        count=plan.workers if group.grows else plan.managers[group.role],
        cpus=found.cpus,
        memory_mib=found.memory_mib,
        disk_gib=disk,
        data_gib=up(data_gib, plan.workers) if "work" in group.duties else 0,
        duties=group.duties,
        labels={},
        taints=group.taints,
        why=group.note,
    )
    return pool, (*found.lines, *disk_lines)
