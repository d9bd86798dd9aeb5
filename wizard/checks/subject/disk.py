"""Disks: room, kind, and how they are mounted where a node writes."""

from wizard.checks.check import check
from wizard.checks.finding import Said, fail, ok, skipped, warn
from wizard.checks.seen import container, data_dir, file_system, listed, number
from wizard.hosts.facts import Facts
from wizard.profiles import profile
from wizard.spec.models import Node, Spec

KUBELET = "/var/lib/kubelet"
WRITTEN = ("/", "/etc", "/run", "/tmp", "/usr/local", "/var/log")  # noqa: S108 - only looked at
REMOTE = frozenset(
    (
        "nfs",
        "nfs4",
        "cifs",
        "smb2",
        "smb",
        "fuseblk",
        "fuse",
        "9p",
        "afs",
        "ceph",
        "glusterfs",
        "lustre",
        "gfs/gfs2",
        "unreachable",
    )
)


@check(
    "disk.room",
    "Room for images",
    group="disk",
    severity="must",
    why="A disk that fills up while images are unpacked leaves a node that neither starts nor tells why.",
    source="RKE2 release archives, three times their size once unpacked",
)
def room(node: Node, facts: Facts, spec: Spec) -> Said:
    place = data_dir(spec, node.role)
    there = file_system(facts, place)
    if there is None or not there.size_mib:
        return skipped(f"the room under {place} was not told", next_move=f"Look by hand: `df -h {place}`.")
    need = 0 if facts.first("x.left.marker") else _images_mib(node, facts)
    saw = f"{there.free_mib} MiB free of {there.size_mib} MiB for {place}"
    if there.free_mib >= need:
        return ok(saw)
    return fail(
        saw,
        wanted=f"{need} MiB free for the images of a {node.role}",
        next_move=f"Free {need - there.free_mib} MiB on {node.name}, or give {place} a larger disk.",
    )


@check(
    "disk.pressure",
    "Disks are not full",
    group="disk",
    severity="should",
    why="The kubelet evicts pods and deletes images when little of the disk is free.",
    source="Kubernetes documentation, Node-pressure eviction",
)
def pressure(node: Node, facts: Facts, spec: Spec) -> Said:
    least = profile("requirements")["free_percent"]
    full = []
    for path in ("/", "/var/log", KUBELET, data_dir(spec, node.role)):
        there = file_system(facts, path)
        if there and there.size_mib and there.free_mib * 100 < least * there.size_mib:
            full.append(f"{path} ({there.free_mib * 100 // there.size_mib} % free)")
    if not full:
        return ok(f"more than {least} % free everywhere")
    return fail(
        listed(full),
        wanted=f"{least} % free",
        next_move=f"Free space on {node.name}: `du -xh --max-depth=2 PATH | sort -h | tail` shows who holds it.",
    )


@check(
    "disk.size",
    "Size of the disk",
    group="disk",
    severity="note",
    why="Images, logs, snapshots and pods' own files grow with use.",
    source="RKE2 documentation: the vendor's test machines",
)
def size(node: Node, facts: Facts, spec: Spec) -> Said:
    if kind := container(facts):
        return skipped(f"a container ({kind}): the disk is its host's", next_move="Look at the host's disk.")
    place, advised = data_dir(spec, node.role), profile("requirements")["disk_mib"]["advised"]
    there = file_system(facts, place)
    if there is None or there.size_mib >= advised:
        return ok(f"{there.size_mib} MiB" if there else "not told")
    return warn(
        f"{there.size_mib} MiB for {place}", wanted=f"{advised} MiB", next_move=f"Plan a larger disk for {place}."
    )


