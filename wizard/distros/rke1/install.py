"""The plan that brings an RKE1 cluster up, or in line with a changed spec, by the vendor's `rke`.

`rke up` works on all nodes in an order of its own, which the stages show: each follows it through one phase.
"""

from collections.abc import Iterator
from functools import partial

from wizard.checks.network.port import answered_by
from wizard.distros.carried.stages import Bringing, image_stages
from wizard.distros.prepare import firewall as fw
from wizard.distros.prepare import swap
from wizard.distros.prepare.network_manager import CloudSetupOff, Unmanaged
from wizard.distros.prepare.settings import Modules, Sysctl
from wizard.distros.rke1 import ward
from wizard.distros.rke1.after import AllReady, Keep
from wizard.distros.rke1.carried_images import Carried, Named, loaded_here, system
from wizard.distros.rke1.change import refuse_harm, refuse_skip
from wizard.distros.rke1.claim import Claim
from wizard.distros.rke1.cluster_yml import difference
from wizard.distros.rke1.docker import Docker
from wizard.distros.rke1.images import LoadImages, coming
from wizard.distros.rke1.launch import launch, task_of
from wizard.distros.rke1.mends import MODULES, MODULES_PATH
from wizard.distros.rke1.phases import members, phases
from wizard.distros.rke1.reading import Reading
from wizard.distros.rke1.rke import Rke
from wizard.distros.rke1.snapshot import Snapshot, before
from wizard.distros.rke1.state import MARK, PROBE, at_socket, kubelet_of, listed, read_state
from wizard.distros.rke1.treasure import StateFile
from wizard.distros.rke1.write import WriteClusterYml, place
from wizard.distros.sealing import seal_references
from wizard.hosts.facts import Facts, probe
from wizard.hosts.host import Host
from wizard.profiles import profile
from wizard.rollout.batches import batches
from wizard.rollout.plan import Plan, Stage, settled
from wizard.rollout.step import Extra, Probe, Step, nothing
from wizard.rollout.survey import Reach
from wizard.site import Site
from wizard.spec.models import Node, Spec

SYSCTL_PATH = "/etc/sysctl.d/90-rke1.conf"
# Source: rke.docs.rancher.com, "Requirements", sysctl.
SYSCTLS = (("net.bridge.bridge-nf-call-iptables", "1"), ("net.ipv4.ip_forward", "1"))
AT_ONCE = 20
"""Nodes that are made ready for rke together: packages come from one mirror."""


def prober(spec: Spec, extra: Extra = nothing) -> Probe:
    """Return the probe that gathers all that planning reads, in one channel per node; `extra` adds to it by node."""
    files = (MARK, SYSCTL_PATH, MODULES_PATH, Unmanaged().files("")[0].path)

    async def look(host: Host) -> Facts:
        ours = at_socket(PROBE, spec, host.name)
        return await probe(host, files=files, extra=(ours, fw.PROBE, swap.PROBE, *extra(host.name)))

    return look


def install(site: Site) -> Plan:
    """Return what is still to be done on `site`.

    Raises Refused for a state file that is missing, damaged or of another cluster, and for changes that `rke` would
    carry out to the cluster's harm: no `rke` may be started then.
    """
    state = ward.judged(site)
    ward.refuse_renewing(site)
    if state and state.built:
        refuse_harm(site, state)
        refuse_skip(site, state.version)
    todo = _todo(site)
    stages = (*_before(site, todo, state), *(run(site, todo, living=bool(state and state.built)) if todo else ()))
    busy = {name for stage in stages for name in stage.nodes}
    rest = tuple(node.name for node in site.spec.nodes if node.name not in busy)
    return Plan(
        site.spec.name,
        tuple(s for s in stages if s.batches),
        settled=rest,
        notes=tuple(_notes(site, todo, state)),
        notice=notice(),
    )


def notice() -> str:
    """Return what the operator of an RKE1 cluster is told once in each view."""
    return str(profile("rke1/end_of_life")["note"])


def seal(site: Site) -> None:
    """Bring every secret that the spec refers to into the vault. Raises BadSpec for one that can't be read."""
    site.identity.save(site.state)
    seal_references(site)


