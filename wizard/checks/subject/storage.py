"""Storage for applications: what the chosen kind needs on the nodes that run them."""

from collections.abc import Callable, Mapping

from wizard.checks.check import across, check
from wizard.checks.finding import Said, fail, ok, skipped
from wizard.checks.seen import listed, values
from wizard.checks.twins import unlike
from wizard.checks.wanted_storage import NFS_MODULES, Wanted, wanted
from wizard.hosts.facts import Facts
from wizard.spec.models import Node, Spec

LONGHORN = "Longhorn documentation, Installation requirements"


def _for_storage(judge: Callable[[Wanted, Node, Facts], Said]) -> Callable[[Node, Facts, Spec], Said]:
    """Let a node that keeps no data of applications be judged ok."""

    def judged(node: Node, facts: Facts, spec: Spec) -> Said:
        needs = wanted(spec, node)
        if needs is None:
            return ok("no storage is asked for" if spec.storage.kind == "none" else "runs no applications")
        return judge(needs, node, facts)

    return judged


@check(
    "storage.iscsi",
    "iSCSI",
    group="storage",
    severity="should",
    why="Longhorn attaches its volumes by iSCSI: without iscsid on the node, its pods wait for ever.",
    source=LONGHORN,
)
@_for_storage
def iscsi(needs: Wanted, node: Node, facts: Facts) -> Said:
    if not needs.iscsi:
        return ok(f"{needs.title} does without")
    if "iscsiadm" not in values(facts, "x.tool"):
        return fail(
            "iscsiadm is not there",
            wanted="open-iscsi (EL: iscsi-initiator-utils)",
            next_move=f"Install it on {node.name}, then `systemctl enable --now iscsid`.",
            fix="packages",
        )
    running = [unit for unit in ("iscsid", "iscsid.socket") if facts.units.get(unit, ("", ""))[0] == "active"]
    if running:
        return ok(f"{running[0]} is active")
    return fail(
        "iscsid does not run",
        wanted="iscsid, or the socket that starts it",
        next_move=f"On {node.name}: `systemctl enable --now iscsid`.",
    )


@across(
    "storage.initiator",
    "iSCSI names differ",
    group="storage",
    severity="should",
    why="Clones with one initiator name take each other's sessions: volumes drop out, or are written by two nodes.",
    source="RFC 7143, 4.2.7: a name identifies one node; open-iscsi, initiatorname.iscsi",
)
def initiator(spec: Spec, facts: Mapping[str, Facts]) -> Mapping[str, Said]:
    return unlike(
        facts,
        lambda each: values(each, "x.storage.initiator"),
        what="the same iSCSI name",
        wanted="an initiator name of its own on each node",
        move='On the clone: `echo "InitiatorName=$(iscsi-iname)" >/etc/iscsi/initiatorname.iscsi`, restart iscsid.',
    )


@check(
    "storage.nfs",
    "NFS client",
    group="storage",
    severity="should",
    why="Volumes that several nodes share are mounted by NFS: the node mounts them, not the pod.",
    source=f"{LONGHORN}; csi-driver-nfs",
)
@_for_storage
def nfs(needs: Wanted, node: Node, facts: Facts) -> Said:
    if "mount.nfs" in values(facts, "x.tool"):
        return ok("mount.nfs is there")
    if not needs.nfs:
        return ok(f"not there; {needs.title} does without")
    return fail(
        "mount.nfs is not there",
        wanted="nfs-common (EL: nfs-utils, SUSE: nfs-client)",
        next_move=f"Install it on {node.name}.",
        fix="packages",
    )


