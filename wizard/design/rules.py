"""Hard rules that hold for any design: what is refused whatever is built."""

from collections.abc import Callable

from wizard.design.addresses import AddressPlan
from wizard.design.capacity.line import figures, up
from wizard.design.refusal import Refusal
from wizard.design.wish import Wish

MOST_LATENCY_MS = (
    10  # between members of etcd: design chapter; etcd.io/docs/v3.5/tuning wants it far below its heartbeat
)
WINDOWS_CNIS = ("calico", "flannel")  # docs.rke2.io/install/requirements

Rule = Callable[[Wish, AddressPlan], Refusal | None]


def refusals_of(wish: Wish, plan: AddressPlan) -> tuple[Refusal, ...]:
    """Take what is wanted and its address plan; return each rule that is broken whatever the design."""
    found = [rule(wish, plan) for rule in _RULES]
    return tuple(refusal for refusal in found if refusal)


def _overlapping_networks(wish: Wish, plan: AddressPlan) -> Refusal | None:
    if not plan.overlaps:
        return None
    pairs = "; ".join(f"{one} and {other}" for one, other in plan.overlaps)
    return Refusal(
        "overlapping-networks",
        f"Networks overlap: {pairs}.",
        "Pods could not reach what shares an address with them, and these networks can't be changed once the cluster "
        "is made.",
        "choose pod and service networks that nothing else of the site uses.",
    )


def _node_mask(wish: Wish, plan: AddressPlan) -> Refusal | None:
    if plan.pods_per_node >= wish.pods_per_node:
        return None
    fits = 32 - (wish.pods_per_node + 2).bit_length()
    return Refusal(
        "node-mask",
        f"A /{wish.node_mask} has {plan.pods_per_node} addresses for pods; a node may run {wish.pods_per_node}.",
        "Further pods on the node would wait for an address for ever.",
        f"a mask of /{fits} or wider for each node, or fewer pods a node.",
    )


def _pod_network(wish: Wish, plan: AddressPlan) -> Refusal | None:
    if plan.nodes:
        return None
    return Refusal(
        "pod-network",
        f"The pods' network {plan.pod_networks[0]} holds no /{plan.node_mask} for even one node.",
        "Each node takes a part of it of that size.",
        "a larger pods' network, or a narrower mask for each node.",
    )


def _cluster_limits(wish: Wish, plan: AddressPlan) -> Refusal | None:
    limits = figures()["limits"]
    grown = up(wish.pods * (100 + wish.growth_percent), 100)
    if grown <= limits["pods"]:
        return None
    return Refusal(
        "cluster-limits",
        f"{grown:,} pods with growth are more than the {limits['pods']:,} that one cluster is built for.",
        f"Kubernetes is tested up to {limits['nodes']:,} nodes and {limits['pods']:,} pods ({limits['source']}).",
        "several clusters, each with its part of the applications.",
    )


def _windows(wish: Wish, plan: AddressPlan) -> Refusal | None:
    if not wish.windows:
        return None
    if wish.cni not in WINDOWS_CNIS:
        what = f"Windows workers and {wish.cni} don't go together."
        return _windows_refusal(
            what, "RKE2 runs them with Calico or Flannel only.", "calico or flannel as the network."
        )
    if len(wish.cluster_cidrs) > 1:
        what = "Windows workers and dual stack don't go together."
        return _windows_refusal(what, "RKE2 has no dual stack on Windows.", "IPv4 alone, or Linux workers only.")
    if "amd64" not in wish.architectures:
        what = "Windows workers need amd64 machines, and none are among the nodes."
        return _windows_refusal(what, "RKE2's Windows images are built for amd64 only.", "amd64 machines for them.")
    return None


def _windows_refusal(what: str, why: str, instead: str) -> Refusal:
    return Refusal(
        "windows", what, f"{why} (docs.rke2.io/install/requirements, networking/basic_network_options)", instead
    )


def _shared_volumes(wish: Wish, plan: AddressPlan) -> Refusal | None:
    if wish.storage != "local-path" or not wish.rwx:
        return None
    return Refusal(
        "shared-volumes",
        "local-path can't give one volume to several nodes (RWX).",
        "Its volumes are folders on one node's disk.",
        "Longhorn with NFS packages on the nodes, an NFS server, or CephFS by its CSI driver.",
    )


def _even_etcd_sites(wish: Wish, plan: AddressPlan) -> Refusal | None:
    if wish.sites != 2 or not (wish.nodes_away or wish.survives_site):
        return None
    return Refusal(
        "even-etcd-sites",
        "etcd in two data centres is not highly available.",
        "One of them holds the majority of its members; when that one is lost, the cluster stops.",
        "a third data centre, if only for one server; or servers in one data centre; or a cluster in each.",
        stops=False,
    )


def _etcd_latency(wish: Wish, plan: AddressPlan) -> Refusal | None:
    if wish.sites < 2 or wish.latency_ms <= MOST_LATENCY_MS:
        return None
    return Refusal(
        "etcd-latency",
        f"{wish.latency_ms} ms between data centres are too many for one etcd over them; at most {MOST_LATENCY_MS}.",
        "Each write waits for a majority of its members, and late heartbeats make it elect new leaders.",
        "one cluster in each data centre, or all servers in one of them.",
        stops=False,
    )


_RULES: tuple[Rule, ...] = (
    _overlapping_networks,
    _node_mask,
    _pod_network,
    _cluster_limits,
    _windows,
    _shared_volumes,
    _even_etcd_sites,
    _etcd_latency,
)
