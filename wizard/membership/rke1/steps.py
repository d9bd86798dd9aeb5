"""The steps that take a node out of an RKE1 cluster, beside `rke up`, which is told of one node less."""

import glob
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wizard.distros.prepare.network_manager import PATH as UNMANAGED
from wizard.distros.rke1 import ward
from wizard.distros.rke1.after import FILE
from wizard.distros.rke1.cluster_yml import own_file
from wizard.distros.rke1.etcd import voters
from wizard.distros.rke1.here import on_this_machine
from wizard.distros.rke1.install import SYSCTL_PATH
from wizard.distros.rke1.mends import MODULES_PATH
from wizard.distros.rke1.state import MARK, PROBE, ROOM, at_socket, read_state, with_traces
from wizard.distros.rke1.treasure import move_aside, read_state_file
from wizard.distros.rke1.write import place
from wizard.errors import HostError, StepFailed, WizardError
from wizard.hosts.facts import probe
from wizard.hosts.script import load_script
from wizard.kube.here import KUBECONFIG
from wizard.membership.off import take_off
from wizard.membership.spare import unsafe
from wizard.rollout.step import Outcome, Unsettled, Work
from wizard.site import Site
from wizard.upgrade.ask import witnesses
from wizard.upgrade.drain import reason

JOB = "rancher-wizard-clean"
CLEAN = with_traces("clean_rke1")
DRAIN = load_script(ROOM, "drain_rke1")
FILES = (SYSCTL_PATH, MODULES_PATH, UNMANAGED)
"""What the wizard writes beside RKE1's own folders, with our mark in the first line."""


@dataclass(frozen=True, slots=True)
class Spare(Unsettled):
    """A look at etcd at this moment, before `rke` takes members out one after the other."""

    site: Site
    leaving: tuple[str, ...]
    key: str = "spare"
    title: str = "Prove that etcd can spare what leaves"
    timeout_s: float = 300.0
    expected_s: float = 2.0

    async def carry_out(self, work: Work) -> Outcome:
        names = tuple(node.name for node in self.site.spec.etcd_nodes if node.name not in self.leaving)
        found = await voters(work, self.site.spec, names)
        for name in self.leaving:
            if name not in found:
                continue  # out of etcd already: an earlier run came this far
            if why := unsafe(found, name):
                raise StepFailed(
                    name,
                    why,
                    cause="Taken out now, etcd would stand still.",
                    hint="Bring the other members back first, or restore a snapshot: rancher-wizard restore.",
                )
            del found[name]
        work.said(f"etcd keeps {len(found)} members, {sum(found.values())} of them well")
        return "unchanged"


@dataclass(frozen=True, slots=True)
class Drain(Unsettled):
    """Has a control plane that stays empty the node: `rke` deletes nodes with what runs on them.

    By the kubectl in its kubelet, not by wizard.kube.door: that wants one here, and removing nodes wants none.
    """

    site: Site
    by: tuple[str, ...]
    """The control planes that stay."""
    key: str = "drain"
    title: str = "Drain the node"
    expected_s: float = 30.0

    @property
    def timeout_s(self) -> float:
        return self.site.spec.upgrade.drain_timeout_s + 240.0

    async def carry_out(self, work: Work) -> Outcome:
        policy, kubeconfig = self.site.spec.upgrade, self.site.vault.get(KUBECONFIG)
        if kubeconfig is None:
            raise StepFailed(work.node, "there is no kubeconfig of this cluster here", hint="apply fetches it.")
        more = ["--delete-emptydir-data"] * policy.delete_emptydir_data + ["--force"] * policy.force
        doubt = ""
        for name in witnesses(self.by, work.node):
            script = at_socket(DRAIN, self.site.spec, name)
            words = (work.node, str(policy.drain_timeout_s), *more)
            try:
                said = await work.at(name).run(
                    script,
                    *words,
                    stdin=kubeconfig,
                    timeout_s=policy.drain_timeout_s + 150,
                    on_line=work.said,
                    check=False,
                )
            except HostError as error:
                doubt = error.message
                continue
            if said.exit_status == 0:
                return "unchanged" if said.lines[-1:] == ("absent",) else "done"
            doubt = f"{name}: {reason((*said.lines, *said.errors))}"
        raise StepFailed(
            work.node,
            f"it can't be drained: {doubt[:300]}",
            cause="A PodDisruptionBudget forbids it, a pod does not end, or no API server answers.",
            hint=f"{work.node} is as it was. kubectl get pdb -A; mend it, then retry; upgrade.force in the spec goes "
            "on regardless.",
        )


