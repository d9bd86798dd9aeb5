"""The step that makes sure a node is free, or ours, and writes down whose it is: nothing of RKE1's own tells."""

from dataclasses import dataclass

from wizard.distros.rke1.state import MARK, read_state
from wizard.errors import StepFailed
from wizard.hosts.upload import write_file
from wizard.rollout.step import File, Outcome, Survey, Work
from wizard.site import Site, sha256


@dataclass(frozen=True, slots=True)
class Claim:
    """Settled when the node has this cluster's mark: a run that was cut off leaves files and no kubelet."""

    site: Site
    key: str = "claim"
    title: str = "Make sure the node is free"
    timeout_s: float = 30.0
    expected_s: float = 0.2

    def files(self, node: str) -> tuple[File, ...]:
        return (File(MARK, self._text(), sha256=sha256(self._text())),)

    def settled(self, node: str, survey: Survey) -> bool:
        return node in survey.facts and self.files(node)[0].in_place(survey.facts[node])

    async def carry_out(self, work: Work) -> Outcome:
        mark = read_state(self.site.survey.facts[work.node]).mark
        if mark and mark != self.site.marker:
            raise StepFailed(
                work.node,
                f"it belongs to another RKE1 cluster ({MARK}: {mark[:90]})",
                cause="The node is in another cluster, or its state folder on this machine was begun anew.",
                hint=f"Take {work.node} out of the spec, or free it from that cluster and delete {MARK}; then retry.",
            )
        return "done" if await write_file(work.host, MARK, self._text().encode()) else "unchanged"

    def _text(self) -> str:
        return f"{self.site.marker}\n"
