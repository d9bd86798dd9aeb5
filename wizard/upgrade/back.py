"""The plan that puts one node back to the release that it had, in the middle of an upgrade or after it."""

import contextlib
from collections.abc import Iterable

from wizard.distros.rke2.artifacts import releases
from wizard.distros.rke2.install import prober
from wizard.distros.rke2.state import read_state
from wizard.errors import HostError, Refused
from wizard.rollout.plan import Plan, Stage
from wizard.rollout.step import Hosts
from wizard.site import Site
from wizard.spec.models import Node
from wizard.upgrade.ask import witnesses
from wizard.upgrade.plan import at_release, node_steps
from wizard.upgrade.release import Release
from wizard.upgrade.snapshot import FOLDER
from wizard.upgrade.ways import same_etcd
from wizard.vault.pieces import header_of
from wizard.whole import around


def back(site: Site, name: str) -> Plan:
    """Return what is to be done so that the node runs its former release again. Pure but for headers read at home.

    An agent goes back at any time; a server only as long as its etcd has not met the newer release, or where both bring
    the same etcd and the same Kubernetes minor (RKE2 documentation, "Roll back"). Raises Refused where it can't.
    """
    node = next((each for each in site.spec.nodes if each.name == name), None)
    if node is None:
        names = ", ".join(each.name for each in site.spec.nodes)
        raise Refused(f"{name}: no node of this cluster", hint=f"Its nodes: {names}.")
    site.survey.must_answer((name,), move="It is put back over SSH: mend the way to it first.")
    installed, former = _installed(site, node), _former(site, node)
    if former is None or installed <= former:
        return Plan(site.spec.name, (), settled=(name,), met=f"{name} runs {installed}, and no newer one than before")
    if node.role == "server":
        _refuse_new_etcd(site, name, installed, former)
    target = at_release(site, former)
    stage = Stage(
        f"back-{name}",
        f"{name} back to {former}",
        f"{node.role}s",
        ((name,),),
        node_steps(target, releases(target), node.role, drain=_drains(site, node), back=True),
    )
    note = f"{name} goes from {installed} back to {former}; upgrade apply takes it up again."
    return Plan(site.spec.name, (around(target, stage),), notes=(note,), command=f"upgrade back {name}")


async def put_back(site: Site, name: str, hosts: Hosts) -> Stage:
    """Look at a node and at a server that answers; return the stage that puts the node back. Raises as `back`."""
    look = prober()
    site.survey.learn(name, await look(hosts(name)))
    for server in witnesses([each.name for each in site.spec.servers], name):
        with contextlib.suppress(HostError):
            site.survey.learn(server, await look(hosts(server)))
            break
    plan = back(site, name)
    if plan.empty:
        raise Refused(f"{name} runs its former release")
    return plan.stages[0]


def _drains(site: Site, node: Node) -> bool:
    return site.spec.upgrade.drain == "all" or (site.spec.upgrade.drain == "agents" and node.role == "agent")


def _installed(site: Site, node: Node) -> Release:
    found = _release(read_state(site.survey.facts[node.name]).version)
    if found is None:
        raise Refused(f"{node.name}: no release of RKE2 is installed there", hint="Bring it up by apply.")
    return found


def _release(name: str) -> Release | None:
    try:
        return Release.of(name)
    except ValueError:
        return None


def _listed(site: Site, name: str) -> Release | None:
    """What the cluster itself says that the node runs."""
    members = (read_state(facts).members.get(name) for facts in site.survey.facts.values())
    return next((_release(member.version) for member in members if member), None)


def _former(site: Site, node: Node) -> Release | None:
    """What it ran before: what the cluster still lists, else the release that the last upgrade began from."""
    listed, installed = _listed(site, node.name), _installed(site, node)
    if listed and listed < installed:
        return listed
    return max(_sources(site), default=None)


def _sources(site: Site) -> Iterable[Release]:
    """The releases that snapshots before an upgrade were made on."""
    for path in (site.state / FOLDER).glob("before-*.sealed"):
        header = header_of(path)
        found = _release(str(header.get("release", "")))
        if found and header.get("identity") == site.identity.id:
            yield found


def _refuse_new_etcd(site: Site, name: str, installed: Release, former: Release) -> None:
    if same_etcd(former, installed):
        return
    facts = site.survey.facts[name]
    if _listed(site, name) != installed and facts.first("x.rke2.etcd_newer") != "yes":
        return
    raise Refused(
        f"{name}: its etcd has met {installed}, and what that wrote {former} may not read",
        hint=f"Go forward (upgrade apply), or all back by the snapshot made before: rancher-wizard restore SPEC. "
        f"Only {name} anew: take it out of the cluster and let apply join it again.",
    )
