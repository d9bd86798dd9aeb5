"""The step that writes RKE2's files of intent."""

from dataclasses import dataclass

from wizard.distros.rke2.config import paths, planned, real_text
from wizard.hosts.upload import write_file
from wizard.rollout.step import File, Outcome, Survey, Work
from wizard.site import Site


@dataclass(frozen=True, slots=True)
class Configure:
    """Settled when each file has just our text and mode."""

    site: Site
    key: str = "configure"
    title: str = "Write configuration"
    timeout_s: float = 60.0
    expected_s: float = 0.5

    def files(self, node: str) -> tuple[File, ...]:
        return planned(self.site, self.site.spec.node(node))

    def settled(self, node: str, survey: Survey) -> bool:
        return node in survey.facts and all(file.in_place(survey.facts[node]) for file in self.files(node))

    async def carry_out(self, work: Work) -> Outcome:
        node = self.site.spec.node(work.node)
        changed = False
        for path in paths(self.site, node):
            if await write_file(work.host, path, real_text(self.site, node, path), mode=0o600):
                work.said(f"wrote {path}")
                changed = True
        return "done" if changed else "unchanged"
