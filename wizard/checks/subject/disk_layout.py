"""Which disk is under what: fast enough for etcd, and not filled up by logs."""

from wizard.checks.check import check
from wizard.checks.finding import Said, ok, warn
from wizard.checks.seen import container, data_dir, disk, etcd_dir, file_system, keeps_etcd, listed, number
from wizard.hosts.facts import Facts
from wizard.profiles import profile
from wizard.spec.models import Node, Spec


@check(
    "disk.kind",
    "Kind of disk",
    group="disk",
    severity="should",
    why="etcd waits for the disk at each change; a turning disk answers too late under load.",
    source="RKE2 documentation, Requirements, Disks; etcd documentation, Hardware",
)
def kind(node: Node, facts: Facts, spec: Spec) -> Said:
    under = disk(facts, data_dir(spec, node.role))
    if not keeps_etcd(node, spec) or under.kind != "turning" or container(facts):
        return ok((under.words or "not told") if keeps_etcd(node, spec) else "no etcd here")
    measured = facts.first("x.fsync").split()
    good = profile("requirements")["fsync_p99_ms"]["good"]
    if len(measured) == 5 and number(measured[3]) < good * 1000:
        return ok(f"{under.name} is said to turn, but it syncs as an SSD does")  # hypervisors call every disk so
    return warn(
        f"{under.name} is a turning disk",
        wanted="an SSD or NVMe for etcd",
        next_move=f"Put {etcd_dir(spec, node.role)} on an SSD.",
    )


@check(
    "disk.separate",
    "File systems of their own",
    group="disk",
    severity="note",
    why="Logs and images that fill the file system up stop etcd with them, and the system too.",
    source="CIS benchmarks for Linux: a partition of its own for /var/log; etcd documentation, Hardware",
)
def separate(node: Node, facts: Facts, spec: Spec) -> Said:
    data = data_dir(spec, node.role)
    places = (
        "/",
        "/var/log",
        "/var/lib/kubelet",
        data,
        *((etcd_dir(spec, node.role),) if keeps_etcd(node, spec) else ()),
    )
    mounts = {path: mount.path for path in places if (mount := facts.mount_of(path)) is not None}
    own = sorted({path for path in mounts.values() if path != "/"})
    shares_logs = mounts.get(data) is not None and mounts.get(data) == mounts.get("/var/log")
    there, roomy = file_system(facts, data), profile("requirements")["disk_mib"]["shared"]
    if not shares_logs or there is None or there.size_mib >= roomy or container(facts):
        return ok(f"of their own: {listed(own)}" if own else "one for everything" if mounts else "not told")
    return warn(
        f"{data} and /var/log share {mounts[data]}, of {there.size_mib} MiB",
        wanted=f"file systems of their own, or one of {roomy} MiB at least",
        next_move=f"Mount a disk at {data} on {node.name}, or plan a larger one.",
    )
