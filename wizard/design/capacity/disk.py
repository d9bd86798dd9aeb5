"""Disks: the system's own, and those for applications' data."""

from collections.abc import Iterator

from wizard.design.amount import count
from wizard.design.capacity.figures import figures, up
from wizard.design.capacity.layout import Layout
from wizard.design.capacity.line import YOURS, Line
from wizard.design.capacity.node_size import next_size
from wizard.design.design import Group
from wizard.design.wish import Wish


def system_disk(group: Group, wish: Wish, plan: Layout) -> tuple[int, tuple[Line, ...]]:
    """Take a group of a design; return the GiB of each machine's system disk, and how they came about."""
    parts = list(_parts(group, wish, plan))
    disk = figures()["disk"]
    used = sum(gib for gib, _, _, _ in parts)
    size = max(group.disk_gib, next_size("disk_gib", up(used * 100, disk["full_percent"])))
    lines = [Line(f"{what} on each {group.role}", how, f"{gib} GiB", source) for gib, what, how, source in parts]
    text = f"{used} GiB of these / {disk['full_percent']} % that may be filled, as disks come"
    lines.append(Line(f"System disk of each {group.role}", text, f"{size} GiB", disk["full_source"]))
    return size, tuple(lines)


def _parts(group: Group, wish: Wish, plan: Layout) -> Iterator[tuple[int, str, str, str]]:
    """Yield what lies on a system disk: its GiB, what it is, how it was reckoned, whose figure it is."""
    data, disk = figures(), figures()["disk"]
    yield disk["os"]["gib"], "System", "kept free for it", disk["os"]["source"]
    yield disk["images"]["gib"], "Images", "kept free for them", disk["images"]["source"]
    if "work" in group.duties:
        each = disk["log_mib_per_pod"]
        yield up(plan.pods * each, 1024), "Logs", f"{count(plan.pods, 'pod')} × {each} MiB", disk["log_source"]
        if wish.monitoring:
            monitoring = data["monitoring"]
            yield monitoring["disk_gib"], "Prometheus", "may land on any", monitoring["disk_source"]
    if "etcd" in group.duties:
        yield disk["etcd"]["gib"], "etcd", "kept free for it", disk["etcd"]["source"]
        each, kept = disk["snapshot_gib"], wish.snapshots_kept
        yield kept * each, "Snapshots", f"{kept} kept × {each} GiB", disk["snapshot_source"]


def data_disks(wish: Wish, workers: int) -> tuple[int, tuple[Line, ...]]:
    """Return the GiB that all `workers` of a cluster need for applications' data, and how they came about.

    No node holds two copies of the same data, so there are no more copies than workers.
    """
    if wish.storage not in ("local-path", "longhorn"):
        return 0, ()
    grown = up(wish.data_gib * (100 + wish.growth_percent), 100)
    lines = [Line("Data, with growth", f"{wish.data_gib:,} × {100 + wish.growth_percent} %", f"{grown:,} GiB", YOURS)]
    if wish.storage == "local-path":
        return grown, tuple(lines)
    longhorn = figures()["storage"]["longhorn"]
    copies, free = min(workers, longhorn["replicas"]), longhorn["free_percent"]
    total = up(grown * copies * 100, 100 - free)
    text = f"{grown:,} × {'1 copy' if copies == 1 else f'{copies} copies'} / {100 - free} % that may be filled"
    if wish.nodes_away and copies > 1:
        # As if three nodes held all of it: the two that are left take over what the third one held.
        total = up(total * 3, 2)
        text += ", × 3/2 to rebuild a lost node's copies"
    lines.append(Line("Disks for Longhorn", text, f"{total:,} GiB", longhorn["source"]))
    return total, tuple(lines)
