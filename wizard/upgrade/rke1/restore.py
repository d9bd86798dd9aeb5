"""The plan that brings an RKE1 cluster back out of a snapshot by `rke etcd snapshot-restore`, on new machines too.

`rke` wipes every node of cluster.yml, then brings the cluster up with the snapshot's etcd. Source: rancher/rke
release/v1.6, cmd/etcd.go and cluster/etcd.go.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from wizard.distros.rke1 import ward
from wizard.distros.rke1.after import AllReady, Keep
from wizard.distros.rke1.follow import Ended
from wizard.distros.rke1.here import on_this_machine
from wizard.distros.rke1.home import state_with
from wizard.distros.rke1.install import images, notice, prepared, prober, written
from wizard.distros.rke1.launch import launch, task_of
from wizard.distros.rke1.order import ended_well_since
from wizard.distros.rke1.phases import members, phases
from wizard.distros.rke1.rke import Rke
from wizard.distros.rke1.state import SNAPSHOTS, read_state
from wizard.distros.rke1.treasure import StateFile, put_back
from wizard.errors import BadUsage, Refused, WizardError
from wizard.rollout.plan import Plan, Stage
from wizard.rollout.step import Fileless, Outcome, Step, Survey, Unsettled, Work
from wizard.rollout.survey import Reach
from wizard.site import Site
from wizard.upgrade.restore.begun import FILE, Wish, finish, same, unfinished
from wizard.upgrade.restore.choice import Kept
from wizard.upgrade.rke1.kept import BUCKET, choose
from wizard.vault.pieces import Unsealing


def resolved(site: Site, wish: Wish) -> Wish:
    """Return `wish` with the snapshot's name and, where it goes on with a restore that was cut short, that one's id.

    Who wishes for nothing in particular goes on, or gets the newest snapshot. Raises BadUsage for what RKE1 has no way
    to do, Refused when there is no such snapshot.
    """
    if wish.data_of or wish.without:
        option = "--data-of" if wish.data_of else "--without"
        raise BadUsage(
            f"{option} is for clusters of RKE2",
            hint="With RKE1 the spec names the machines to restore on: take out what is gone, put in what is new.",
        )
    if wish.id:
        return wish
    if wish == Wish() and (before := unfinished(site.state)):
        return before
    return same(replace(wish, snapshot=choose(site, wish.snapshot).name), site.state)


def restore(site: Site, wish: Wish) -> Plan:
    """Return what is to be done so that the cluster stands again as the snapshot has it. Reads what is kept here.

    Raises Refused for a node that can't be reached, which `rke` would leave out in silence, and where no state file
    is known.
    """
    wish = resolved(site, wish)
    site.survey.must_answer(
        sorted(site.survey.failures),
        move="rke would restore without it and not say so: bring it back, or take it out of the spec.",
    )
    snapshot, wanted = choose(site, wish.snapshot), site.spec.version
    version = snapshot.release or wanted
    site = replace(site, spec=site.spec.model_copy(update={"version": version}))
    _lacking(site, snapshot)
    first = site.spec.etcd_nodes[0].name
    command = ("etcd", "snapshot-restore", "--name", snapshot.name)
    rke = Rke(site, members(site.spec), lambda work: _start(site, work, command), lambda: task_of(site, *command))
    names = tuple(node.name for node in site.spec.nodes)
    after = (Ended(rke), Keep(site), AllReady(site, names), Finish(site))
    lies_at = snapshot.node or first
    bring: tuple[Step, ...] = (Reach(site.survey, prober(site.spec)), Deliver(site, snapshot), PutState(site, snapshot))
    stages = (
        prepared(site, site.spec.nodes),
        *images(site, site.spec.nodes),
        Stage("snapshot", "Snapshot and state file", "etcd nodes", ((lies_at,),), bring),
        written(site),
        *phases(site.spec, rke, site.spec.nodes, living=False, after=after),
    )
    return Plan(
        site.spec.name,
        tuple(stage for stage in stages if stage.batches),
        notes=tuple(_notes(site, wish, snapshot, wanted)),
        command="restore",
        notice=notice(),
    )


def _start(site: Site, work: Work, command: tuple[str, ...]) -> str:
    """Have `rke` restore; one that has ended well for this very wish is not begun a second time, if all still runs."""
    ended = ended_well_since(ward.folder(site), task_of(site, *command), site.state / FILE)
    states = {name: read_state(facts) for name, facts in site.survey.facts.items()}
    if ended and all(node.name in states and states[node.name].runs(node.planes) for node in site.spec.nodes):
        return "rke had restored it before its engine was lost: it is not begun again"
    # The snapshot brings the state file of its time, and with it maybe another CA.
    ward.renewing(site)
    return launch(site, work, *command)


def _lacking(site: Site, snapshot: Kept) -> StateFile | None:
    """Return the state file to put in place, None where the one that is there is the cluster's.

    That of the snapshot's own time first, then the newest sealed copy. Raises Refused where there is neither, or nodes
    bear another cluster's certificates.
    """
    try:
        if ward.judged(site):
            return None
        hint = f"Put the cluster's own to {ward.state_path(site)}, mode 0600."
        refusal = Refused(f"there is no state file, which has the keys of {snapshot.name}", hint=hint)
    except Refused as error:
        refusal = error
    kept = _kept(site, snapshot)
    if kept is None or any(ca != kept.ca for ca in ward.standing(site).seen.values()):
        raise refusal
    return kept


def _kept(site: Site, snapshot: Kept) -> StateFile | None:
    with contextlib.suppress(WizardError):
        if found := state_with(site, snapshot.name):
            return found
    with contextlib.suppress(WizardError):
        return ward.treasury(site).open(ward.treasury(site).named(""))
    return None


def _notes(site: Site, wish: Wish, snapshot: Kept, wanted: str) -> Iterator[str]:
    where = f"on {snapshot.node}" if snapshot.node else "sealed here"
    if snapshot.place == BUCKET:
        yield f"Snapshot {snapshot.name} is neither here nor on a node: rke must find it in the bucket, or ends"
    else:
        yield f"Snapshot {snapshot.name}, {snapshot.size_bytes >> 10} KiB, {where}"
    yield "rke wipes Kubernetes off every node of the spec first; what was written since the snapshot is lost"
    if wish.id:
        yield "This restore was begun before: it goes on where it was."
    if not snapshot.release:
        yield f"Which version it was made under is not known: the cluster comes back on {wanted}, as the spec says."
    if site.spec.version != wanted:
        yield f"The cluster comes back on {site.spec.version}, the spec wants {wanted}: set it, or upgrade again."
    if site.spec.etcd.snapshots.s3 and snapshot.place != BUCKET:
        yield "rke takes it from S3 where it is there, else from the nodes."
    fresh = [name for name, facts in site.survey.facts.items() if not read_state(facts).ca]
    new = [node.name for node in site.spec.nodes if node.name in fresh]
    if new:
        yield f"New machines, or wiped ones: {', '.join(new)}"
    if left := _left(site, snapshot):
        yield f"Not in the spec, so not wiped: {', '.join(left)}. Keep them off: they would go on with the same keys."


def _left(site: Site, snapshot: Kept) -> list[str]:
    """The nodes that the cluster had and the spec does not name."""
    state = _lacking(site, snapshot) or ward.judged(site)
    here = {node.address for node in site.spec.nodes}
    return [node.name for node in state.nodes if node.address not in here] if state else []


@dataclass(frozen=True, slots=True)
class Deliver(Fileless):
    """Puts a snapshot that is sealed at home among those of the node; unchanged where it is there whole."""

    site: Site
    snapshot: Kept
    key: str = "deliver"
    title: str = "Send the snapshot"
    timeout_s: float = 3600.0
    expected_s: float = 10.0

    def settled(self, node: str, survey: Survey) -> bool:
        return bool(self.snapshot.node)

    async def carry_out(self, work: Work) -> Outcome:
        kept = self.snapshot
        if kept.node:
            return "unchanged"
        sealed = Unsealing(Path(kept.place), self.site.vault, name=kept.name, size_bytes=kept.size_bytes)

        def moved(done: int, size: int) -> None:
            work.tell(100 * done // max(1, size), f"snapshot: {done >> 20} of {size >> 20} MiB")

        place = f"{SNAPSHOTS}/{kept.name}.zip"
        sent = await work.host.send(sealed, place, sha256=kept.sha256, mode=0o600, on_progress=moved)
        work.said(f"{place}: {kept.size_bytes >> 10} KiB, sha256 {kept.sha256[:16]}… proven")
        return "done" if sent else "unchanged"


@dataclass(frozen=True, slots=True)
class PutState(Unsettled):
    """Never settled: puts this cluster's state file to its place where it is missing, damaged, or another's."""

    site: Site
    snapshot: Kept
    key: str = "state"
    title: str = "Put the state file to its place on this machine"
    timeout_s: float = 60.0
    expected_s: float = 0.5

    async def carry_out(self, work: Work) -> Outcome:
        return await on_this_machine(work.node, self._put)

    def _put(self) -> Outcome:
        state = _lacking(self.site, self.snapshot)
        if state is None:
            return "unchanged"
        put_back(state, ward.state_path(self.site))
        ward.treasury(self.site).keep(state, "restored")
        return "done"


@dataclass(frozen=True, slots=True)
class Finish(Unsettled):
    """Keeps that the restore is verified: another one begins from the start, and the cluster may be changed again."""

    site: Site
    key: str = "finish"
    title: str = "The restore is verified"
    timeout_s: float = 30.0
    expected_s: float = 0.1

    async def carry_out(self, work: Work) -> Outcome:
        finish(self.site.state)
        return "done"
