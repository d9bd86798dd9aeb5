"""What speaks against taking a node for RKE2."""

from dataclasses import dataclass

from wizard.distros.free import Free
from wizard.distros.rke2.config import CA_HASH
from wizard.distros.rke2.state import CONFIG, read_state, units_of
from wizard.errors import StepFailed
from wizard.hosts.facts import Facts


@dataclass(frozen=True, slots=True)
class Claim(Free):
    """Settled when nothing of RKE2 is on the node, or all of it is this cluster's."""

    program: str = "rke2"
    """Whose units and uninstaller there may be: RKE2's own, or those of a program with RKE2 inside."""

    def objection(self, node: str, facts: Facts) -> StepFailed | None:
        state = read_state(facts)
        ours = state.marker == self.site.marker
        ca = self.site.vault.get(CA_HASH)
        role = self.site.spec.node(node).role
        units = units_of(facts, self.program)
        other = next((name for name, unit in units.items() if name != role and unit.enabled == "enabled"), None)
        if state.traces and not ours:
            return StepFailed(
                node,
                f"RKE2 is here already, and not of this cluster ({CONFIG}: {state.marker[:90] or 'no marker'})",
                cause="The node is in another cluster, or was set up by hand.",
                hint=f"Take {node} out of the spec, or free it: {self._uninstall}; then retry.",
            )
        if ca and state.ca and state.ca != ca.reveal():
            return StepFailed(
                node,
                f"its cluster CA is {state.ca[:16]}…, this cluster's is {ca.reveal()[:16]}…",
                cause="The node joined another cluster since, or this cluster's CA was made anew.",
                hint=f"Free {node}: {self._uninstall}; then retry.",
            )
        if ca and role == "server" and not (state.etcd or self.site.reset or self._peers(node)):
            return StepFailed(
                node,
                "the cluster's only server has no etcd data",
                cause="Its disk was lost or wiped; starting it would begin another, empty cluster.",
                hint="Restore a snapshot: rancher-wizard restore. Or, to begin anew, move this cluster's state folder "
                "away and apply.",
            )
        if other:
            return StepFailed(
                node,
                f"{self.program}-{other} is enabled here, the spec wants this node as {role}",
                cause="A node's role does not change in place.",
                hint=f"Set role: {other} in the spec, or free the node: {self._uninstall}; then retry.",
            )
        return None

    @property
    def _uninstall(self) -> str:
        return f"run {self.program}-uninstall.sh there (it deletes that cluster's data on it)"

    def _peers(self, node: str) -> bool:
        return any(server.name != node for server in self.site.spec.servers)