def _todo(site: Site) -> tuple[Node, ...]:
    """The nodes that rke has something to do on: all, where it has not done all of this very cluster.yml."""
    if not ward.applied(site):
        return site.spec.nodes
    states = {name: read_state(facts) for name, facts in site.survey.facts.items()}
    members, wanted = listed(site.survey), kubelet_of(site.spec.version)

    def well(node: Node) -> bool:
        state, member = states.get(node.name), members.get(node.name)
        runs = state is not None and state.runs(node.planes)
        return runs and member is not None and member.ready and member.version == wanted

    return tuple(node for node in site.spec.nodes if not well(node))


def _before(site: Site, todo: tuple[Node, ...], state: StateFile | None) -> Iterator[Stage]:
    yield prepared(site, todo)
    yield from images(site, todo)
    if todo and state and state.built and state.version != site.spec.version:
        # By the cluster.yml of its time, which is sealed with it.
        yield snapshot_before(site)
    write, first = WriteClusterYml(site), site.spec.first_server.name
    if todo or not write.settled(first, site.survey):
        yield written(site)


def prepared(site: Site, todo: tuple[Node, ...]) -> Stage:
    """Return what nodes need before `rke` comes; `todo` are those that it will work on."""
    steps: tuple[Step, ...] = (_reach(site), Claim(site), *_prepare(site), Docker(site))
    unready = [node.name for node in site.spec.nodes if node in todo or not settled(node.name, steps, site.survey)]
    return Stage("docker", "Docker", "nodes", batches(unready, at_once=AT_ONCE), steps, at_once=AT_ONCE)


def images(
    site: Site, todo: tuple[Node, ...], *, called: str = "", to: str = "", named: Named = system
) -> Iterator[Stage]:
    """Yield the stages that bring the images of `named` out of a bundle, where no registry of the site has them.

    Raises Refused, WizardError for a bundle that is not trusted, or lacks an image.
    """
    if not todo or not loaded_here(site):
        return
    carried = Carried(site, named)
    sizes_bytes = {node.name: carried.size_bytes(node.name) for node in todo}
    yield from image_stages(site, sizes_bytes, Bringing(coming(carried), LoadImages(carried), called, to))


def written(site: Site, *, called: str = "", to: str = "") -> Stage:
    """Return the stage that writes what `rke` reads."""
    first = site.spec.first_server.name
    return Stage(f"{called}cluster-yml", f"cluster.yml{to}", "servers", ((first,),), (WriteClusterYml(site),))


def run(site: Site, todo: tuple[Node, ...], *, living: bool, called: str = "", to: str = "") -> Iterator[Stage]:
    """Yield the stages of one `rke up`; see `phases`."""
    rke = Rke(site, members(site.spec), lambda work: launch(site, work, "up"), lambda: task_of(site, "up"))
    names = tuple(node.name for node in site.spec.nodes)
    after = (Keep(site), AllReady(site, names))
    yield from phases(site.spec, rke, todo, living=living, after=after, called=called, to=to)


def snapshot_before(site: Site, *, called: str = "") -> Stage:
    """Return the stage without which no upgrade to the site's version begins."""
    return snapshot_of(site, before(site.spec.version), f"Snapshot before {site.spec.version}", called=called)


def snapshot_of(site: Site, name: str, title: str, *, called: str = "") -> Stage:
    """Return the stage that saves a snapshot and brings it home; see `Snapshot` for its name."""
    save = Snapshot(site, partial(launch, site), lambda: Reading(members(site.spec)), name)
    return Stage(f"{called}snapshot", title, "etcd nodes", ((site.spec.etcd_nodes[0].name,),), (save,))


def _reach(site: Site) -> Reach:
    return Reach(site.survey, prober(site.spec))


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
        yield f"The cluster goes from {state.version} to {site.spec.version}; upgrade check asks it what is in the way"
    if changes := difference(site):
        yield f"{place(site)} is changed, all else in it stays:"
        yield from changes
    if todo:
        yield "rke does not verify host keys; the wizard does, of every node, right before it starts rke"
        yield "rke is not cut off half-way: when the rollout is aborted it runs on, and the next apply follows it"
    yield from (f"{name}: {error.what}" for name, error in sorted(site.survey.failures.items()))
