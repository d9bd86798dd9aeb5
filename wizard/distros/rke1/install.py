"""The plan that brings an RKE1 cluster up, or in line with a changed spec, by the vendor's `rke`.

`rke up` works on all nodes in an order of its own, which the stages show: each follows it through one phase.
"""

import math
from collections.abc import Iterator
from functools import partial

from wizard.checks.network.port import answered_by
from wizard.distros.prepare import firewall as fw
from wizard.distros.prepare import swap
from wizard.distros.prepare.network_manager import CloudSetupOff, Unmanaged
from wizard.distros.prepare.settings import Modules, Sysctl
from wizard.distros.rke1 import ward
from wizard.distros.rke1.after import AllReady, Keep
from wizard.distros.rke1.claim import Claim
from wizard.distros.rke1.docker import Docker
from wizard.distros.rke1.follow import Follow
from wizard.distros.rke1.images import LoadImages, loaded_here
from wizard.distros.rke1.launch import launch
from wizard.distros.rke1.mends import MODULES, MODULES_PATH
from wizard.distros.rke1.reading import Member, Reading
from wizard.distros.rke1.rke import Rke
from wizard.distros.rke1.snapshot import Snapshot
from wizard.distros.rke1.state import MARK, PROBE, kubelet_of, read_state
from wizard.distros.rke1.treasure import StateFile
from wizard.distros.rke1.write import WriteClusterYml
from wizard.distros.sealing import seal_references
from wizard.hosts.facts import Facts, probe
from wizard.hosts.host import Host
from wizard.profiles import profile
from wizard.rollout.batches import batches
from wizard.rollout.plan import Plan, Stage, settled
from wizard.rollout.step import Extra, Probe, Step, nothing
from wizard.rollout.survey import Reach
from wizard.site import Site
from wizard.spec.models import Node

SYSCTL_PATH = "/etc/sysctl.d/90-rke1.conf"
# Source: rke.docs.rancher.com, "Requirements", sysctl.
SYSCTLS = (("net.bridge.bridge-nf-call-iptables", "1"), ("net.ipv4.ip_forward", "1"))
AT_ONCE = 20
"""Nodes that are made ready for rke together: packages come from one mirror."""


def prober(extra: Extra = nothing) -> Probe:
    """Return the probe that gathers all that planning reads, in one channel per node; `extra` adds to it by node."""
    files = (MARK, SYSCTL_PATH, MODULES_PATH, Unmanaged().files("")[0].path)

    async def look(host: Host) -> Facts:
        return await probe(host, files=files, extra=(PROBE, fw.PROBE, swap.PROBE, *extra(host.name)))

    return look


def install(site: Site) -> Plan:
    """Return what is still to be done on `site`.

    Raises Refused for a state file that is missing, damaged or of another cluster: no `rke` may be started then.
    """
    state = ward.judged(site)
    todo = _todo(site)
    stages = (*_before(site, todo), *(_run(site, todo, state) if todo else ()))
    busy = {name for stage in stages for name in stage.nodes}
    rest = tuple(node.name for node in site.spec.nodes if node.name not in busy)
    return Plan(
        site.spec.name,
        tuple(s for s in stages if s.batches),
        settled=rest,
        notes=tuple(_notes(site, todo, state)),
        notice=profile("rke1/end_of_life")["note"],
    )


def seal(site: Site) -> None:
    """Bring every secret that the spec refers to into the vault. Raises BadSpec for one that can't be read."""
    site.identity.save(site.state)
    seal_references(site)


def _todo(site: Site) -> tuple[Node, ...]:
    """The nodes that rke has something to do on: all, where it has not done all of this very cluster.yml."""
    if not ward.applied(site):
        return site.spec.nodes
    states = {name: read_state(facts) for name, facts in site.survey.facts.items()}
    members = {name: member for state in states.values() for name, member in state.members.items()}
    wanted = kubelet_of(site.spec.version)

    def well(node: Node) -> bool:
        state, member = states.get(node.name), members.get(node.name)
        runs = state is not None and state.runs(node.planes)
        return runs and member is not None and member.ready and member.version == wanted

    return tuple(node for node in site.spec.nodes if not well(node))


def _before(site: Site, todo: tuple[Node, ...]) -> Iterator[Stage]:
    """What every node needs before rke comes, and what rke reads."""
    steps: tuple[Step, ...] = (_reach(site), Claim(site), *_prepare(site), Docker(site))
    unready = [node.name for node in site.spec.nodes if node in todo or not settled(node.name, steps, site.survey)]
    yield Stage("docker", "Docker", "nodes", batches(unready, at_once=AT_ONCE), steps, at_once=AT_ONCE)
    if todo and loaded_here(site):
        names = [node.name for node in todo]
        yield Stage("images", "Images", "nodes", batches(names, at_once=AT_ONCE), (LoadImages(site),), at_once=AT_ONCE)
    write, first = WriteClusterYml(site), site.spec.first_server.name
    wanted = ((first,),) if todo or not write.settled(first, site.survey) else ()
    yield Stage("cluster-yml", "cluster.yml", "servers", wanted, (write,))


