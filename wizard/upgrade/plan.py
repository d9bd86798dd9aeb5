"""The plan that takes a running cluster to the release of its spec, hop by hop.

Order (RKE2 documentation, "Manual upgrades"; Kubernetes, version skew policy): a snapshot, servers one at a time with
etcd proven before and after each, then agents; the whole cluster is on a release before any node goes to the next.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from wizard.bundle.contents.upgrade_controller import by_controller
from wizard.distros.rke2.artifacts import SendArtifacts, releases
from wizard.distros.rke2.claim import Claim
from wizard.distros.rke2.configure import Configure
from wizard.distros.rke2.credentials import Credentials
from wizard.distros.rke2.install import prober
from wizard.distros.rke2.install_release import InstallRelease
from wizard.distros.rke2.ready import Ready
from wizard.distros.rke2.release import Release as Files
from wizard.distros.rke2.selinux_policy import SelinuxPolicy, by_wizard
from wizard.distros.rke2.start import Start
from wizard.distros.rke2.supply import Supply
from wizard.rollout.batches import batches, spread, window
from wizard.rollout.plan import Plan, Stage
from wizard.rollout.step import Step
from wizard.rollout.survey import Reach
from wizard.site import Site
from wizard.upgrade import ways
from wizard.upgrade.controller.stages import Controller
from wizard.upgrade.drain import Drain, Uncordon, cordoned_by_us
from wizard.upgrade.held import refuse_lacking, releases_held, way_back_notes
from wizard.upgrade.outlook import Hop, hops, refuse_stops, window_of
from wizard.upgrade.quorum import Quorum
from wizard.upgrade.release import Release
from wizard.upgrade.running import Running, running
from wizard.upgrade.snapshot import Snapshot, before
from wizard.whole import around


def upgrade(site: Site) -> Plan:
    """Return what is still to be done so that every node runs the release of the spec. Pure.

    Raises Refused where no way leads there, a node can't be asked, or something must be done before.
    """
    now = running(site.spec, site.survey)
    there = releases_held(site.spec, site.base)
    found = hops(now, Release.of(site.spec.version), site.spec, window_of(site.spec), held=there)
    refuse_stops(found)
    refuse_lacking(site.spec, site.base, found)
    supplies = [_supply(at_release(site, hop.target), hop, now) for hop in found]
    controller = Controller.of(site) if found and by_controller(site.spec) else None
    stages = [
        stage
        for hop, supply in zip(found, supplies, strict=True)
        for stage in _stages(at_release(site, hop.target), hop, now, supply, controller)
    ]
    if controller:
        stages.append(controller.away(site))
    if any(stage.noun == "servers" for stage in stages):
        stages.append(_credentials(site))
    busy = {name for stage in stages for name in stage.nodes}
    forgotten = [
        node.name for node in site.spec.nodes if node.name not in busy and cordoned_by_us(node.name, site.survey)
    ]
    if forgotten:
        stages.append(_giving_back(site, forgotten))
        busy |= set(forgotten)
    rest = tuple(node.name for node in site.spec.nodes if node.name not in busy)
    notes = (*_notes(site, found, supplies), *way_back_notes(site.spec, found, there))
    notes += controller.notes(site) if controller else ()
    return Plan(site.spec.name, tuple(stages), settled=rest, notes=notes, command="upgrade apply")


def at_release(site: Site, release: Release) -> Site:
    """Return the site as it is to be on a release."""
    return replace(site, spec=site.spec.model_copy(update={"version": str(release)}))


def _behind(nodes: Mapping[str, Release], hop: Hop) -> list[str]:
    return [name for name, release in nodes.items() if release < hop.target]


def _supply(site: Site, hop: Hop, now: Running) -> Supply | None:
    """How the files of a hop come to its nodes; None where they download them."""
    release = releases(site)
    return Supply.of(site, release, [*_behind(now.servers, hop), *_behind(now.agents, hop)]) if release else None


def _stages(site: Site, hop: Hop, now: Running, supply: Supply | None, controller: Controller | None) -> list[Stage]:
    servers, agents = _behind(now.servers, hop), _behind(now.agents, hop)
    first = [_snapshot(site, hop)] if servers else []
    release = supply.release if supply else None
    reach = Reach(site.survey, prober())
    # Before the hours that the spec allows, as nothing that runs is touched by it.
    key, title = f"files-{_short(hop)}", f"Files of {hop.target}"
    files = supply.stage(None, reach, key=key, title=title, images_only=controller is not None) if supply else None
    nodes = [_servers(site, release, hop, servers), _agents(site, release, hop, agents)]
    if controller:
        first = [*controller.images(site, hop), *first]
        nodes = [controller.set_up(site, hop), *(controller.taken(site, hop, each, release) for each in nodes)]
    return [stage for stage in (files, *first, *nodes) if stage and stage.batches]


def _snapshot(site: Site, hop: Hop) -> Stage:
    """A snapshot by the first server; an upgrade does not begin without it."""
    return Stage(
        f"snapshot-{_short(hop)}",
        f"Snapshot before {hop.target}",
        "servers",
        ((site.spec.first_server.name,),),
        (Reach(site.survey, prober()), Snapshot(site, hop.source, before(hop.target))),
        backs=ways.snapshot(),
    )


def _servers(site: Site, release: Files | None, hop: Hop, names: Sequence[str]) -> Stage:
    drain = site.spec.upgrade.drain == "all"
    stage = Stage(
        f"servers-{_short(hop)}",
        f"Servers to {hop.target}",
        "servers",
        batches(names, at_once=1),
        node_steps(site, release, "server", drain=drain),
        backs=ways.servers(hop.source, hop.target),
        hours=site.spec.upgrade.window,
    )
    return around(site, stage)


def _agents(site: Site, release: Files | None, hop: Hop, names: Sequence[str]) -> Stage:
    policy = site.spec.rollout.workers
    at_once = max(1, site.spec.workers_at_once(len(site.spec.agents)))
    zoned = spread(names, {node.name: node.zone or "" for node in site.spec.agents})
    rolling = policy.order == "rolling"
    stage = Stage(
        f"agents-{_short(hop)}",
        f"Agents to {hop.target}",
        "agents",
        window(zoned, canary=policy.canary) if rolling else batches(zoned, at_once=at_once, canary=policy.canary),
        node_steps(site, release, "agent", drain=site.spec.upgrade.drain != "none"),
        at_once=at_once,
        rolling=rolling,
        max_failed=site.spec.max_failed(len(site.spec.agents)),
        canary=policy.canary,
        soak_s=policy.soak_s,
        backs=ways.agents(),
        hours=site.spec.upgrade.window,
    )
    return around(site, stage)


def node_steps(site: Site, release: Files | None, role: str, *, drain: bool, back: bool = False) -> tuple[Step, ...]:
    """Return the steps that bring a node to the site's release; `back` where that is an older one."""
    names = tuple(server.name for server in site.spec.servers)
    steps: list[Step] = [Reach(site.survey, prober()), Claim(site)]
    if role == "server":
        steps.append(Quorum(names, after=False))
    if release:
        # Before the drain: what takes long is done while the pods still run.
        steps.append(SendArtifacts(site, release))
    if drain:
        steps.append(Drain(names, site.spec.upgrade))
    if by_wizard(site.spec) and not back:
        steps.append(SelinuxPolicy(site, renew=True))
    steps += [InstallRelease(site), Configure(site), Start(site, binary=back), Ready(site)]
    if role == "server":
        steps.append(Quorum(names, after=True))
    if drain:
        steps.append(Uncordon(names))
    return tuple(steps)


