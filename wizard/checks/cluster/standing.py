"""How a cluster stands before its upgrade: etcd, nodes, certificates, and who else might upgrade it."""

from collections.abc import Mapping

from wizard.checks.cluster.certificate import Certificate, now
from wizard.checks.cluster.gate import Case, gate
from wizard.checks.finding import Said, fail, ok, warn
from wizard.checks.seen import listed
from wizard.profiles import profile

ETCD_QUOTA_BYTES = 2 * 1024**3
"""What etcd takes before it refuses writes, unless told otherwise. Source: etcd, "System limits"."""
FULL = 0.8
SOON_DAYS = 30
_PRESSURES = ("DiskPressure", "MemoryPressure", "PIDPressure")
_ETCD_LABEL = "node-role.kubernetes.io/etcd"


@gate(
    "upgrade.nodes",
    "All nodes are Ready",
    severity="must",
    why="A node that is not well before is not upgraded, it is repaired; its pods lean on the others already.",
    source='RKE2 documentation, "Manual upgrades"',
    needs=("node",),
)
def nodes(case: Case) -> Mapping[str, Said]:
    known = {each.name: each for each in case.live.members}
    said: dict[str, Said] = {}
    for name in case.nodes:
        if name not in known:
            said[name] = fail(
                "the cluster does not know it",
                wanted="a node of the cluster",
                next_move="Bring it up by apply, or take it out of the spec.",
            )
        elif not known[name].ready:
            # An upgrade that stopped with this node is mended by going on.
            judged = warn if name in case.half_way else fail
            said[name] = judged(
                "not Ready", wanted="Ready", next_move=f"Look at its service, and at: kubectl describe node {name}."
            )
        else:
            said[name] = ok("Ready")
    return said


@gate(
    "upgrade.pressure",
    "No node is short of anything",
    severity="must",
    why="The kubelet of a node under pressure evicts pods and takes none: what a drain moves has nowhere to go.",
    source='Kubernetes, "Node-pressure Eviction"',
    needs=("node",),
)
def pressure(case: Case) -> Mapping[str, Said]:
    return {
        each.name: fail(
            f"under {', '.join(found)}", wanted="no pressure", next_move="Free what it is short of, then ask again."
        )
        for each in case.live.members
        if each.name in case.nodes and (found := [name for name in _PRESSURES if each.conditions.get(name) == "True"])
    }


@gate(
    "upgrade.cordoned",
    "Nodes take pods",
    severity="note",
    why="Pods that move find the fewer places the more nodes are cordoned; yours stay so in the end.",
    source='Kubernetes, "Safely Drain a Node"',
    needs=("node",),
)
def cordoned(case: Case) -> Mapping[str, Said]:
    return {
        each.name: warn(
            "cordoned, and will be afterwards",
            wanted="a node that takes pods",
            next_move=f"kubectl uncordon {each.name}, unless it is so on purpose.",
        )
        for each in case.live.members
        if each.cordoned and each.name in case.nodes
    }


@gate(
    "upgrade.strangers",
    "The spec has all nodes",
    severity="should",
    why="A node that the spec does not name stays on its release; too far behind, its kubelet is not supported.",
    source='Kubernetes, "Version Skew Policy"',
    needs=("node",),
)
def strangers(case: Case) -> Mapping[str, Said]:
    found = [each.name for each in case.live.members if each.name not in case.nodes]
    if not found:
        return {case.first: ok("the cluster's nodes are those of the spec")}
    return {
        case.first: fail(
            f"in the cluster, not in the spec: {listed(found)}",
            wanted="every node of the cluster in the spec",
            next_move="Add it to the spec, or take it out of the cluster.",
        )
    }


@gate(
    "upgrade.members",
    "etcd's members are the servers",
    severity="must",
    why="A member that is gone counts for the quorum all the same: one more server down, and etcd stands still.",
    source='etcd documentation, "Runtime reconfiguration"',
    needs=("node",),
)
def members(case: Case) -> Mapping[str, Said]:
    holding = {each.name for each in case.live.members if _ETCD_LABEL in each.labels}
    voting = {each.name for each in case.live.members if each.name in holding and each.votes}
    servers = {node.name for node in case.spec.servers}
    if lacking := sorted(servers - voting):
        return {
            name: (warn if name in case.half_way else fail)(
                "no voting member of etcd",
                wanted="every server a voting member",
                next_move=f"Look at rke2-server on {name}: it may be a learner still, or have lost its data.",
            )
            for name in lacking
        }
    if more := sorted(holding - servers):
        return {
            case.first: fail(
                f"etcd runs on {listed(more)} too",
                wanted="members that the spec has as servers",
                next_move="Add it to the spec as a server, or take it out of the cluster.",
            )
        }
    return {case.first: ok(f"{len(voting)} of {len(servers)} vote")}


