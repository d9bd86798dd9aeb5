"""Snapshots of a running RKE1 cluster: one more, brought home sealed, or old ones deleted here and on the nodes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from wizard.distros.rke1 import ward
from wizard.distros.rke1.home import bring, home
from wizard.distros.rke1.install import prober
from wizard.distros.rke1.launch import launch
from wizard.distros.rke1.phases import members
from wizard.distros.rke1.reading import Reading
from wizard.distros.rke1.snapshot import Snapshot
from wizard.distros.rke1.state import ROOM, read_state
from wizard.distros.rke1.treasure import StateFile
from wizard.distros.rke1.write import place
from wizard.errors import Refused
from wizard.hosts.script import load_script
from wizard.rollout.plan import Plan, Stage
from wizard.rollout.step import Outcome, Step, Unsettled, Work
from wizard.rollout.survey import Reach
from wizard.site import Site
from wizard.upgrade.rke1.kept import known, on_nodes
from wizard.upkeep.snapshots import Prune, at_home, pruning, refuse_missing

PRUNE = load_script(ROOM, "prune_rke1")
_OWN = re.compile(r"\d{4}-\d\d-\d\dT.*_etcd")
"""How RKE1 calls the snapshots that it takes by itself, and deletes by itself. Source: rancher/rke-tools, main.go."""


def save(site: Site, name: str) -> Plan:
    """Return the plan that takes a snapshot called `name` and brings it home. Pure but for the state file here.

    Raises Refused while no node of etcd can be reached, and for a cluster that `rke` has not built.
    """
    living(site)
    node = _node(site)
    if there := next((each for each in known(site) if each.name == name), None):
        fetch = f"rancher-wizard snapshot fetch SPEC {name} brings home what lies on {there.node}. "
        hint = "Choose another --name."
        raise Refused(f"{name}: there is such a snapshot already", hint=fetch + hint if there.node else hint)
    step = Snapshot(site, partial(launch, site), lambda: Reading(members(site.spec)), name)
    return _plan(site, "snapshot", "Snapshot", node, (_reach(site), step), command="snapshot save")


def fetch(site: Site, name: str) -> Plan:
    """Return the plan that brings a snapshot home that lies on a node. Pure.

    Raises Refused for a name that no node that answers has.
    """
    found = [each for each in known(site) if each.name == name.removesuffix(".zip")]
    if found and not found[0].node:
        return Plan(site.spec.name, (), met=at_home(name))
    if not found:
        refuse_missing(site, name)
    there = found[0]
    steps = (_reach(site), Fetch(site, there.name))
    return _plan(site, "snapshot-fetch", "Fetch a snapshot", there.node, steps, command="snapshot fetch")


def prune(site: Site, keep: int) -> Plan:
    """Return the plan that leaves the newest `keep` snapshots of those that RKE1 does not delete by itself. Pure.

    Raises Refused as `upkeep.snapshots.prune`.
    """
    ours = [each for each in known(site) if not _OWN.fullmatch(each.name)]
    kept = {each.name for each in ours[:keep]}
    here = tuple(str(home(site, each.name)) for each in ours[keep:] if not each.node)
    gone = {each.name for each in on_nodes(site) if not _OWN.fullmatch(each.name)} - kept
    stages: list[Stage] = []
    for node in site.spec.etcd_nodes:
        facts = site.survey.facts.get(node.name)
        names = tuple(each.name for each in read_state(facts).snapshots if each.name in gone) if facts else ()
        steps = (_reach(site), Prune(names, here if not stages else (), PRUNE))
        if facts and (names or (here and not stages)):
            stages.append(Stage(f"prune-{node.name}", f"Prune on {node.name}", "etcd nodes", ((node.name,),), steps))
    return pruning(site, stages, keep)


def living(site: Site) -> StateFile:
    """Return the state file of a cluster that is up. Raises Refused where there is none, or no cluster.yml."""
    state = ward.judged(site)
    if state is None or not state.built:
        raise Refused(f"{site.spec.name} has not come up yet", hint="Bring it up: rancher-wizard apply.")
    if not place(site).exists():
        raise Refused(f"{place(site)} is missing, which `rke` reads", hint="apply writes it anew.")
    return state


def _node(site: Site) -> str:
    for node in site.spec.etcd_nodes:
        if node.name in site.survey.facts and "etcd" in read_state(site.survey.facts[node.name]).running:
            return node.name
    raise Refused("etcd runs on no node that can be reached", hint="Bring one back, then ask again.")


def _reach(site: Site) -> Reach:
    return Reach(site.survey, prober(site.spec))


def _plan(site: Site, key: str, title: str, node: str, steps: Sequence[Step], *, command: str) -> Plan:
    return Plan(site.spec.name, (Stage(key, title, "etcd nodes", ((node,),), tuple(steps)),), command=command)


@dataclass(frozen=True, slots=True)
class Fetch(Unsettled):
    """Settled never: what lies at home is compared with what the node has now."""

    site: Site
    name: str
    key: str = "fetch"
    title: str = "Bring the snapshot home"
    timeout_s: float = 3600.0
    expected_s: float = 20.0

    async def carry_out(self, work: Work) -> Outcome:
        return "done" if await bring(self.site, work, self.name) else "unchanged"
