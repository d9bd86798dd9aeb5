"""Package tools at work, and reboots that are due."""

from wizard.checks.check import Machine, machine_check
from wizard.checks.finding import Said, fail, ok, warn
from wizard.checks.seen import listed, values
from wizard.hosts.facts import Facts
from wizard.spec.models import Spec


@machine_check(
    "packages.busy",
    "No package tool at work",
    group="packages",
    severity="should",
    why="It holds the lock that installing needs, and may restart services in the middle of a rollout.",
    source="apt(8), dnf(8), zypper(8)",
)
def busy(node: Machine, facts: Facts, spec: Spec) -> Said:
    found = values(facts, "x.packages.busy")
    if not found:
        return ok("none")
    return warn(
        listed(f"{name} (pid {pid})" for name, _, pid in (line.partition(" ") for line in found)),
        wanted="no package tool running",
        next_move=f"Wait until it has ended on {node.name}, then check again.",
    )


@machine_check(
    "packages.whole",
    "Package database is whole",
    group="packages",
    severity="should",
    why="After an interrupted installation, apt refuses every further one.",
    source="dpkg(1), --configure",
)
def whole(node: Machine, facts: Facts, spec: Spec) -> Said:
    if not facts.first("x.packages.broken"):
        return ok("whole")
    return fail("an installation was interrupted", wanted="none", next_move="Run `dpkg --configure -a` there.")


@machine_check(
    "packages.reboot",
    "No reboot is due",
    group="packages",
    severity="should",
    why="A node that reboots by itself for an update takes its etcd member along, at a time that nobody chose.",
    source="reboot-required of Debian and Ubuntu; reboot-needed of SUSE",
)
def reboot(node: Machine, facts: Facts, spec: Spec) -> Said:
    flag = facts.first("x.reboot")
    if not flag:
        return ok("none")
    return warn(f"{flag} is there", wanted="no reboot due", next_move=f"Reboot {node.name} before it joins.")
