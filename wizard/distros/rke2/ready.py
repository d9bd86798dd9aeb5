"""The step that waits until the cluster itself calls a node healthy."""

import asyncio
from dataclasses import dataclass

from wizard.checks.cluster.voters import tells_voters
from wizard.distros.rke2.state import ROOM, read_state
from wizard.errors import HostError, StepFailed
from wizard.hosts.script import load_script
from wizard.rollout.step import Fileless, Outcome, Survey, Work
from wizard.site import Site

NODE_READY = load_script(ROOM, "node_ready")
AGAIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Ready(Fileless):
    """Settled when a server lists the node as Ready, at the pinned version and, for a server, as a voting member.

    Releases that do not tell who votes are not asked for it.
    """

    site: Site
    key: str = "ready"
    title: str = "Wait until Ready"
    timeout_s: float = 900.0
    expected_s: float = 40.0

    def settled(self, node: str, survey: Survey) -> bool:
        seen = [read_state(facts).members.get(node) for facts in survey.facts.values()]
        server = self.site.spec.node(node).role == "server"
        return any(
            member and member.ready and self._wanted(member.version) and (member.voter or not server) for member in seen
        )

    async def carry_out(self, work: Work) -> Outcome:
        saw = "no answer from a server yet"
        try:
            async with asyncio.timeout(self.timeout_s - 10):
                while True:
                    healthy, saw = await self._look(work)
                    if healthy:
                        work.said(f"{work.node}: {saw}")
                        return "done"
                    work.tell(50, saw)
                    await asyncio.sleep(AGAIN_S)
        except TimeoutError:
            raise StepFailed(
                work.node,
                f"not healthy after {self.timeout_s - 10:.0f} s: {saw}",
                cause="The network plugin or an image is missing, or the kubelet can't reach the API server.",
                hint="On a server: kubectl -n kube-system get pods -o wide; kubectl describe node "
                f"{work.node}; then retry.",
            ) from None

    async def _look(self, work: Work) -> tuple[bool, str]:
        """Ask one server after the other, the node's own first; a server that is down is no verdict."""
        role = self.site.spec.node(work.node).role
        servers = [server.name for server in self.site.spec.servers]
        order = [work.node, *(s for s in servers if s != work.node)] if role == "server" else servers
        doubt = ""
        for server in order:
            try:
                result = await work.at(server).run(NODE_READY, work.node, timeout_s=30, check=False)
            except HostError as error:
                doubt = error.message
                continue
            if result.exit_status == 0 and result.lines:
                return self._verdict(result.lines[-1], role)
            doubt = (result.errors or result.lines or (f"{server}: kubectl gave no answer",))[-1]
        return False, doubt[:200]

    def _needs_vote(self, role: str) -> bool:
        return role == "server" and tells_voters(self.site.spec.kubelet_version)

    def _wanted(self, version: str) -> bool:
        return self.site.spec.kubelet_version in ("", version)

    def _verdict(self, line: str, role: str) -> tuple[bool, str]:
        ready, version, voter = (*line.split(" "), "", "", "")[:3]
        if ready != "True":
            return False, "registered, not Ready yet (the network plugin comes up)"
        if not self._wanted(version):
            return False, f"Ready, but still at {version or 'an unknown version'}"
        if self._needs_vote(role) and voter != "True":
            return False, "Ready; etcd has not made it a voting member yet"
        return True, f"Ready at {version}"
