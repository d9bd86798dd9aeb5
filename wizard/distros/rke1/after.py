"""The steps after `rke up`: state file and kubeconfig are kept, and every node must be Ready."""

import asyncio
import time
from dataclasses import dataclass

from wizard.distros.rke1.here import on_this_machine
from wizard.distros.rke1.state import PROBE, Member, at_socket, kubelet_of, read_state
from wizard.distros.rke1.ward import kubeconfig_path, note_applied, settle, treasury
from wizard.errors import StepFailed
from wizard.files import write_private
from wizard.hosts.facts import probe
from wizard.kube.here import KUBECONFIG
from wizard.rollout.step import Outcome, Unsettled, Work
from wizard.secret import Secret
from wizard.site import Site

FILE = "kubeconfig"
READY_S = 600.0
LOOK_S = 3.0


@dataclass(frozen=True, slots=True)
class Keep(Unsettled):
    """Never settled: what a run has left is looked at after each."""

    site: Site
    key: str = "keep"
    title: str = "Keep state file and kubeconfig, sealed"
    timeout_s: float = 60.0
    expected_s: float = 0.5

    async def carry_out(self, work: Work) -> Outcome:
        await on_this_machine(work.node, self._keep)
        newest = treasury(self.site).copies()[-1]
        work.said(f"state file sealed as {newest.path.name}; kubeconfig is {self.site.state / FILE}")
        return "done"

    def _keep(self) -> None:
        text = kubeconfig_path(self.site).read_text(encoding="utf-8")
        self.site.vault.put(KUBECONFIG, Secret(text))
        write_private(self.site.state / FILE, text.encode())
        # Last: whoever comes after a cut takes the run for kept.
        settle(self.site)


@dataclass(frozen=True, slots=True)
class AllReady(Unsettled):
    """Never settled: the cluster is asked, on a control plane, for all nodes of the spec."""

    site: Site
    nodes: tuple[str, ...]
    """Those that must be Ready: all but the ones that rke had to leave behind."""
    key: str = "ready"
    title: str = "All nodes are Ready"
    timeout_s: float = READY_S
    expected_s: float = 30.0

    async def carry_out(self, work: Work) -> Outcome:
        wanted, end = kubelet_of(self.site.spec.version), time.monotonic() + READY_S - 10
        while True:
            facts = await probe(work.host, extra=(at_socket(PROBE, self.site.spec, work.node),))
            waits = _waits(self.nodes, read_state(facts).members, wanted)
            if not waits:
                break
            if time.monotonic() >= end:
                raise StepFailed(
                    work.node,
                    f"not Ready: {', '.join(f'{name} ({why})' for name, why in waits.items())}",
                    hint="On each: docker logs --tail 50 kubelet. Then retry.",
                )
            ready = len(self.nodes) - len(waits)
            work.tell(100 * ready // len(self.nodes), f"{ready} of {len(self.nodes)} nodes are Ready")
            await asyncio.sleep(LOOK_S)
        note_applied(self.site)
        return "unchanged"


def _waits(names: tuple[str, ...], members: dict[str, Member], version: str) -> dict[str, str]:
    """Which nodes are not as they must be, and why."""
    found: dict[str, str] = {}
    for name in names:
        member = members.get(name)
        if member is None:
            found[name] = "not in the cluster"
        elif not member.ready:
            found[name] = "its kubelet says so"
        elif member.version != version:
            found[name] = f"runs {member.version}"
    return found
