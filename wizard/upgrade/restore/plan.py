"""The plan that brings a cluster back out of a snapshot, or out of what one server still has."""

from dataclasses import dataclass, replace

from wizard.distros.rke2.artifacts import SendArtifacts, releases
from wizard.distros.rke2.claim import Claim
from wizard.distros.rke2.configure import Configure
from wizard.distros.rke2.credentials import Credentials
from wizard.distros.rke2.door import Door
from wizard.distros.rke2.install import prepare, prober
from wizard.distros.rke2.install_release import InstallRelease
from wizard.distros.rke2.ready import Ready
from wizard.distros.rke2.release import Release as Files
from wizard.distros.rke2.start import Start
from wizard.distros.rke2.state import read_state
from wizard.errors import Refused
from wizard.rollout.batches import batches, spread, window
from wizard.rollout.plan import Plan, Stage, settled
from wizard.rollout.step import Step
from wizard.rollout.survey import Reach
from wizard.site import Site
from wizard.upgrade.restore.begun import Wish, same, unfinished
from wizard.upgrade.restore.choice import Kept, choose
from wizard.upgrade.restore.reset import Reset
from wizard.upgrade.restore.steps import Deliver, ForgetPassword, Halt, SetAside, Verify
from wizard.whole import around

NEW = "new"
"""The id that a plan shows for a restore that has not begun: no node bears it."""


@dataclass(frozen=True, slots=True)
class _Order:
    """What a restore is to do: its id, the snapshot, the server that is reset, those that join it, the agents."""

    id: str
    snapshot: Kept | None
    first: str
    others: tuple[str, ...]
    agents: tuple[str, ...]
    downgrade: bool
    """Whether nodes run another release than the one that the cluster comes back on."""


def resolved(site: Site, wish: Wish) -> Wish:
    """Return `wish` with the snapshot's name and, where it goes on with a restore that was cut short, that one's id.

    Who wishes for nothing in particular goes on, or gets the newest snapshot. Raises Refused when there is none.
    """
    if wish.id:
        return wish
    if wish == Wish() and (before := unfinished(site.state)):
        return before
    name = "" if wish.data_of else choose(site, wish.snapshot, bucket=wish.bucket).name
    return same(replace(wish, snapshot=name), site.state)


def restore(site: Site, wish: Wish) -> Plan:
    """Return what is to be done so that the cluster stands again as `wish` says. Pure but for snapshots read at home.

    Raises Refused for a server that can't be reached and was not given up: its etcd could go on without us.
    """
    if site.spec.distribution != "rke2":
        raise Refused(f"snapshots of {site.spec.distribution} are not restored here", hint="Only RKE2's are.")
    # Before a snapshot is looked for: it may lie on a server that is silent.
    _refuse_unreachable(site, (unfinished(site.state) if wish == Wish() else None) or wish)
    wish = resolved(site, wish)
    snapshot = None if wish.data_of else choose(site, wish.snapshot, bucket=wish.bucket)
    first = _first(site, wish, snapshot)
    version = (snapshot and snapshot.release) or site.spec.version
    wanted = site.spec.version
    site = replace(site, reset=first, spec=site.spec.model_copy(update={"version": version}))
    order = _Order(
        id=wish.id or NEW,
        snapshot=snapshot,
        first=first,
        others=tuple(name for name in _alive(site, wish) if name != first),
        agents=tuple(node.name for node in site.spec.agents if node.name in site.survey.facts),
        downgrade=any(read_state(facts).version not in ("", version) for facts in site.survey.facts.values()),
    )
    stages = tuple(stage for stage in _stages(site, order) if stage.batches)
    busy = {name for stage in stages for name in stage.nodes}
    rest = tuple(node.name for node in site.spec.nodes if node.name not in busy)
    notes = tuple(_notes(site, wish, order, wanted))
    return Plan(site.spec.name, stages, settled=rest, notes=notes, command="restore")


def _alive(site: Site, wish: Wish) -> list[str]:
    return [server.name for server in site.spec.servers if server.name not in wish.without]


def _refuse_unreachable(site: Site, wish: Wish) -> None:
    names = [server.name for server in site.spec.servers]
    if strangers := [name for name in (*wish.without, *filter(None, [wish.data_of])) if name not in names]:
        raise Refused(f"{strangers[0]}: no server of this cluster", hint=f"Its servers: {', '.join(names)}.")
    if not _alive(site, wish):
        raise Refused("no server is left to restore on", hint="Take one out of --without.")
    silent = " ".join(f"--without {error.node}" for error in site.survey.silent(_alive(site, wish)))
    move = f"Nobody knows whether etcd runs there; what is off for good, and stays so, is given up: {silent}"
    site.survey.must_answer(_alive(site, wish), move=move)


