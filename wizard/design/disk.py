"""Disks: the system's own, and those for applications' data."""

from wizard.design.amount import count
from wizard.design.design import Group
from wizard.design.layout import Layout
from wizard.design.line import YOURS, Line, figures, up
from wizard.design.node_size import next_size
from wizard.design.wish import Wish


def system_disk(group: Group, wish: Wish, plan: Layout) -> tuple[int, Line]:
    """Take a group of a design; return the GiB of each machine's system disk, and how they came about."""
    disk = figures()["disk"]
    parts = [(disk["os"]["gib"], "system"), (disk["images"]["gib"], "images")]
    sources = [disk["os"]["source"], disk["images"]["source"]]
    if "work" in group.duties:
        parts.append((up(plan.pods * disk["log_mib_per_pod"], 1024), f"logs of {count(plan.pods, 'pod')}"))
        sources.append(disk["log_source"])
        if wish.monitoring:
            parts.append((figures()["monitoring"]["disk_gib"], "Prometheus"))
            sources.append(figures()["monitoring"]["disk_source"])
    if "etcd" in group.duties:
        parts.append((disk["etcd"]["gib"], "etcd"))
        parts.append((wish.snapshots_kept * disk["snapshot_gib"], count(wish.snapshots_kept, "snapshot")))
        sources += [disk["etcd"]["source"], disk["snapshot_source"]]
    need = up(sum(gib for gib, _ in parts) * 100, disk["full_percent"])
    size = max(group.disk_gib, next_size("disk_gib", need))
    text = " + ".join(f"{gib} {what}" for gib, what in parts)
    return size, Line(
        f"System disk of each {group.role}", f"({text}) / {disk['full_percent']} % = {need}", f"{size} GiB",
        "; ".join([*sources, disk["full_source"]]),
    )  # fmt: skip


def data_disks(wish: Wish) -> tuple[int, tuple[Line, ...]]:
    """Return the GiB that one cluster needs for applications' data, copies included, and how they came about."""
    if wish.storage not in ("local-path", "longhorn"):
        return 0, ()
    grown = up(wish.data_gib * (100 + wish.growth_percent), 100)
    lines = [Line("Data, with growth", f"{wish.data_gib:,} × {100 + wish.growth_percent} %", f"{grown:,} GiB", YOURS)]
    if wish.storage == "local-path":
        return grown, tuple(lines)
    longhorn = figures()["storage"]["longhorn"]
    copies, free = longhorn["replicas"], longhorn["free_percent"]
    total = up(grown * copies * 100, 100 - free)
    text = f"{grown:,} × {copies} copies / {100 - free} % that may be filled"
    if wish.nodes_away:
        # As if three nodes held all of it: the two that are left take over what the third one held.
        total = up(total * 3, 2)
        text += ", × 3/2 to rebuild a lost node's copies"
    lines.append(Line("Disks for Longhorn", text, f"{total:,} GiB", longhorn["source"]))
    return total, tuple(lines)
