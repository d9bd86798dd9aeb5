"""The step that writes the files by which a distribution is configured."""

from dataclasses import dataclass

from wizard.hosts.upload import write_file
from wizard.rollout.step import File, Outcome, Survey, Work
from wizard.secret import Secret
from wizard.site import Site


@dataclass(frozen=True, slots=True)
class Configuration:
    """Settled when each file has just our text and mode. A subclass says which files, and what stands in them."""

    site: Site
    key: str = "configure"
    title: str = "Write configuration"
    timeout_s: float = 60.0
    expected_s: float = 0.5

    def files(self, node: str) -> tuple[File, ...]:
        raise NotImplementedError

    def text(self, node: str, path: str) -> Secret:
        """Return the text that belongs at `path` on `node`, secrets and all."""
        raise NotImplementedError

    def settled(self, node: str, survey: Survey) -> bool:
        return node in survey.facts and all(file.in_place(survey.facts[node]) for file in self.files(node))

    async def carry_out(self, work: Work) -> Outcome:
        changed = False
        for file in self.files(work.node):
            if await write_file(work.host, file.path, self.text(work.node, file.path), mode=file.mode):
                work.said(f"wrote {file.path}")
                changed = True
        return "done" if changed else "unchanged"
