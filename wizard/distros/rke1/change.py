"""What of a changed spec `rke up` would carry out to the cluster's harm, or would not carry out at all.

Source: rancher/rke release/v1.6, cluster/reconcile.go: nodes are known by address, a change of roles leaves containers
behind, a node that is no longer named is taken out and wiped, members of etcd come and go without a look at the others.
"""

from collections.abc import Iterable

from wizard.distros.rke1.state import kubelet_of, listed, read_state
from wizard.distros.rke1.treasure import StateFile
from wizard.errors import Refused
from wizard.site import Site
from wizard.spec.rke1_version import minor_of, numbers_of


def refuse_harm(site: Site, state: StateFile) -> None:
    """Take a site and the state file of its living cluster; raise Refused for a change that is not for `rke up`."""
    wanted = {node.address: node for node in site.spec.nodes}
    named = {node.name: node for node in site.spec.nodes}
    for node in state.nodes:
        if there := wanted.get(node.address):
            if node.planes and node.planes != frozenset(there.planes):
                raise Refused(
                    f"{there.name} is {_listed(node.planes)} in the cluster, and {_listed(there.planes)} in the spec",
                    hint="RKE1 can't change a node's roles: put the former ones back, then rancher-wizard nodes remove "
                    "it, and nodes add it again with others.",
                )
        elif there := named.get(node.name):
            raise Refused(
                f"{node.name} is at {node.address} in the cluster, and at {there.address} in the spec",
                hint="A node of RKE1 never changes its address: rancher-wizard nodes replace --address.",
            )
        else:
            raise Refused(
                f"{node.name} ({node.address}) is in the cluster and not in the spec: `rke` would wipe it",
                hint=f"Where it is to go: rancher-wizard nodes remove SPEC {node.name}. Else put it back.",
            )
    _refuse_joining(site, state)


def refuse_skip(site: Site, source: str) -> None:
    """Raise Refused where the spec's version is older than `source`, the one that `rke` was asked for last, or leaves
    out a minor on a node: `rke` would try.
    """
    target = site.spec.version
    if numbers_of(target) < numbers_of(source):
        raise Refused(
            f"the cluster runs {source}, newer than {target}: there is no upgrade to an older version",
            hint="The way back is a snapshot made on the older one: rancher-wizard restore.",
        )
    if minor_of(target)[1] > minor_of(source)[1] + 1:
        raise Refused(
            f"from {source} to {target} minors would be left out",
            hint="rancher-wizard upgrade plan shows the way; upgrade apply goes it, one minor at a time.",
        )
    if target != source:
        refuse_silent(site, source)
        late = [name for name, member in listed(site.survey).items() if member.version != kubelet_of(source)]
        if late:
            raise Refused(
                f"the upgrade to {source} has not ended on {_listed(late)}: to {target} they would leave it out",
                hint="rancher-wizard upgrade apply ends it first, then goes on.",
            )


def refuse_silent(site: Site, version: str) -> None:
    """Raise Refused where no control plane tells what the nodes run; `version` is what `rke` was asked for last."""
    if listed(site.survey):
        return
    hint = "Bring it up: rancher-wizard apply."
    if version != (target := site.spec.version):
        hint = f"Set version to {version} and bring it up: rancher-wizard apply. Then put {target} back: upgrade apply."
    raise Refused(f"no control plane answers; `rke` was asked for {version} last", hint=hint)


def voting(site: Site) -> dict[str, bool]:
    """Return of each etcd node of the spec that is in the cluster whether its etcd was seen to run."""
    states = {name: read_state(facts) for name, facts in site.survey.facts.items()}
    return {node.name: "etcd" in states[node.name].running for node in site.spec.etcd_nodes if node.name in states}


def _refuse_joining(site: Site, state: StateFile) -> None:
    """New members count at once, before they answer: those that are there must carry them.

    Source: etcd documentation, "Runtime reconfiguration".
    """
    members = {node.address for node in state.nodes if "etcd" in node.planes}
    runs = voting(site)
    old = {node.name: runs.get(node.name, False) for node in site.spec.etcd_nodes if node.address in members}
    new = [node.name for node in site.spec.etcd_nodes if node.address not in members]
    sick = [name for name, well in old.items() if not well]
    if new and sick and sum(old.values()) < (len(old) + 1) // 2 + 1:
        raise Refused(
            f"{new[0]} can not join etcd: {sum(old.values())} of {len(old)} members run, and it would be one more to "
            f"wait for; not well: {_listed(sick)}",
            hint="Bring those back first, or take them out: rancher-wizard nodes remove --dead.",
        )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
