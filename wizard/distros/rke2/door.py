"""The step that checks, from a node that is to join, that the registration address leads to this very cluster."""

from dataclasses import dataclass

from wizard.distros.rke2.config import CA_HASH, join_address
from wizard.distros.rke2.state import ROOM, SUPERVISOR_PORT, read_state
from wizard.errors import StepFailed
from wizard.hosts.script import load_script
from wizard.rollout.step import Fileless, Outcome, Survey, Work
from wizard.site import Site

SEEN_CA = load_script(ROOM, "seen_ca")


@dataclass(frozen=True, slots=True)
class Door(Fileless):
    """Settled when the node knows this cluster's CA already, which it can only have from joining.

    An agent with a wrong address or CA would wait for ever without failing.
    """

    site: Site
    key: str = "door"
    title: str = "Check the registration address"
    timeout_s: float = 120.0
    expected_s: float = 0.5

    def settled(self, node: str, survey: Survey) -> bool:
        ours = self.site.vault.get(CA_HASH)
        return bool(ours and node in survey.facts and read_state(survey.facts[node]).ca == ours.reveal())

    async def carry_out(self, work: Work) -> Outcome:
        ours = self.site.vault.get(CA_HASH)
        if ours is None:
            raise StepFailed(work.node, "this cluster's CA is not known yet", hint="Bring up the first server first.")
        address = join_address(self.site, self.site.spec.node(work.node))
        result = await work.host.run(SEEN_CA, address, str(SUPERVISOR_PORT), timeout_s=90)
        verdict, _, seen = (result.lines[-1] if result.lines else "unreachable").partition(" ")
        if verdict == "untested":
            work.said(f"{address}:{SUPERVISOR_PORT} not tested: neither curl nor wget is on the node")
        elif verdict != "ca":
            raise StepFailed(
                work.node,
                f"https://{address}:{SUPERVISOR_PORT} does not answer from here: {seen}",
                cause="No server listens there yet, a firewall drops the way, or a balancer has no healthy server.",
                hint=f"On {work.node}: curl -k https://{address}:{SUPERVISOR_PORT}/cacerts. "
                f"Open {SUPERVISOR_PORT}/tcp and 6443/tcp to the servers; then retry.",
            )
        elif seen != ours.reveal():
            raise StepFailed(
                work.node,
                f"wrong CA hash: {address}:{SUPERVISOR_PORT} shows {seen[:16]}…, ours is {ours.reveal()[:16]}…",
                cause="The registration address leads to another cluster from this node.",
                hint="Check what it resolves to there and what the balancer's back ends are; then retry.",
            )
        return "unchanged"
