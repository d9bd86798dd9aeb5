"""How fast the disk under etcd syncs small writes."""

from wizard.checks.check import check
from wizard.checks.finding import Said, fail, ok, skipped, warn
from wizard.checks.seen import data_dir, etcd_dir, file_system, keeps_etcd, number
from wizard.hosts.facts import Facts
from wizard.profiles import profile
from wizard.spec.models import Node, Spec


@check(
    "disk.fsync",
    "etcd's disk",
    group="disk",
    severity="should",
    why="etcd answers only after a sync; slow syncs delay heartbeats, and members elect a new leader again and again.",
    source="etcd documentation, Hardware: p99 of synced writes of 2300 bytes below 10 ms",
)
def fsync(node: Node, facts: Facts, spec: Spec) -> Said:
    if not keeps_etcd(node, spec):
        return ok("no etcd here")
    limits = profile("requirements")["fsync_p99_ms"]
    tool, *figures = (facts.first("x.fsync") or "none").split()
    place = etcd_dir(spec, node.role)
    if tool == "busy":
        return ok("not measured: etcd runs here, and would wait for it")
    there = file_system(facts, data_dir(spec, node.role))
    if there and there.kind == "tmpfs":
        return ok("in memory: nothing waits for a disk")
    if len(figures) != 4:
        return skipped(
            "too few writes were done to tell",
            next_move="Measure by hand: `fio --rw=write --ioengine=sync --fdatasync=1 --size=22m --bs=2300"
            f" --directory={place}`.",
        )
    writes, p50, p99 = (number(figure) for figure in figures[:3])
    saw = f"p50 {p50 / 1000:.1f} ms, p99 {p99 / 1000:.1f} ms ({tool}, {writes} writes)"
    wanted = f"p99 below {limits['good']} ms"
    move = f"Put {place} on an SSD or NVMe of its own, away from other writers."
    if p99 < limits["good"] * 1000:
        return ok(saw)
    return (warn if p99 < limits["bad"] * 1000 else fail)(saw, wanted=wanted, next_move=move)