def _first(site: Site, wish: Wish, snapshot: Kept | None) -> str:
    """The server that is reset: who has the data or the snapshot, else the first of the spec."""
    alive = _alive(site, wish)
    if wish.data_of:
        if wish.data_of not in alive:
            raise Refused(f"{wish.data_of}: both wanted and given up", hint="Take it out of --without.")
        facts = site.survey.facts.get(wish.data_of)
        if facts is None or not read_state(facts).etcd:
            raise Refused(f"{wish.data_of} has no etcd data", hint="Name another server, or a snapshot: --list.")
        return wish.data_of
    if snapshot and snapshot.node:
        if snapshot.node not in alive:
            raise Refused(f"{snapshot.name} lies on {snapshot.node}, which is given up", hint="Choose another one.")
        return snapshot.node
    return alive[0]


def _stages(site: Site, order: _Order) -> list[Stage]:
    release = releases(site)
    servers = (order.first, *order.others)
    reach = Reach(site.survey, prober())
    halt = Halt("server", order.id, pods=True)
    proof = (Reach(site.survey, prober(), again=True), Credentials(site), Verify(site, servers))
    return [
        *_files(site, release, servers),
        Stage("halt", "Stop all servers", "servers", (servers,), (reach, halt), at_once=len(servers)),
        around(
            site,
            Stage("first-server", "Restore on one server", "servers", ((order.first,),), _first_steps(site, order)),
        ),
        around(
            site,
            Stage(
                "servers",
                "Other servers join",
                "servers",
                batches(order.others, at_once=1),
                _joining(site, release, "server", order),
            ),
        ),
        _agents(site, release, order),
        Stage("verify", "Verification", "servers", ((order.first,),), proof),
    ]


def _files(site: Site, release: Files | None, servers: tuple[str, ...]) -> list[Stage]:
    """What takes long, and what may be missing here, comes before anything is stopped."""
    if release is None:
        return []
    steps = (Reach(site.survey, prober()), Claim(site), SendArtifacts(site, release))
    todo = tuple(name for name in servers if not settled(name, steps[1:], site.survey))
    if not todo:
        return []
    return [Stage("files", "Release files to the servers", "servers", (todo,), steps, at_once=len(todo))]


def _first_steps(site: Site, order: _Order) -> tuple[Step, ...]:
    steps = _installing(site, releases(site), "server")
    if order.snapshot:
        steps.append(Deliver(site, order.snapshot))
    steps += [Configure(site), Reset(site, order.id, order.snapshot), Start(site), Ready(site)]
    return (*steps, ForgetPassword(order.first))


def _installing(site: Site, release: Files | None, role: str) -> list[Step]:
    """What a machine lacks that is new; a former one has it."""
    send = [SendArtifacts(site, release)] if release else []
    # Looked at again: since the survey everything was stopped.
    return [Reach(site.survey, prober(), again=True), Claim(site), *prepare(site, role), *send, InstallRelease(site)]


def _joining(site: Site, release: Files | None, role: str, order: _Order) -> tuple[Step, ...]:
    steps = _installing(site, release, role)
    if role == "server":
        steps.append(SetAside(order.id))
    else:
        # After the files: once something was done, facts no longer say that a node has them.
        steps.append(Halt("agent", order.id, pods=order.downgrade))
    return (*steps, Door(site), Configure(site), ForgetPassword(order.first), Start(site), Ready(site))


def _agents(site: Site, release: Files | None, order: _Order) -> Stage:
    policy = site.spec.rollout.workers
    at_once = max(1, site.spec.workers_at_once(len(site.spec.agents)))
    zones = {node.name: node.zone or "" for node in site.spec.agents}
    names, rolling = spread(order.agents, zones), policy.order == "rolling"
    stage = Stage(
        "agents",
        "Agents restart",
        "agents",
        window(names) if rolling else batches(names, at_once=at_once),
        _joining(site, release, "agent", order),
        at_once=at_once,
        rolling=rolling,
        max_failed=site.spec.max_failed(len(site.spec.agents)),
    )
    return around(site, stage)


def _notes(site: Site, wish: Wish, order: _Order, wanted: str) -> list[str]:
    notes = [_what(site, order)]
    if wish.id:
        notes.append("This restore was begun before: it goes on where it was.")
    if site.spec.version != wanted:
        notes.append(
            f"The cluster comes back on {site.spec.version}, the spec wants {wanted}: set it, or upgrade again."
        )
    notes += [
        f"{name} is given up: keep it switched off, its etcd would go on without the others." for name in wish.without
    ]
    away = [node.name for node in site.spec.agents if node.name not in order.agents]
    notes += [
        f"{name}: {site.survey.failures[name].what}; it is left out" for name in away if name in site.survey.failures
    ]
    return notes


def _what(site: Site, order: _Order) -> str:
    if order.snapshot is None:
        return f"All that etcd on {order.first} has is kept; what only other servers had is lost."
    return (
        f"The cluster's objects go back to {order.snapshot.name}"
        f"{f' ({order.snapshot.release})' if order.snapshot.release else ''}: what came after it is lost. "
        "Volumes stay as they are."
    )