@check(
    "storage.nfs_server",
    "NFS server answers",
    group="storage",
    severity="should",
    why="A node that does not reach the server leaves its pods waiting for their volumes.",
    source="RFC 7530, 3.1: NFS version 4 is served at TCP port 2049",
)
@_for_storage
def nfs_server(needs: Wanted, node: Node, facts: Facts) -> Said:
    answer = facts.first("x.storage.nfs")
    if not needs.server:
        return ok("no server is told")
    if not answer:
        return skipped("bash is not there to ask with", next_move=f"On {node.name}: `showmount -e {needs.server}`.")
    if answer == "open":
        return ok(f"{needs.server}:2049 answers")
    return fail(
        f"{needs.server}:2049 does not answer",
        wanted="an answer at TCP port 2049",
        next_move=f"Let {node.name} in to {needs.server}: firewall, route, and the server's list of exports.",
    )


@check(
    "storage.modules",
    "Modules for storage",
    group="storage",
    severity="should",
    why="Volumes are attached and mounted by the node's kernel.",
    source=f"{LONGHORN}; nfs(5)",
)
@_for_storage
def modules(needs: Wanted, node: Node, facts: Facts) -> Said:
    there = facts.modules.union(values(facts, "x.loadable"))
    # Without modules of its own, a client of version 4 is built into nfs.
    missing = [name for name in needs.modules if name not in there and not (name == "nfsv4" and "nfs4" in there)]
    if not missing:
        return ok(listed(needs.modules) or "none is needed")
    return fail(
        f"{listed(missing)} neither loaded, built in nor installed",
        wanted=f"{listed(needs.modules)}, as modules or built into the kernel",
        next_move="Install the kernel's module package (EL: kernel-modules-extra; Ubuntu: linux-modules-extra; "
        f"SUSE: kernel-default) for {facts.kernel or 'the running kernel'}.",
        fix="packages" if not NFS_MODULES & set(missing) else "",
    )


@check(
    "storage.tools",
    "Programs for storage",
    group="storage",
    severity="should",
    why="The storage's own scripts call them on the node.",
    source=LONGHORN,
)
@_for_storage
def tools(needs: Wanted, node: Node, facts: Facts) -> Said:
    missing = [tool for tool in needs.tools if tool not in values(facts, "x.storage.tool")]
    if not missing:
        return ok(listed(needs.tools, 7) or "none is needed")
    return fail(
        f"without {listed(missing, 7)}",
        wanted=listed(needs.tools, 7),
        next_move=f"Install {listed(missing, 7)} on {node.name} from its distribution.",
        fix="packages",
    )


@check(
    "storage.multipath",
    "multipathd",
    group="storage",
    severity="should",
    why="multipathd takes Longhorn's volumes as its own: they can't be mounted then.",
    source="Longhorn documentation, Troubleshooting: volume with multipath",
)
@_for_storage
def multipath(needs: Wanted, node: Node, facts: Facts) -> Said:
    if facts.units.get("multipathd", ("", ""))[0] != "active":
        return ok("does not run")
    if not needs.iscsi or facts.first("x.storage.multipath") == "spares":
        return ok("runs, and leaves volumes alone" if needs.iscsi else "runs")
    return fail(
        "runs, and takes every disk",
        wanted=f"volumes of {needs.title} on its blacklist",
        next_move='Add `blacklist { devnode "^sd[a-z0-9]+" }` to /etc/multipath.conf and restart multipathd, '
        "or disable it where it is not used.",
    )


@check(
    "storage.propagation",
    "Mounts are shared",
    group="storage",
    severity="should",
    why="A driver's pod mounts the volume, and the pod that uses it must see that: by shared mounts alone.",
    source=f"{LONGHORN}: mount propagation; Kubernetes documentation, Volumes",
)
@_for_storage
def propagation(needs: Wanted, node: Node, facts: Facts) -> Said:
    seen = facts.first("x.storage.propagation")
    if not needs.propagation or seen != "private":
        return ok(seen or "not told")
    return fail(
        "private, under /var/lib/kubelet",
        wanted="shared mounts, as systemd makes them",
        next_move=f"On {node.name}: `mount --make-rshared /`, and find what makes them private at boot.",
    )