@gate(
    "upgrade.etcd_size",
    "etcd has room",
    severity="must",
    why="At its quota etcd refuses every write, in the middle of an upgrade too.",
    source='etcd documentation, "System limits", "Maintenance"',
)
def etcd_size(case: Case) -> Mapping[str, Said]:
    return {
        name: fail(
            f"etcd's file has {size / 2**30:.1f} GiB of {ETCD_QUOTA_BYTES / 2**30:.0f}",
            wanted=f"below {FULL:.0%} of its quota",
            next_move="Delete what fills it (events, old Helm releases), then defragment: etcdctl defrag.",
        )
        for name, size in case.etcd_bytes.items()
        if size > FULL * ETCD_QUOTA_BYTES
    }


@gate(
    "upgrade.snapshot_room",
    "Room for the snapshot",
    severity="must",
    why="An upgrade does not begin without a snapshot, which is as large as etcd's file, beside the one it replaces.",
    source='RKE2 documentation, "Backup and restore"',
)
def snapshot_room(case: Case) -> Mapping[str, Said]:
    size, facts = case.etcd_bytes.get(case.first, 0.0), case.facts.get(case.first)
    place = "/opt/rke/etcd-snapshots" if case.spec.distribution == "rke1" else "/var/lib/rancher/rke2/server/db"
    mount = facts.mount_of(place) if facts else None
    if not size or mount is None or mount.free_mib * 2**20 > 2 * size:
        return {}
    return {
        case.first: fail(
            f"{mount.free_mib} MiB free, etcd's file has {size / 2**20:.0f} MiB",
            wanted="twice the size of etcd's file",
            next_move=f"Prune old snapshots, or give the file system of {place} more room.",
        )
    }


@gate(
    "upgrade.certificates",
    "Certificates hold",
    severity="must",
    why="With an expired certificate a server does not come back from its restart; an authority is not renewed by it.",
    source='RKE2 documentation, "Certificate management": leaves are renewed at a restart when 120 days or less remain',
)
def certificates(case: Case) -> Mapping[str, Said]:
    by_rke = case.spec.distribution == "rke1"
    authority = "rancher-wizard certs rotate --rotate-ca" if by_rke else "rke2 certificate rotate-ca"
    return {name: _holds(found, authority) for name, found in case.certificates.items() if found}


def _holds(found: tuple[Certificate, ...], renewal: str) -> Said:
    moment = now()
    first = min(found, key=lambda each: each.ends)
    days, authorities = first.days_left(moment), [each for each in found if each.authority]
    if days < 0:
        return fail(
            f"{first.name} has expired {-days} days ago",
            wanted="certificates that hold",
            next_move=f"Renew them first: rancher-wizard certs rotate; an authority is replaced with `{renewal}`.",
        )
    ends = min(authorities, key=lambda each: each.ends, default=None)
    if ends and ends.days_left(moment) < SOON_DAYS:
        return fail(
            f"the authority {ends.name} ends in {ends.days_left(moment)} days",
            wanted=f"an authority that holds for {SOON_DAYS} days",
            next_move=f"Replace it first: `{renewal}`.",
        )
    return ok(f"the next to end is {first.name}, in {days} days")


@gate(
    "upgrade.plans",
    "Nobody else upgrades",
    severity="must",
    why="The system-upgrade-controller takes the same nodes to the release of its own plans at the same time.",
    source='RKE2 documentation, "Automated upgrades"',
    needs=("plan",),
)
def plans(case: Case) -> Mapping[str, Said]:
    # The wizard's own, left by an upgrade that was ended, take nobody whom nobody hands over.
    known = profile("rke2/controller")
    own = tuple(f"{known['namespace']}/{name} " for name in known["plans"].values())
    others = [told for told in case.live.plans if not told.startswith(own)]
    if not others:
        return {}
    return {
        case.first: fail(
            f"there are upgrade plans: {listed(others)}",
            wanted="no plan of the system-upgrade-controller",
            next_move="Delete them: kubectl -n system-upgrade delete plans.upgrade.cattle.io NAME.",
        )
    }


@gate(
    "upgrade.charts",
    "RKE2's own charts are installed",
    severity="should",
    why="An upgrade brings new versions of RKE2's charts; a failed one keeps the old version, or none.",
    source='RKE2 documentation, "Helm integration"',
    needs=("chart",),
)
def charts(case: Case) -> Mapping[str, Said]:
    if not case.live.failed_charts:
        return {case.first: ok("no chart has failed")}
    return {
        case.first: fail(
            f"the install of {listed(case.live.failed_charts)} has failed",
            wanted="charts that are installed",
            next_move="kubectl -n kube-system logs job/helm-install-NAME tells why.",
        )
    }
