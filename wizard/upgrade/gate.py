"""The gate: what a running cluster is asked before anything of it is touched by an upgrade."""

from collections.abc import Callable
from dataclasses import dataclass

from wizard.checks.cluster.gate import Line, judge
from wizard.checks.cluster.known import gates
from wizard.checks.cluster.look import Fit, as_it_is, look
from wizard.checks.matrix import Judged, Matrix
from wizard.distros.rke1.state import at_socket
from wizard.hosts.host import Host
from wizard.kube.here import KUBECONFIG
from wizard.rollout.plan import Plan
from wizard.rollout.step import Survey
from wizard.secret import Secret
from wizard.site import Site
from wizard.spec.models import Spec
from wizard.spec.rke1_version import minor_of
from wizard.upgrade.drain import cordoned_by_us
from wizard.upgrade.release import Release
from wizard.upgrade.rke1 import path as rke1
from wizard.upgrade.running import Running, running


async def prove_gate(matrix: Matrix, site: Site, plan: Plan, hosts: Callable[[str], Host]) -> None:
    """Ask the cluster of `site` what stands in the way of `plan`, and put it into `matrix`; nothing is changed.

    Raises Refused when a node can't be asked what it runs.
    """
    way = _rke1(site) if site.spec.distribution == "rke1" else _rke2(site)
    case = await look(
        site.spec,
        hosts,
        source=way.source,
        target=way.target,
        draining=draining(plan),
        facts=site.survey.facts,
        fit=way.fit,
        kubeconfig=way.kubeconfig,
    )
    case.half_way = frozenset(plan.nodes) if way.begun else frozenset()
    # What is said of the whole cluster is told with a node that the plan is about.
    case.first = case.first if case.first in plan.nodes else next(iter(plan.nodes), case.first)
    for node, findings in judge(case, gates(site.spec)).items():
        matrix.apply(Judged(node, findings))


@dataclass(frozen=True, slots=True)
class _Way:
    """From which minor to which, whether that was begun before, and how the API is asked."""

    source: Line
    target: Line
    begun: bool
    fit: Fit = as_it_is
    kubeconfig: Secret | None = None


def _rke2(site: Site) -> _Way:
    now = running(site.spec, site.survey)
    source = min((*now.servers.values(), *now.agents.values())).line
    return _Way(source, Release.of(site.spec.version).line, half_way(site.spec, site.survey, now))


def _rke1(site: Site) -> _Way:
    kubelets = set(rke1.running(site.spec, site.survey).values())
    return _Way(
        min(map(minor_of, kubelets)),
        minor_of(site.spec.version),
        begun=len(kubelets) > 1,
        fit=lambda script, node: at_socket(script, site.spec, node),
        kubeconfig=site.vault.get(KUBECONFIG),
    )


def draining(plan: Plan) -> tuple[str, ...]:
    """Return the nodes that a plan empties of their pods."""
    drained = (stage for stage in plan.stages if any(step.key == "drain" for step in stage.steps))
    return tuple(dict.fromkeys(node for stage in drained for node in stage.nodes))


def half_way(spec: Spec, survey: Survey, now: Running) -> bool:
    """Whether an upgrade was begun and not ended: a node that it left behind is no reason not to go on."""
    releases = {*now.servers.values(), *now.agents.values()}
    return len(releases) > 1 or any(cordoned_by_us(node.name, survey) for node in spec.nodes)
