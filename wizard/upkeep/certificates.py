"""Certificates of a running cluster: when each ends, and made anew on one node after the other.

Source: RKE2 documentation, "Certificate Management".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from wizard.checks.cluster.certificate import Certificate
from wizard.distros.rke2.install import prober
from wizard.distros.rke2.ready import Ready
from wizard.distros.rke2.start import Start
from wizard.errors import Refused
from wizard.hosts.script import load_script
from wizard.rollout.batches import batches, spread
from wizard.rollout.plan import Plan, Stage
from wizard.rollout.step import Outcome, Step, Unsettled, Work
from wizard.rollout.survey import Reach
from wizard.site import Site
from wizard.upgrade.quorum import Quorum
from wizard.upgrade.running import running
from wizard.upkeep.servers import ending
from wizard.whole import around

ROTATE = load_script(Path(__file__).parent, "rotate_certificates")
UNSEEN = "no certificate of Kubernetes is there: rancher-wizard apply brings it up"
SOON_DAYS = 120
"""RKE2 renews a leaf at a restart from so many days before its end on."""


@dataclass(frozen=True, slots=True)
class Rotate(Unsettled):
    """Settled never: who asks for it wants new ones."""

    site: Site
    key: str = "rotate"
    title: str = "Stop RKE2 and drop its certificates"
    timeout_s: float = 300.0
    expected_s: float = 10.0

    async def carry_out(self, work: Work) -> Outcome:
        role = self.site.spec.node(work.node).role
        for line in (await work.host.run(ROTATE, role, timeout_s=self.timeout_s - 20)).lines:
            work.said(line)
        return "done"


def rotate(site: Site) -> Plan:
    """Return the plan that gives every node new certificates: servers one at a time, then agents in batches. Pure.

    Raises Refused while a node can't be reached, or runs another release than the spec's.
    """
    spec, now = site.spec, running(site.spec, site.survey)
    for name, release in (*now.servers.items(), *now.agents.items()):
        if str(release) != spec.version:
            raise Refused(
                f"{name} runs {release}, the spec says {spec.version}",
                hint="Finish the upgrade first (upgrade apply), or put the version that runs into the spec.",
            )
    agents = spread([node.name for node in spec.agents], {node.name: node.zone or "" for node in spec.agents})
    at_once = max(1, spec.workers_at_once(len(agents)))
    servers = [node.name for node in spec.servers]
    stages = [
        around(
            site,
            Stage("certificates-servers", "Servers", "servers", batches(servers, at_once=1), _steps(site, "server")),
        ),
        Stage(
            "certificates-agents",
            "Agents",
            "agents",
            batches(agents, at_once=at_once),
            _steps(site, "agent"),
            at_once=at_once,
            max_failed=spec.max_failed(len(agents)),
            hours=spec.upgrade.window,
        ),
        ending(site, "credentials", "Kubeconfig"),
    ]
    return Plan(spec.name, tuple(stage for stage in stages if stage.batches), command="certs rotate")


def _steps(site: Site, role: str) -> tuple[Step, ...]:
    names = tuple(server.name for server in site.spec.servers)
    steps: list[Step] = [Reach(site.survey, prober())]
    if role == "server":
        steps.append(Quorum(names, after=False))
    steps += [Rotate(site), Start(site), Ready(site)]
    if role == "server":
        steps.append(Quorum(names, after=True))
    return tuple(steps)


def lines(
    found: Mapping[str, Sequence[Certificate]], now: datetime, unseen: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Yield a line a certificate, the first to end first, and one for each node of which none was seen, with why."""
    rows = sorted(((each, node) for node, papers in found.items() for each in papers), key=lambda row: row[0].ends)
    width = max((len(node) for _, node in rows), default=0)
    for each, node in rows:
        days = each.days_left(now)
        left = f"{days} days" if days >= 0 else f"ENDED {-days} days ago"
        kind = "authority" if each.authority else ""
        yield f"{node:<{width}}  {each.ends:%Y-%m-%d}  {left:>18}  {kind:<9}  {each.path}".rstrip()
    yield from (f"{node}: {why}" for node, why in (unseen or {}).items())


def record(
    found: Mapping[str, Sequence[Certificate]], now: datetime, unseen: Mapping[str, str] | None = None
) -> list[dict[str, object]]:
    """Return the certificates for a program, and the nodes of which none was seen, with why."""
    none: list[dict[str, object]] = [{"node": node, "unknown": why} for node, why in (unseen or {}).items()]
    return none + [
        {
            "node": node,
            "path": each.path,
            "subject": each.subject,
            "authority": each.authority,
            "ends": each.ends.isoformat(),
            "days_left": each.days_left(now),
        }
        for node, papers in found.items()
        for each in papers
    ]


def ended(found: Mapping[str, Sequence[Certificate]], now: datetime) -> bool:
    """Whether any of them holds no longer."""
    return any(each.days_left(now) < 0 for papers in found.values() for each in papers)
