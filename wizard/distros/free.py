"""The step that makes sure a node is free, or ours: what another cluster owns is never overwritten."""

from dataclasses import dataclass

from wizard.errors import StepFailed
from wizard.hosts.facts import Facts
from wizard.rollout.step import Fileless, Outcome, Survey, Work
from wizard.site import Site


@dataclass(frozen=True, slots=True)
class Free(Fileless):
    """Settled when nothing speaks against taking the node; a subclass says what does."""

    site: Site
    key: str = "claim"
    title: str = "Make sure the node is free"
    timeout_s: float = 30.0
    expected_s: float = 0.1

    def objection(self, node: str, facts: Facts) -> StepFailed | None:
        """Return why the node must not be taken, None when it may be. Pure."""
        raise NotImplementedError

    def settled(self, node: str, survey: Survey) -> bool:
        return node in survey.facts and self.objection(node, survey.facts[node]) is None

    async def carry_out(self, work: Work) -> Outcome:
        if objection := self.objection(work.node, self.site.survey.facts[work.node]):
            raise objection
        return "unchanged"
