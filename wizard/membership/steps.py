"""The steps that take a node out of its cluster and RKE2 off it."""

from dataclasses import dataclass
from pathlib import Path

from wizard.distros.prepare.network_manager import PATH as UNMANAGED
from wizard.distros.rke2.needs import MODULES_PATH, SYSCTL_PATH
from wizard.errors import StepFailed
from wizard.hosts.script import Script, load_script
from wizard.membership.off import take_off
from wizard.membership.spare import unsafe
from wizard.rollout.step import Outcome, Unsettled, Work
from wizard.site import Site
from wizard.upgrade.ask import ask
from wizard.upgrade.quorum import etcd_voters

ROOM = Path(__file__).parent
JOB = "rancher-wizard-uninstall"
LEAVE_S = 240
FILES = (SYSCTL_PATH, MODULES_PATH, UNMANAGED, "/etc/default/rke2-server", "/etc/default/rke2-agent")
"""What the wizard writes beside RKE2's own folders, with our mark in the first line."""


def script(name: str) -> Script:
    """Return one of this room's scripts."""
    return load_script(ROOM, name)


@dataclass(frozen=True, slots=True)
class Spare(Unsettled):
    """Settled never: a look at etcd at this moment, before the server is taken out for good."""

    servers: tuple[str, ...]
    key: str = "spare"
    title: str = "Prove that etcd can spare the server"
    timeout_s: float = 180.0
    expected_s: float = 1.0

    async def carry_out(self, work: Work) -> Outcome:
        well, voters = await etcd_voters(work, self.servers)
        if work.node not in voters:
            return "unchanged"  # out of etcd already: an earlier run came this far
        why = unsafe(voters, work.node) if well else "etcd does not answer"
        if why:
            raise StepFailed(
                work.node,
                why,
                cause="Taken out now, etcd would stand still.",
                hint="Bring the other servers back first, or restore a snapshot: rancher-wizard restore.",
            )
        return "unchanged"


@dataclass(frozen=True, slots=True)
class Leave(Unsettled):
    """Settled where the servers that were asked no longer list the node."""

    servers: tuple[str, ...]
    key: str = "leave"
    title: str = "Take the node out of the cluster"
    timeout_s: float = LEAVE_S * 2.0
    expected_s: float = 10.0

    async def carry_out(self, work: Work) -> Outcome:
        others = tuple(name for name in self.servers if name != work.node)
        said = await ask(work, others, script("leave_cluster"), work.node, str(LEAVE_S))
        for line in said.lines:
            work.said(line)
        if said.lines[-1:] != ("gone",):
            raise StepFailed(work.node, "the cluster still lists it", hint="Retry; look at its finalizers.")
        return "done" if len(said.lines) > 1 else "unchanged"


@dataclass(frozen=True, slots=True)
class StayOff(Unsettled):
    """Settled never: quick to ask, and a server that comes back by a reboot would join again."""

    key: str = "stay-off"
    title: str = "Keep RKE2 from starting again"
    timeout_s: float = 60.0
    expected_s: float = 1.0

    async def carry_out(self, work: Work) -> Outcome:
        said = await work.host.run(script("stay_off"), timeout_s=50)
        return "done" if said.lines[-1:] == ("done",) else "unchanged"


@dataclass(frozen=True, slots=True)
class Uninstall(Unsettled):
    """Settled where nothing of RKE2 and of ours is found; what belongs to another cluster is refused."""

    site: Site
    key: str = "uninstall"
    title: str = "Take RKE2 off the node"
    timeout_s: float = 900.0
    expected_s: float = 30.0

    async def carry_out(self, work: Work) -> Outcome:
        last = await take_off(
            work,
            JOB,
            script("uninstall_rke2"),
            f"for cluster {self.site.spec.name} ({self.site.identity.id})",
            *FILES,
            timeout_s=self.timeout_s - 60,
            next_move=f"On {work.node}: rke2-killall.sh, then retry.",
        )
        return "done" if "uninstalled" in last else "unchanged"