@dataclass(frozen=True, slots=True)
class Forgotten(Unsettled):
    """`rke` only warns of a member of etcd that it could not take out (cluster/reconcile.go): both are asked."""

    site: Site
    """As it is without the nodes."""
    gone: tuple[str, ...]
    key: str = "forgotten"
    title: str = "Cluster and etcd have forgotten the nodes"
    timeout_s: float = 300.0
    expected_s: float = 2.0

    async def carry_out(self, work: Work) -> Outcome:
        spec = self.site.spec
        facts = await probe(work.host, extra=(at_socket(PROBE, spec, work.node),))
        members = read_state(facts).members
        voting = await voters(work, spec, (node.name for node in spec.etcd_nodes))
        for name in self.gone:
            if name in voting:
                raise StepFailed(
                    name,
                    "etcd still counts it as a member",
                    hint="On a node of etcd: docker exec etcd etcdctl member list, then member remove ID. Then retry.",
                )
            if name in members:
                raise StepFailed(name, "the cluster still lists it", hint=f"kubectl delete node {name}, then retry.")
        return "unchanged"


@dataclass(frozen=True, slots=True)
class Clean(Unsettled):
    """Takes all that RKE1 has left off a node, and proves it; what belongs to another cluster is refused."""

    site: Site
    key: str = "clean"
    title: str = "Clean the node of all that RKE1 has left"
    timeout_s: float = 1800.0
    expected_s: float = 30.0

    async def carry_out(self, work: Work) -> Outcome:
        script = at_socket(CLEAN, self.site.spec, work.node)
        last = await take_off(
            work,
            JOB,
            script,
            self.site.marker,
            MARK,
            *FILES,
            timeout_s=self.timeout_s - 60,
            next_move=f"Reboot {work.node}, then retry.",
        )
        return "done" if "cleaned" in last else "unchanged"


@dataclass(frozen=True, slots=True)
class PutAway(Unsettled):
    """Seals the state file and deletes what holds keys in the clear on this machine: its cluster is gone.

    An operator's own cluster.yml stays, and a state file that is damaged where no whole one was ever sealed.
    """

    site: Site
    key: str = "put-away"
    title: str = "Seal the state file, and delete it here with the kubeconfigs"
    timeout_s: float = 60.0
    expected_s: float = 0.5

    async def carry_out(self, work: Work) -> Outcome:
        said = await on_this_machine(work.node, self._put)
        for line in said:
            work.said(line)
        return "done" if said else "unchanged"

    def _put(self) -> list[str]:
        said, treasury = [], ward.treasury(self.site)
        move_aside(ward.state_path(self.site))
        if state := read_state_file(ward.state_path(self.site)):
            treasury.keep(state, "removed")
            newest = treasury.copies()[-1]
            if treasury.open(newest).sha256 != state.sha256:
                raise WizardError(f"{newest.path} is not what was sealed", hint="Retry; the state file is as it was.")
            said.append(f"state file sealed as {newest.path.name}")
        for path in self._plain():
            if ".damaged-" in path.name and not treasury.copies():
                said.append(f"{path} stays: no whole one was ever sealed")
            elif path.exists():
                path.unlink()
                said.append(f"{path} is deleted")
        return said

    def _plain(self) -> Iterator[Path]:
        """Yield where keys may lie in the clear."""
        state = ward.state_path(self.site)
        yield from (state, ward.kubeconfig_path(self.site), self.site.state / FILE)
        if own_file(self.site) is None:
            yield place(self.site)
        yield from state.parent.glob(f"{glob.escape(state.name)}.damaged-*")
