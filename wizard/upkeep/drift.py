"""What has drifted: every node against the spec, file by file and step by step, without a change anywhere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from wizard.hosts.facts import Facts
from wizard.rollout.plan import Plan
from wizard.rollout.step import File, Survey
from wizard.site import Site
from wizard.upkeep.halfway import halfway
from wizard.whole import plan as whole_plan

PASSING = frozenset(("reach",))
"""Steps that are no state of a node."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing on a node that is not as the spec wants it; `path` where it is a file."""

    node: str
    what: str
    path: str = ""

    @property
    def line(self) -> str:
        """This for reading."""
        return f"{self.node}: {self.path + ': ' if self.path else ''}{self.what}"


def drift(site: Site) -> tuple[Drift, ...]:
    """Return all that differs between the spec and what was seen of the nodes; pure.

    A node that could not be reached is told as such. Raises Refused as planning does: for another release, say.
    """
    half = tuple(Drift(site.spec.first_server.name, each) for each in halfway(site.state))
    lost = half + tuple(Drift(name, error.what) for name, error in sorted(site.survey.failures.items()))
    return lost + tuple(_of(whole_plan(site), site.survey))


def _of(plan: Plan, survey: Survey) -> Iterator[Drift]:
    for stage in plan.stages:
        for node in stage.nodes:
            facts = survey.facts.get(node)
            if facts is None:
                continue
            for step in stage.steps:
                if step.key in PASSING or step.settled(node, survey):
                    continue
                files = [found for each in step.files(node) if (found := _file(node, each, facts))]
                yield from files or [
                    Drift(node, f"{stage.title}: {step.title[:1].lower()}{step.title[1:]}: to be done")
                ]


def _file(node: str, wanted: File, facts: Facts) -> Drift | None:
    if wanted.in_place(facts):
        return None
    there = facts.files.get(wanted.path)
    if there is None:
        return Drift(node, "is missing", wanted.path)
    if wanted.sha256 and there.sha256 != wanted.sha256:
        return Drift(node, "was changed: its content is not what the spec gives", wanted.path)
    if there.mode != wanted.mode:
        return Drift(node, f"has mode {there.mode:o}, {wanted.mode:o} is wanted", wanted.path)
    return None


def record(found: Sequence[Drift]) -> list[Mapping[str, str]]:
    """Return it for a program."""
    return [{"node": each.node, "path": each.path, "what": each.what} for each in found]
