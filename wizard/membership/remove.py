"""The plan that takes nodes out of a running cluster: agents in batches, servers one at a time, then the balancers.

Source: RKE2 documentation, "High Availability" and "Uninstall"; etcd documentation, "Runtime reconfiguration".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from wizard.balancers.part import BALANCERS
from wizard.balancers.pool.pool import LeavePool
from wizard.distros.rke2.install import prober
from wizard.errors import BadUsage, Refused
from wizard.membership.spare import advice, unsafe
from wizard.membership.steps import Leave, Spare, StayOff, Uninstall
from wizard.rollout.batches import batches
from wizard.rollout.plan import Plan, Stage
from wizard.rollout.step import Step
from wizard.rollout.survey import Reach
from wizard.site import Site
from wizard.spec.models import Spec
from wizard.upgrade.drain import Drain
from wizard.upgrade.running import members


@dataclass(frozen=True, slots=True)
class Leaving:
    """Which nodes go, and whether their machines are gone for good already."""

    nodes: tuple[str, ...]
    dead: bool = False

    def record(self) -> dict[str, Any]:
        """Return this as JSON values."""
        return {"nodes": list(self.nodes), "dead": self.dead}

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Leaving":
        """Return what `record` gave."""
        return cls(tuple(map(str, record["nodes"])), bool(record["dead"]))


def without(spec: Spec, names: Sequence[str]) -> Spec:
    """Return the spec as it is once the nodes `names` have gone."""
    return spec.model_copy(update={"nodes": tuple(node for node in spec.nodes if node.name not in names)})


def remove(site: Site, leaving: Leaving) -> Plan:
    """Return what is to be done so that the nodes of `leaving` are no part of the cluster any more. Pure.

    Raises BadUsage for names that the spec does not have, Refused where the cluster would not survive it or a node that
    is not said to be dead can't be reached.
    """
    spec = site.spec
    known = {node.name: node for node in spec.nodes}
    for name in leaving.nodes:
        if name not in known:
            raise BadUsage(f"{name}: no node of the spec", hint=f"Its nodes: {', '.join(known)}")
    left = tuple(server for server in spec.servers if server.name not in leaving.nodes)
    if not left:
        raise Refused("no server would be left", hint="To take the whole cluster away: rancher-wizard remove.")
    servers = [name for name in leaving.nodes if known[name].role == "server"]
    agents = [name for name in leaving.nodes if known[name].role == "agent"]
    _refuse_unreachable(site, leaving)
    _refuse_unsafe(site, servers, dead=leaving.dead)
    names = tuple(server.name for server in left)
    at_once = max(1, spec.workers_at_once(len(spec.agents)))
    stages = [
        _stage(site, "agents", agents, _steps(site, names, leaving, server=False), at_once=at_once),
        _stage(site, "servers", servers, _steps(site, names, leaving, server=True), at_once=1),
    ]
    after = replace(site, spec=without(spec, leaving.nodes))
    stages += [stage for stage in BALANCERS.stages(after) if stage.batches]
    busy = {name for stage in stages for name in stage.nodes}
    rest = tuple(node.name for node in spec.nodes if node.name not in busy)
    notes = [note for note in (advice(len(left)) if servers else "",) if note]
    return Plan(
        spec.name,
        tuple(stage for stage in stages if stage.batches),
        settled=rest,
        notes=tuple(notes),
        command=f"nodes remove {' '.join(leaving.nodes)}",
    )


def _stage(site: Site, noun: str, names: Sequence[str], steps: tuple[Step, ...], *, at_once: int) -> Stage:
    return Stage(
        f"remove-{noun}", f"Remove {noun}", noun, batches(names, at_once=at_once), steps, at_once=at_once, max_failed=0
    )


def _steps(site: Site, left: tuple[str, ...], leaving: Leaving, *, server: bool) -> tuple[Step, ...]:
    every = tuple(each.name for each in site.spec.servers)
    front = site.spec.balancer
    leave = Leave(left)
    steps: list[Step] = [] if leaving.dead else [Reach(site.survey, prober())]
    if server:
        steps.append(Spare(every))
    if leaving.dead:
        return (*steps, leave)
    steps.append(Drain(left, site.spec.upgrade))
    if front and front.kind == "haproxy":
        steps.append(LeavePool(site, leave))
    # A server's member is taken out while it answers; an agent that still runs would make itself known again.
    last = (leave, Uninstall(site)) if server else (Uninstall(site), leave)
    return (*steps, StayOff(), *last)


def _refuse_unreachable(site: Site, leaving: Leaving) -> None:
    if not leaving.dead:
        site.survey.must_answer(
            leaving.nodes, move="RKE2 is to be taken off it; if its machine is gone for good, add --dead."
        )


def _refuse_unsafe(site: Site, servers: Sequence[str], *, dead: bool) -> None:
    """Go through the removals one after the other, as they will be done."""
    listed = members(site.survey)
    voters = {
        node.name: listed[node.name].ready and listed[node.name].voter
        for node in site.spec.servers
        if node.name in listed
    }
    for name in servers:
        if name not in voters:
            continue
        if why := unsafe(voters, name):
            raise Refused(
                f"{name} can not be taken out: {why}",
                hint="Bring the other servers back first, or restore a snapshot: rancher-wizard restore.",
            )
        del voters[name]
