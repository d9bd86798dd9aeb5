"""The gate: what a running cluster is asked before anything of it is touched by an upgrade."""

from collections.abc import Callable

from wizard.checks.cluster.gate import judge
from wizard.checks.cluster.known import GATES
from wizard.checks.cluster.look import look
from wizard.checks.matrix import Judged, Matrix
from wizard.hosts.host import Host
from wizard.rollout.plan import Plan
from wizard.rollout.step import Survey
from wizard.site import Site
from wizard.spec.models import Spec
from wizard.upgrade.drain import cordoned_by_us
from wizard.upgrade.release import Release
from wizard.upgrade.running import Running, running


async def prove_gate(matrix: Matrix, site: Site, plan: Plan, hosts: Callable[[str], Host]) -> None:
    """Ask the cluster of `site` what stands in the way of `plan`, and put it into `matrix`; nothing is changed.

    Raises Refused when a node can't be asked what it runs.
    """
    spec, survey = site.spec, site.survey
    now = running(spec, survey)
    case = await look(
        spec,
        hosts,
        source=min((*now.servers.values(), *now.agents.values())).line,
        target=Release.of(spec.version).line,
        draining=draining(plan),
        facts=survey.facts,
    )
    case.half_way = frozenset(plan.nodes) if half_way(spec, survey, now) else frozenset()
    # What is said of the whole cluster is told with a node that the plan is about.
    case.first = case.first if case.first in plan.nodes else next(iter(plan.nodes), case.first)
    for node, findings in judge(case, GATES).items():
        matrix.apply(Judged(node, findings))


def draining(plan: Plan) -> tuple[str, ...]:
    """Return the nodes that a plan empties of their pods."""
    drained = (stage for stage in plan.stages if any(step.key == "drain" for step in stage.steps))
    return tuple(dict.fromkeys(node for stage in drained for node in stage.nodes))


def half_way(spec: Spec, survey: Survey, now: Running) -> bool:
    """Whether an upgrade was begun and not ended: a node that it left behind is no reason not to go on."""
    releases = {*now.servers.values(), *now.agents.values()}
    return len(releases) > 1 or any(cordoned_by_us(node.name, survey) for node in spec.nodes)
