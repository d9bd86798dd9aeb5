"""Clocks: kept by somebody, and equal on all nodes."""

from collections import Counter
from collections.abc import Mapping
from statistics import median

from wizard.checks.check import across, check
from wizard.checks.finding import Said, fail, ok, warn
from wizard.checks.seen import container
from wizard.hosts.facts import Facts
from wizard.profiles import profile
from wizard.spec.models import Node, Spec

KEEPERS = ("chronyd", "chrony", "ntpd", "ntp", "systemd-timesyncd")


@check(
    "time.sync",
    "Clock is kept",
    group="time",
    severity="should",
    why="Clocks that run on their own drift apart; certificates then count as not yet valid.",
    source="etcd documentation, Clock drift; RKE2 documentation, Requirements",
)
def sync(node: Node, facts: Facts, spec: Spec) -> Said:
    synced, _, teller = facts.first("x.time.synced").partition(" ")
    running = [name for name in KEEPERS if facts.units.get(name, ("", ""))[0] == "active"]
    if kind := container(facts):
        return ok(f"a container ({kind}): the clock is its host's")
    if synced == "yes":
        return ok(f"in step, by {teller}")
    if running and not synced and running[0] != "systemd-timesyncd":
        return ok(f"{running[0]} runs")
    if running:
        return warn(
            f"{running[0]} runs, the clock is not in step yet",
            wanted="a clock in step with a time server",
            next_move="Wait some minutes, then look at `chronyc sources` or `timedatectl timesync-status` there.",
        )
    return fail(
        "nobody keeps the clock",
        wanted=f"one of {', '.join(KEEPERS)}",
        next_move="Install and enable chrony there.",
        fix="time",
    )


@across(
    "time.skew",
    "Clocks agree",
    group="time",
    severity="must",
    why="A node whose clock is behind takes fresh certificates for not yet valid; servers compare the times of files.",
    source="RKE2 sources, bootstrap files; k3s documentation",
)
def skew(spec: Spec, facts: Mapping[str, Facts]) -> Mapping[str, Said]:
    ahead = {name: each.clock_ahead_s for name, each in facts.items() if each.clock_s}
    # The middle of all nodes is the measure: the clock of this machine may be the wrong one.
    middle = median(ahead.values()) if ahead else 0.0
    return {name: _skew(name, ahead[name] - middle, of=len(ahead)) for name in ahead}


def _skew(name: str, off_s: float, *, of: int) -> Said:
    limits = profile("requirements")["clock_s"]
    if of < 2:
        return ok("nothing to compare with")
    if abs(off_s) < limits["good"]:
        return ok(f"within {limits['good']} s of the others")
    judged = fail if abs(off_s) >= limits["bad"] else warn
    return judged(
        f"{abs(off_s):.0f} s {'ahead of' if off_s > 0 else 'behind'} the others",
        wanted=f"within {limits['good']} s",
        next_move=f"Set the clock of {name} from a time server: enable chrony, then `chronyc makestep`.",
        fix="time",
    )


@across(
    "time.zone",
    "Time zones agree",
    group="time",
    severity="note",
    why="Schedules of snapshots and logs are in the node's own time.",
    source="RKE2 documentation, Backup and restore: schedules in node time",
)
def zone(spec: Spec, facts: Mapping[str, Facts]) -> Mapping[str, Said]:
    zones = {name: zone for name, each in facts.items() if (zone := each.first("x.time.zone"))}
    usual = Counter(zones.values()).most_common(1)[0][0] if zones else ""
    return {
        name: ok(own)
        if own == usual
        else warn(
            f"{own}, most nodes have {usual}",
            wanted=usual,
            next_move=f"Set the time zone of {name}: `timedatectl set-timezone`.",
        )
        for name, own in zones.items()
    }