def _credentials(site: Site) -> Stage:
    """A server that was restarted has written another kubeconfig."""
    steps = (Reach(site.survey, prober(), again=True), Credentials(site))
    return Stage("credentials", "Kubeconfig", "servers", ((site.spec.first_server.name,),), steps)


def _giving_back(site: Site, names: Sequence[str]) -> Stage:
    """Nodes that a former run left cordoned, at the release already."""
    servers = tuple(server.name for server in site.spec.servers)
    return Stage("uncordon", "Let pods come again", "nodes", batches(names, at_once=1), (Uncordon(servers),))


def _short(hop: Hop) -> str:
    """A hop's part of a stage's key."""
    return str(hop.target).removeprefix("v").replace("+", "-")


def _notes(site: Site, found: Sequence[Hop], supplies: Sequence[Supply | None]) -> list[str]:
    notes = [f"{hop.target}: {each.what} {each.do}" for hop in found for each in hop.met]
    notes += [f"{hop.target}: {note}" for hop, each in zip(found, supplies, strict=True) if each for note in each.notes]
    if found and len(site.spec.servers) < 3:
        notes.append("With fewer than three servers the API does not answer while one restarts.")
    if found and site.spec.upgrade.hours:
        notes.append(
            f"Nodes are begun between {site.spec.upgrade.hours.replace('-', ' and ')} only, by this machine's clock."
        )
    if len(site.spec.agents) == 1:
        only = site.spec.agents[0].name
        notes.append(f"{only} is the only agent: its pods have nowhere to go while it is drained.")
    return notes