def _run(site: Site, todo: tuple[Node, ...], state: StateFile | None) -> Iterator[Stage]:
    """The phases of `rke up`. They wait for all of their nodes at once: rke decides whose turn it is."""
    first = site.spec.api_nodes[0]
    members = [_member(node, last=node is first) for node in site.spec.nodes]
    rke = Rke(site, members, lambda work: launch(site, work, "up"))
    living = state is not None and state.built
    if state and living and state.version != site.spec.version:
        save = Snapshot(site, partial(launch, site), lambda: Reading(members))
        nodes = (site.spec.etcd_nodes[0].name,)
        yield Stage("snapshot", f"Snapshot before {site.spec.version}", "etcd nodes", (nodes,), (save,))
    window = _window(site) if living else 1
    pace = f", {window} at a time" if living else ""
    yield _phase(rke, todo, "start", "Connections, certificates, images", "nodes", expected_s=90)
    yield _phase(rke, _on(todo, "etcd"), "etcd", "etcd", "etcd nodes", expected_s=20)
    yield _phase(rke, _on(todo, "controlplane"), "controlplane", "Control plane", "control planes", expected_s=30)
    # rke ends at as many failed ones as it takes together.
    yield _phase(rke, todo, "worker", f"Workers{pace}", "nodes", expected_s=30, max_failed=window - 1)
    names = tuple(node.name for node in site.spec.nodes)
    steps = (Follow(rke, "addons", "addons", "Deploy add-ons", 60.0), Keep(site), AllReady(site, names))
    yield Stage("addons", "Add-ons", "servers", ((first.name,),), steps)


def _phase(
    rke: Rke, nodes: tuple[Node, ...], phase: str, title: str, noun: str, *, expected_s: float, max_failed: int = 0
) -> Stage:
    names = tuple(node.name for node in nodes)
    step = Follow(rke, phase, phase, f"rke: {title}", expected_s)
    cut = (names,) if names else ()
    return Stage(phase, title, noun, cut, (step,), at_once=max(1, len(names)), max_failed=max_failed)


def _on(nodes: tuple[Node, ...], plane: str) -> tuple[Node, ...]:
    return tuple(node for node in nodes if plane in node.planes)


def _member(node: Node, *, last: bool) -> Member:
    """How rke speaks of a node, and what it does there: a kubelet on each; add-ons are told of the `last` one's."""
    planes = {plane for plane in node.planes if plane != "worker"}
    phases = {"start", "worker", *planes, *({"addons"} if last else ())}
    return Member(node.name, frozenset({node.name, node.address}), frozenset(phases))


def _window(site: Site) -> int:
    """How many workers rke takes together on a living cluster: it rounds down, and takes one at least."""
    share = str(site.spec.rollout.workers.at_once)
    workers = len([node for node in site.spec.nodes if "worker" in node.planes])
    count = math.floor(workers * int(share.rstrip("%")) / 100) if share.endswith("%") else int(share)
    return min(max(count, 1), 50)


def _reach(site: Site) -> Reach:
    return Reach(site.survey, prober())


def _prepare(site: Site) -> Iterator[Step]:
    spec, consent = site.spec, site.spec.prepare
    if consent.modules:
        yield Modules(MODULES_PATH, MODULES)
    if consent.sysctl:
        yield Sysctl(SYSCTL_PATH, SYSCTLS)
    if consent.swap_off:
        yield swap.SwapOff()
    if consent.networkmanager:
        yield Unmanaged()
    if consent.nm_cloud_setup_off:
        yield CloudSetupOff()
    if consent.firewall == "open":
        networks = tuple(map(str, (*spec.network.cluster_cidr, *spec.network.service_cidr)))
        yield fw.OpenFirewall(lambda name: answered_by(spec, spec.node(name)), networks)


def _notes(site: Site, todo: tuple[Node, ...], state: StateFile | None) -> Iterator[str]:
    if state and state.built and state.version != site.spec.version:
        yield f"rke takes the cluster from {state.version} to {site.spec.version} in one go; go minor by minor"
    if todo:
        yield "rke does not verify host keys; the wizard does, of every node, right before it starts rke"
        yield "rke is not cut off half-way: when the rollout is aborted it runs on, and the next apply follows it"
    yield from (f"{name}: {error.what}" for name, error in sorted(site.survey.failures.items()))
