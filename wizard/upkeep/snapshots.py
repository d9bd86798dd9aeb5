"""Snapshots of a running cluster: one more, brought home sealed, or old ones deleted here and on the servers."""

import asyncio
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NoReturn

from wizard.distros.rke2.install import prober
from wizard.distros.rke2.state import read_state
from wizard.errors import Refused, StepFailed
from wizard.hosts.script import Script, load_script
from wizard.rollout.plan import Plan, Stage
from wizard.rollout.step import Fileless, Outcome, Step, Survey, Unsettled, Work
from wizard.rollout.survey import Reach
from wizard.site import Site
from wizard.upgrade.release import Release
from wizard.upgrade.restore.choice import Kept, known, token_of
from wizard.upgrade.running import members, runs
from wizard.upgrade.snapshot import FOLDER, Snapshot, bring
from wizard.upkeep.bucket import InBucket

ROOM = Path(__file__).parent
SUM = load_script(ROOM, "snapshot_sum")
PRUNE = load_script(ROOM, "prune_snapshots")
SCHEDULED = "etcd-snapshot-"
"""How RKE2 calls the snapshots that it takes by itself, and deletes by itself."""


def save(site: Site, name: str) -> Plan:
    """Return the plan that takes a snapshot called `name` and brings it home. Pure.

    A server that is Ready takes it, whoever else is silent. Raises Refused where no server answers, or those that do
    are not known to the cluster.
    """
    server, release = _server(site)
    step = Snapshot(site, release, name, fresh_s=0)
    copied = (InBucket(name),) if site.spec.etcd.snapshots.s3 else ()
    steps = (Reach(site.survey, prober()), step, *copied)
    return _plan(site, "snapshot", "Snapshot", server, steps, command="snapshot save")


def fetch(site: Site, name: str) -> Plan:
    """Return the plan that brings a snapshot home that lies on a server. Pure.

    Raises Refused for a name that no server that answers has.
    """
    there = next((each for each in known(site) if each.name == name), None)
    if there is None:
        refuse_missing(site, name)
    if not there.node:
        return Plan(site.spec.name, (), met=at_home(name))
    steps = (Reach(site.survey, prober()), Fetch(site, there))
    return _plan(site, "snapshot-fetch", "Fetch a snapshot", there.node, steps, command="snapshot fetch")


def at_home(name: str) -> str:
    """Return what is said of a snapshot that is here already."""
    return f"{name} lies here already, sealed"


def refuse_missing(site: Site, name: str) -> NoReturn:
    """Raise Refused for a snapshot that nobody has who answers."""
    holders = (node.name for node in site.spec.etcd_nodes)
    site.survey.must_answer(holders, move=f"No other server has {name}; then ask again.")
    raise Refused(f"{name}: no server has it", hint="See: rancher-wizard snapshot list SPEC")


def prune(site: Site, keep: int) -> Plan:
    """Return the plan that leaves the newest `keep` snapshots of those that nobody else deletes. Pure.

    What lies on a server that does not answer stays, and is told. Raises Refused where nothing is to be done on those
    that do.
    """
    ours = [each for each in known(site) if not each.name.startswith(SCHEDULED)]
    here = tuple(each.place for each in ours[keep:] if not each.node)
    kept = {each.name for each in ours[:keep]}
    stages: list[Stage] = []
    for server in site.spec.servers:
        names = [name for name in _on(site, server.name) if not name.startswith(SCHEDULED) and name not in kept]
        steps: tuple[Step, ...] = (Reach(site.survey, prober()), Prune(tuple(names), here if not stages else ()))
        if server.name in site.survey.facts and (names or (here and not stages)):
            stages.append(Stage(f"prune-{server.name}", f"Prune on {server.name}", "servers", ((server.name,),), steps))
    return pruning(site, stages, keep)


def pruning(site: Site, stages: Sequence[Stage], keep: int) -> Plan:
    """Return the plan of these stages; raises Refused for none while a node of etcd is silent."""
    names = tuple(node.name for node in site.spec.etcd_nodes)
    if not stages:
        site.survey.must_answer(names, move="There is nothing to prune on others; then do it again.")
    notes = tuple(f"{error.message}: what it has stays" for error in site.survey.silent(names))
    met = f"no more than {keep} are there that the cluster does not delete by itself"
    return Plan(site.spec.name, tuple(stages), notes=notes, command="snapshot prune", met=met)


def _on(site: Site, server: str) -> Iterable[str]:
    """The snapshots on one server; what lies at home too is not left out."""
    facts = site.survey.facts.get(server)
    return [PurePosixPath(each.path).name for each in read_state(facts).snapshots] if facts else ()


def _server(site: Site) -> tuple[str, Release]:
    """The first server that is Ready, else the first that answers, and what it runs."""
    names = [server.name for server in site.spec.servers]
    there = [name for name in names if name in site.survey.facts]
    if not there:
        site.survey.must_answer(names, move="A server takes the snapshot; then do it again.")
    listed = members(site.survey)
    server = next((name for name in there if name in listed and listed[name].ready), there[0])
    return server, runs(server, listed)


def _plan(site: Site, key: str, title: str, server: str, steps: Sequence[Step], *, command: str) -> Plan:
    return Plan(site.spec.name, (Stage(key, title, "servers", ((server,),), tuple(steps)),), command=command)


def name_now() -> str:
    """Return what a snapshot is called that was given no name."""
    return time.strftime("manual-%Y%m%d-%H%M%S")


@dataclass(frozen=True, slots=True)
class Fetch(Fileless):
    """Settled where it lies at home already."""

    site: Site
    there: Kept
    key: str = "fetch"
    title: str = "Bring the snapshot home"
    timeout_s: float = 3600.0
    expected_s: float = 20.0

    def settled(self, node: str, survey: Survey) -> bool:
        return self._home.exists()

    async def carry_out(self, work: Work) -> Outcome:
        said = (await work.host.run(SUM, self.there.place, timeout_s=600)).lines
        if len(said) != 2 or not said[0].isdecimal():
            raise StepFailed(work.node, f"{self.there.place} can't be read", hint="Is it still there? snapshot list")
        token = token_of(self.site.vault, self.there)
        await bring(self.site, work, self.there.place, size=int(said[0]), digest=said[1], home=self._home, token=token)
        work.said(f"sealed in {self._home}")
        return "done"

    @property
    def _home(self) -> Path:
        return self.site.state / FOLDER / f"{self.there.name}.sealed"


@dataclass(frozen=True, slots=True)
class Prune(Unsettled):
    """Settled never: what was asked for is looked up right before."""

    names: tuple[str, ...]
    here: tuple[str, ...]
    """Sealed files or folders on this machine that go with the first server's."""
    script: Script = PRUNE
    key: str = "prune"
    title: str = "Delete old snapshots"
    timeout_s: float = 600.0
    expected_s: float = 5.0

    async def carry_out(self, work: Work) -> Outcome:
        if self.names:
            for line in (await work.host.run(self.script, *self.names, timeout_s=self.timeout_s - 20)).lines:
                work.said(line)
        for place in self.here:
            await asyncio.to_thread(_delete, Path(place))
            work.said(f"deleted {place}")
        return "done"


def _delete(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place, ignore_errors=True)
    else:
        place.unlink(missing_ok=True)
