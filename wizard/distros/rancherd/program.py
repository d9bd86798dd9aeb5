"""The steps that bring RancherD's program to a node."""

import asyncio
from dataclasses import dataclass

from wizard.distros.rancherd.release import ARCHIVE, kept, only_amd64
from wizard.distros.rancherd.state import ROOM, read_state
from wizard.errors import StepFailed
from wizard.hosts.script import load_script
from wizard.rollout.step import Fileless, Outcome, Survey, Work
from wizard.site import Site

UNPACK = load_script(ROOM, "unpack_rancherd")


@dataclass(frozen=True, slots=True)
class Send(Fileless):
    """Settled when the node has the program of the folder, or RancherD has done its work there."""

    site: Site
    key: str = "artifacts"
    title: str = "Send RancherD"
    timeout_s: float = 3600.0
    expected_s: float = 10.0

    def settled(self, node: str, survey: Survey) -> bool:
        if node not in survey.facts:
            return False
        if self.site.spec.rancherd.generation == 1:
            return Unpack(self.site).settled(node, survey)
        state = read_state(survey.facts[node])
        # It runs once: what became of its file afterwards, there or here, is of no matter.
        return state.bootstrapped or state.sha256 == kept(self.site).promised() != ""

    async def carry_out(self, work: Work) -> Outcome:
        if wrong := only_amd64(self.site.survey.facts[work.node].arch):
            raise StepFailed(work.node, wrong, hint=f"Take {work.node} out of the spec, or take RKE2.")
        if self.settled(work.node, self.site.survey):
            return "unchanged"
        file = await asyncio.to_thread(kept(self.site).delivery)

        def moved(done: int, size: int) -> None:
            work.tell(100 * done // max(1, size), f"{done >> 20} of {size >> 20} MiB: {file.source.name}")

        sent = await work.host.send(file.source, file.dest, sha256=file.sha256, mode=file.mode, on_progress=moved)
        return "done" if sent else "unchanged"


@dataclass(frozen=True, slots=True)
class Unpack(Fileless):
    """The first generation. Settled when the program says its version, and the role's unit is there."""

    site: Site
    key: str = "install"
    title: str = "Install RancherD"
    timeout_s: float = 300.0
    expected_s: float = 5.0

    def settled(self, node: str, survey: Survey) -> bool:
        if node not in survey.facts:
            return False
        state = read_state(survey.facts[node])
        return state.version == self.site.spec.version and self.site.spec.node(node).role in state.units

    async def carry_out(self, work: Work) -> Outcome:
        if self.settled(work.node, self.site.survey):
            return "unchanged"
        said = (await work.host.run(UNPACK, ARCHIVE, timeout_s=self.timeout_s - 10)).lines[-1:]
        if said != (self.site.spec.version,):
            found = said[0] if said else "nothing"
            raise StepFailed(
                work.node,
                f"rancherd says it is {found or 'nothing'}, the spec wants {self.site.spec.version}",
                cause="The folder holds another release.",
                hint="Set version to that of the folder, or put the right release there; then retry.",
            )
        return "done"
