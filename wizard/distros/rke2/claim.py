"""The step that makes sure a node is free, or ours: what another cluster owns is never overwritten."""

from dataclasses import dataclass

from wizard.distros.rke2.config import CA_HASH, marker
from wizard.distros.rke2.state import CONFIG, read_state, units_of
from wizard.errors import StepFailed
from wizard.hosts.facts import Facts
from wizard.rollout.step import Fileless, Outcome, Survey, Work
from wizard.site import Site


@dataclass(frozen=True, slots=True)
class Claim(Fileless):
    """Settled when nothing of RKE2 is on the node, or all of it is this cluster's."""

    site: Site
    program: str = "rke2"
    """Whose units and uninstaller there may be: RKE2's own, or those of a program with RKE2 inside."""
    key: str = "claim"
    title: str = "Make sure the node is free"
    timeout_s: float = 30.0
    expected_s: float = 0.1

    def settled(self, node: str, survey: Survey) -> bool:
        return node in survey.facts and self._objection(node, survey.facts[node]) is None

    async def carry_out(self, work: Work) -> Outcome:
        objection = self._objection(work.node, self.site.survey.facts[work.node])
        if objection:
            raise objection
        return "unchanged"

    @property
    def _uninstall(self) -> str:
        return f"run {self.program}-uninstall.sh there (it deletes that cluster's data on it)"

    def _objection(self, node: str, facts: Facts) -> StepFailed | None:
        state = read_state(facts)
        ours = state.marker == marker(self.site)
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

    def _peers(self, node: str) -> bool:
        return any(server.name != node for server in self.site.spec.servers)