@check(
    "disk.inodes",
    "Inodes",
    group="disk",
    severity="should",
    why="Images are tens of thousands of small files: a disk without inodes is full however much room it has.",
    source="containerd's overlayfs snapshotter",
)
def inodes(node: Node, facts: Facts, spec: Spec) -> Said:
    least = profile("requirements")["inodes_free"]
    there = file_system(facts, data_dir(spec, node.role))
    if there is None or not there.inodes:
        return ok("made as needed")  # btrfs and xfs have no fixed number
    if there.inodes_free >= least:
        return ok(f"{there.inodes_free} free")
    return fail(
        f"{there.inodes_free} of {there.inodes} free",
        wanted=f"{least} free",
        next_move=f"Delete small files under {there.path}, or make its file system anew with more inodes.",
    )


@check(
    "disk.writable",
    "Places to write",
    group="disk",
    severity="must",
    why="A file system that the kernel turned read-only after an error stops everything.",
    source="RKE2 install.sh; kubelet",
)
def writable(node: Node, facts: Facts, spec: Spec) -> Said:
    looked = [file_system(facts, path) for path in (*WRITTEN, KUBELET, data_dir(spec, node.role))]
    closed = [there.path for there in looked if there and not there.writable]
    # install.sh takes /opt/rke2 where /usr/local can't be written to.
    other = file_system(facts, "/opt")
    if other and other.writable:
        closed = [path for path in closed if path != "/usr/local"]
    if not any(looked):
        return skipped("the file systems were not told", next_move=f"Look by hand on {node.name}: `findmnt`.")
    if not closed:
        return ok("all writable")
    return fail(
        f"read-only: {listed(closed)}",
        wanted="writable",
        next_move=f"Look for disk errors in `dmesg` on {node.name}; then `mount -o remount,rw {closed[0]}`.",
    )


@check(
    "disk.exec",
    "Programs may run",
    group="disk",
    severity="must",
    why="RKE2 unpacks its programs into the data folder and runs them there; volumes under the kubelet's run too.",
    source="RKE2 sources: data/TAG-HASH/bin",
)
def executable(node: Node, facts: Facts, spec: Spec) -> Said:
    places = (data_dir(spec, node.role), KUBELET, "/usr/local")
    barred = {
        mount.path for path in places if (mount := facts.mount_of(path)) is not None and "noexec" in mount.options
    }
    if not barred:
        return ok("nothing is mounted noexec")
    return fail(
        f"noexec: {listed(sorted(barred))}",
        wanted="mounted without noexec",
        next_move=f"Run `mount -o remount,exec {sorted(barred)[0]}` there and take noexec out of /etc/fstab.",
    )


@check(
    "disk.local",
    "Data is on a local disk",
    group="disk",
    severity="must",
    why="etcd and containerd lose data on network file systems; overlay does not work on most of them.",
    source="etcd documentation, Hardware; kernel documentation, overlayfs",
)
def local(node: Node, facts: Facts, spec: Spec) -> Said:
    there = file_system(facts, data_dir(spec, node.role))
    # A trial's container may have it in memory; a machine would lose it at each boot.
    if there is None or there.kind not in REMOTE | {"tmpfs"} or (there.kind == "tmpfs" and container(facts)):
        return ok(there.kind if there else "not told")
    return fail(
        f"{there.path} is on {there.kind}",
        wanted="a local file system: ext4, xfs or btrfs",
        next_move=f"Mount a local disk at {there.path}, or set options.{node.role}.data-dir to a place on one.",
    )


@check(
    "disk.xfs",
    "File types in XFS",
    group="disk",
    severity="must",
    why="overlay does not work on XFS that was made without ftype=1.",
    source="Kernel documentation, overlayfs",
)
def xfs(node: Node, facts: Facts, spec: Spec) -> Said:
    if facts.first("x.xfs") != "ftype=0":
        return ok(facts.first("x.xfs") or "not XFS, or a new one")
    return fail(
        "XFS with ftype=0",
        wanted="ftype=1",
        next_move=f"Make the file system of {data_dir(spec, node.role)} anew, which empties it: `mkfs.xfs -n ftype=1`.",
    )


def _images_mib(node: Node, facts: Facts) -> int:
    told = facts.first("x.images_mib")
    return number(told) if told else int(profile("requirements")["online_images_mib"][node.role])
