"""What the nodes of a cluster run, whatever the spec says."""

from dataclasses import dataclass

from wizard.distros.rke2.state import read_state
from wizard.errors import Refused
from wizard.rollout.step import Survey
from wizard.spec.models import Spec
from wizard.upgrade.release import Release


@dataclass(frozen=True, slots=True)
class Running:
    """The release that each node runs; after an install without a restart, that is not what lies on its disk."""

    servers: dict[str, Release]
    agents: dict[str, Release]


def running(spec: Spec, survey: Survey) -> Running:
    """Return what each node of `spec` runs, as the cluster itself lists it.

    Raises Refused when a node can't be reached, or the cluster does not know it: a way needs to know where it starts.
    """
    if survey.failures:
        name, error = min(survey.failures.items())
        raise Refused(f"{name}: {error.what}", hint="Each node is asked what it runs: mend this one, then ask again.")
    listed = {}
    for facts in survey.facts.values():
        listed.update({name: member.version for name, member in read_state(facts).members.items()})
    found = {node.name: _release(node.name, listed.get(node.name, "")) for node in spec.nodes}
    return Running(
        {node.name: found[node.name] for node in spec.servers}, {node.name: found[node.name] for node in spec.agents}
    )


def _release(node: str, version: str) -> Release:
    if not version:
        raise Refused(
            f"{node}: no server lists it as a node of the cluster",
            hint="Bring it up by apply, or take it out of the spec; then ask again.",
        )
    try:
        return Release.of(version)
    except ValueError as error:
        raise Refused(f"{node}: {error}", hint="Only RKE2 is upgraded here.") from error
