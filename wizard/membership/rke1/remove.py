"""The plans that take nodes out of an RKE1 cluster, or the whole of it off its machines; what goes is shown first."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from wizard.balancers.haproxy.steps import removal
from wizard.balancers.keepalived.scripts import NAME, REMOVE
from wizard.balancers.keepalived.steps import JOB
from wizard.balancers.part import BALANCERS
from wizard.balancers.pool.pool import LeavePool
from wizard.balancers.take_away import TakeAway
from wizard.distros.rke1 import ward
from wizard.distros.rke1.change import voting
from wizard.distros.rke1.install import notice, prober, run, written
from wizard.distros.rke1.state import Traces, read_state
from wizard.errors import BadUsage, Refused
from wizard.membership.remove import Leaving, without
from wizard.membership.remove_all import BRING_BACK
from wizard.membership.rke1.steps import Clean, Drain, Forgotten, PutAway, Spare
from wizard.membership.spare import unsafe
from wizard.rollout.batches import batches
from wizard.rollout.plan import Plan, Stage
from wizard.rollout.step import Step
from wizard.rollout.survey import Reach
from wizard.site import Site
from wizard.spec.rke1 import PLANES

AT_ONCE = 16


def remove(site: Site, leaving: Leaving) -> Plan:
    """Return what is to be done so that the nodes of `leaving` are no part of the cluster any more. Reads what is kept.

    Raises BadUsage for names that the spec does not have, Refused where the cluster would not survive it or a node that
    is not said to be dead can't be reached.
    """
    known = {node.name: node for node in site.spec.nodes}
    for name in leaving.nodes:
        if name not in known:
            raise BadUsage(f"{name}: no node of the spec", hint=f"Its nodes: {', '.join(known)}")
    after = replace(site, spec=without(site.spec, leaving.nodes))
    _refuse_lacking(after)
    _refuse_unreachable(site, leaving)
    voters = tuple(node.name for node in site.spec.etcd_nodes if node.name in leaving.nodes)
    _refuse_unsafe(site, [name for name in voters if leaving.dead or voting(site).get(name)])
    state = ward.judged(site)
    if state is None or not state.built:
        hint = "Take the node out of the spec by hand; rancher-wizard remove cleans what a first run has left."
        raise Refused(f"{site.spec.name} has not come up yet", hint=hint)
    ward.refuse_renewing(site)
    stages = [stage for stage in _stages(site, after, leaving, voters) if stage.batches]
    busy = {name for stage in stages for name in stage.nodes}
    return Plan(
        site.spec.name,
        tuple(stages),
        settled=tuple(node.name for node in site.spec.nodes if node.name not in busy),
        notes=(*(_even(after) if voters else ()), *(() if leaving.dead else _shown(site, leaving.nodes))),
        command=f"nodes remove {' '.join(leaving.nodes)}",
        notice=notice(),
    )


def remove_all(site: Site) -> Plan:
    """Return what is to be done so that nothing of the cluster is left on its machines. Pure.

    `rke remove` is not asked: it leaves pods, their mounts and interfaces, and gives up on a state file that is lost.
    Raises Refused while a machine can't be reached: its kubelet would go on.
    """
    site.survey.must_answer(sorted(site.survey.failures), move=BRING_BACK)
    spec, steps = site.spec, (_reach(site), Clean(site))
    workers = [node.name for node in spec.nodes if set(node.planes) == {"worker"}]
    others = [node.name for node in spec.nodes if node.name not in workers]
    keepalived = TakeAway(NAME, "keepalived", JOB, REMOVE, expected_s=8.0)
    stages = (
        _clean("workers", "workers", workers, steps),
        _clean("servers", "etcd and control plane", others, steps),
        Stage("put-away", "State file", "servers", ((spec.first_server.name,),), (PutAway(site),)),
        Stage(
            "remove-balancers",
            "Remove balancers",
            "balancers",
            batches([machine.name for machine in spec.front], at_once=1),
            (keepalived, *removal()),
        ),
    )
    kept = (
        f"Kept here, under another name: {site.state} with sealed snapshots, state files and keys. What holds keys in "
        "the clear on this machine is deleted: cluster.rkestate once it is sealed, the kubeconfigs, our cluster.yml"
    )
    notes = (*_shown(site, [node.name for node in spec.nodes]), kept)
    return Plan(
        spec.name, tuple(stage for stage in stages if stage.batches), notes=notes, command="remove", notice=notice()
    )


def _stages(site: Site, after: Site, leaving: Leaving, voters: tuple[str, ...]) -> Iterator[Stage]:
    stays = tuple(node.name for node in after.spec.api_nodes)
    names = list(leaving.nodes)
    if voters:
        asked = after.spec.etcd_nodes[0].name
        yield Stage("spare", "etcd", "etcd nodes", ((asked,),), (Spare(site, voters),))
    if not leaving.dead:
        drain = Drain(site, stays)
        front = site.spec.balancer
        pool: tuple[Step, ...] = (LeavePool(site, drain),) if front and front.kind == "haproxy" else ()
        yield Stage("drain", "Drain", "nodes", batches(names, at_once=1), (_reach(site), drain, *pool))
    yield written(after)
    yield from run(after, after.spec.nodes, living=True)
    yield Stage("forgotten", "Forgotten", "servers", ((stays[0],),), (Forgotten(after, leaving.nodes),))
    if not leaving.dead:
        yield _clean("nodes", "nodes that have left", names, (_reach(site), Clean(site)))
    yield from BALANCERS.stages(after)


def _clean(key: str, title: str, names: Sequence[str], steps: tuple[Step, ...]) -> Stage:
    cut = batches(names, at_once=AT_ONCE)
    return Stage(f"clean-{key}", f"Clean {title}", "nodes", cut, steps, at_once=AT_ONCE, max_failed=len(names))


def _reach(site: Site) -> Reach:
    return Reach(site.survey, prober(site.spec))


def _refuse_lacking(after: Site) -> None:
    for plane in PLANES:
        if not any(plane in node.planes for node in after.spec.nodes):
            raise Refused(
                f"no node with the role {plane} would be left",
                hint="Add another one first (nodes add); to take the whole cluster away: rancher-wizard remove.",
            )


def _refuse_unreachable(site: Site, leaving: Leaving) -> None:
    if not leaving.dead:
        site.survey.must_answer(leaving.nodes, move="It is to be cleaned; if its machine is gone for good, add --dead.")


def _refuse_unsafe(site: Site, leaving: Sequence[str]) -> None:
    """Go through the removals one after the other, as `rke` will; who runs no etcd may have left it before."""
    seen = voting(site)
    voters = {node.name: seen.get(node.name, False) for node in site.spec.etcd_nodes}
    for name in leaving:
        if why := unsafe(voters, name):
            raise Refused(
                f"{name} can not be taken out: {why}",
                hint="Bring the other members back first, or restore a snapshot: rancher-wizard restore.",
            )
        del voters[name]


def _even(after: Site) -> Iterator[str]:
    left = len(after.spec.etcd_nodes)
    if left % 2 == 0:
        yield f"{left} members of etcd will be left: no more may fail than of {left - 1}. Add one, or take another out."


def _shown(site: Site, names: Sequence[str]) -> Iterator[str]:
    """What will be deleted, node by node, as it was seen."""
    for name in names:
        facts = site.survey.facts.get(name)
        if facts is None:
            continue
        state = read_state(facts)
        found = list(_kinds(state.traces, len(state.snapshots)))
        yield f"{name} loses " + ("; ".join(found) if found else "nothing: no trace of RKE1 was seen there")
    yield "Docker and its other containers stay. Reboot a node before it serves again: rules of pods end only then."


def _kinds(traces: Traces, snapshots: int) -> Iterator[str]:
    if traces.containers or traces.pods:
        pods = f"{traces.pods} of pods" if traces.pods else ""
        yield f"containers {', '.join(filter(None, (*traces.containers, pods)))}, with their volumes and images"
    if traces.mounts:
        yield f"{len(traces.mounts)} mounts below /var/lib/kubelet and /var/lib/rancher"
    if traces.folders:
        yield f"all in {' '.join(traces.folders)}"
    if snapshots:
        yield f"{snapshots} snapshots of etcd (snapshot fetch brings one home)"
    if traces.links:
        yield f"interfaces {' '.join(traces.links)}; chains KUBE-* and cali-*"
