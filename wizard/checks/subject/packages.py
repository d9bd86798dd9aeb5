"""Package tools at work, reboots that are due, and what storage wants installed."""

from wizard.checks.check import check
from wizard.checks.finding import Said, fail, ok, warn
from wizard.checks.seen import listed, values
from wizard.hosts.facts import Facts
from wizard.spec.models import Node, Spec


@check(
    "packages.busy",
    "No package tool at work",
    group="packages",
    severity="should",
    why="It holds the lock that installing needs, and may restart services in the middle of a rollout.",
    source="apt(8), dnf(8), zypper(8)",
)
def busy(node: Node, facts: Facts, spec: Spec) -> Said:
    found = values(facts, "x.packages.busy")
    if not found:
        return ok("none")
    return warn(
        listed(f"{name} (pid {pid})" for name, _, pid in (line.partition(" ") for line in found)),
        wanted="no package tool running",
        next_move=f"Wait until it has ended on {node.name}, then check again.",
    )


@check(
    "packages.whole",
    "Package database is whole",
    group="packages",
    severity="should",
    why="After an interrupted installation, apt refuses every further one.",
    source="dpkg(1), --configure",
)
def whole(node: Node, facts: Facts, spec: Spec) -> Said:
    if not facts.first("x.packages.broken"):
        return ok("whole")
    return fail("an installation was interrupted", wanted="none", next_move="Run `dpkg --configure -a` there.")


@check(
    "packages.reboot",
    "No reboot is due",
    group="packages",
    severity="should",
    why="A node that reboots by itself for an update takes its etcd member along, at a time that nobody chose.",
    source="reboot-required of Debian and Ubuntu; reboot-needed of SUSE",
)
def reboot(node: Node, facts: Facts, spec: Spec) -> Said:
    flag = facts.first("x.reboot")
    if not flag:
        return ok("none")
    return warn(f"{flag} is there", wanted="no reboot due", next_move=f"Reboot {node.name} before it joins.")


@check(
    "storage.iscsi",
    "iSCSI",
    group="packages",
    severity="note",
    why="Longhorn and other block storage attach their volumes by iSCSI.",
    source="Longhorn documentation, Installation requirements",
)
def iscsi(node: Node, facts: Facts, spec: Spec) -> Said:
    if "iscsiadm" in values(facts, "x.tool"):
        return ok("iscsiadm is there")
    return ok("not there; Longhorn and other iSCSI storage want open-iscsi (EL: iscsi-initiator-utils)")


@check(
    "storage.nfs",
    "NFS",
    group="packages",
    severity="note",
    why="Volumes that several pods write to are mounted by NFS with Longhorn and with NFS servers.",
    source="Longhorn documentation, Installation requirements",
)
def nfs(node: Node, facts: Facts, spec: Spec) -> Said:
    if "mount.nfs" in values(facts, "x.tool"):
        return ok("mount.nfs is there")
    return ok("not there; NFS volumes want nfs-common (EL: nfs-utils, SUSE: nfs-client)")


@check(
    "storage.multipath",
    "multipathd",
    group="packages",
    severity="note",
    why="multipathd takes Longhorn's volumes as its own: they can't be mounted then.",
    source="Longhorn documentation, Troubleshooting: multipath",
)
def multipath(node: Node, facts: Facts, spec: Spec) -> Said:
    active, _ = facts.units.get("multipathd", ("inactive", ""))
    if active != "active":
        return ok("does not run")
    return warn(
        "runs",
        wanted="no multipathd on volumes of pods, where Longhorn runs",
        next_move='Add `blacklist { devnode "^sd[a-z0-9]+" }` to /etc/multipath.conf, or disable multipathd if unused.',
    )
