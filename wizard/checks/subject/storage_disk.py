"""The folder on a node that keeps the volumes of applications: its file system, its room, its disk."""

from collections.abc import Callable

from wizard.checks.check import check
from wizard.checks.finding import Said, fail, ok, warn
from wizard.checks.seen import FileSystem, data_dir, disk, file_system, listed
from wizard.checks.wanted_storage import Wanted, wanted
from wizard.hosts.facts import Facts
from wizard.spec.models import Node, Spec

PRACTICE = "Longhorn documentation, Best practices"
_TITLES = {"ext2/ext3": "ext4"}


def _of_folder(judge: Callable[[Wanted, FileSystem, Node, Facts, Spec], Said]) -> Callable[[Node, Facts, Spec], Said]:
    """Let a node that keeps no volumes, or did not tell of their folder, be judged ok."""

    def judged(node: Node, facts: Facts, spec: Spec) -> Said:
        needs = wanted(spec, node)
        there = file_system(facts, needs.path) if needs and needs.path else None
        if needs is None or there is None:
            return ok("no volumes are kept here" if needs is None or not needs.path else "not told")
        return judge(needs, there, node, facts, spec)

    return judged


@check(
    "storage.file_system",
    "File system of volumes",
    group="storage",
    severity="should",
    why="Longhorn keeps volumes as files with holes, and asks the file system where these are.",
    source="Longhorn documentation, Installation requirements: file extents",
)
@_of_folder
def kind(needs: Wanted, there: FileSystem, node: Node, facts: Facts, spec: Spec) -> Said:
    titles = listed(_TITLES.get(name, name) for name in needs.file_systems)
    if there.writable and (not needs.file_systems or there.kind in needs.file_systems):
        return ok(f"{_TITLES.get(there.kind, there.kind)} under {needs.path}")
    return fail(
        f"{there.kind} under {needs.path}" if there.writable else f"{needs.path} is read-only",
        wanted=f"a writable file system{f': {titles}' if titles else ''}",
        next_move=f"Mount a disk with one at {needs.path} on {node.name}, or set storage.path to a place on one.",
    )


@check(
    "storage.room",
    "Room for volumes",
    group="storage",
    severity="should",
    why="Longhorn puts no volume on a disk that has little left; a full one stops every pod that writes.",
    source="Longhorn documentation, Settings: storage-minimal-available-percentage",
)
@_of_folder
def room(needs: Wanted, there: FileSystem, node: Node, facts: Facts, spec: Spec) -> Said:
    saw = f"{there.free_mib} MiB free of {there.size_mib} MiB under {needs.path}"
    if there.free_mib * 100 >= needs.free_percent * there.size_mib:
        return ok(saw)
    return fail(
        saw,
        wanted=f"{needs.free_percent} % free, besides what volumes take",
        next_move=f"Give {needs.path} on {node.name} a larger disk, or free space there.",
    )


@check(
    "storage.disk",
    "Disk of volumes",
    group="storage",
    severity="note",
    why="Volumes that share a disk with the system fill it up, and slow etcd and images down.",
    source=f"{PRACTICE}: a dedicated disk, SSD or NVMe",
)
@_of_folder
def own_disk(needs: Wanted, there: FileSystem, node: Node, facts: Facts, spec: Spec) -> Said:
    own, system = facts.mount_of(needs.path), facts.mount_of(data_dir(spec, node.role))
    under = disk(facts, needs.path)
    shared = own is not None and system is not None and own.path == system.path
    if not shared and under.kind != "turning":
        return ok(under.words or "on a file system of its own")
    ills = [f"on {system.path}, as RKE2's own data"] if shared and system else []
    ills += ["a turning disk"] if under.kind == "turning" else []
    return warn(
        f"{needs.path} is {listed(ills)}",
        wanted="a disk of its own, SSD or NVMe",
        next_move=f"Mount a disk at {needs.path} on {node.name}, or set storage.path to a place on one.",
    )
