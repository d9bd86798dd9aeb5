"""What the nodes of a cluster run, whatever the spec says."""

from collections.abc import Mapping
from dataclasses import dataclass

from wizard.distros.rke2.state import Member, read_state
from wizard.errors import Refused
from wizard.rollout.step import Survey
from wizard.spec.models import Spec
from wizard.upgrade.release import Release

EACH_ASKED = "Each machine of the spec is asked first; then do it again."


@dataclass(frozen=True, slots=True)
class Running:
    """The release that each node runs; after an install without a restart, that is not what lies on its disk."""

    servers: dict[str, Release]
    agents: dict[str, Release]

    @classmethod
    def all_at(cls, release: Release) -> "Running":
        """Return every node at a release that somebody names: none is asked."""
        return cls({"every node": release}, {})


def running(spec: Spec, survey: Survey) -> Running:
    """Return what each node of `spec` runs, as the cluster itself lists it.

    Raises Refused when a node can't be reached, or the cluster does not know it: a way needs to know where it starts.
    """
    survey.must_answer(sorted(survey.failures), move=EACH_ASKED)
    listed = members(survey)
    found = {node.name: runs(node.name, listed) for node in spec.nodes}
    return Running(
        {node.name: found[node.name] for node in spec.servers}, {node.name: found[node.name] for node in spec.agents}
    )


def members(survey: Survey) -> dict[str, Member]:
    """Return the nodes as servers that answer list them; empty where none does."""
    return {name: each for facts in survey.facts.values() for name, each in read_state(facts).members.items()}


def runs(node: str, listed: Mapping[str, Member]) -> Release:
    """Return what a node runs by what is `listed`. Raises Refused where it is not, or is no RKE2."""
    if node not in listed:
        raise Refused(
            f"{node}: no server lists it as a node of the cluster",
            hint="Bring it up by apply, or take it out of the spec; then ask again.",
        )
    try:
        return Release.of(listed[node].version)
    except ValueError as error:
        raise Refused(f"{node}: {error}", hint="Only RKE2 is upgraded here.") from error
