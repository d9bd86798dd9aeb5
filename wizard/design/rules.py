"""Hard rules that hold for any design: what is refused whatever is built."""

from collections.abc import Callable

from wizard.design.addresses import AddressPlan
from wizard.design.capacity.figures import figures, up
from wizard.design.refusal import Refusal
from wizard.design.wish import Wish
from wizard.profiles import profile

Rule = Callable[[Wish, AddressPlan], Refusal | None]


def most_latency_ms() -> int:
    """Return the longest round trip that members of etcd take."""
    most: int = profile("rules")["etcd_latency_ms"]
    return most


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
        "Pods can't reach what shares an address with them, and these networks can't be changed later.",
        "pod and service networks that nothing else of the site uses.",
    )


def _pods_per_node(wish: Wish, plan: AddressPlan) -> Refusal | None:
    most = profile("rules")["most_pods_per_node"]
    if wish.pods_per_node <= most:
        return None
    return Refusal(
        "pods-per-node",
        f"{wish.pods_per_node} pods a node are more than the {most} that this wizard plans for.",
        f"Kubernetes is tested with {figures()['limits']['pods_per_node']}; one lost node would take too much along.",
        "more nodes, with fewer pods on each.",
    )


def _node_mask(wish: Wish, plan: AddressPlan) -> Refusal | None:
    if plan.pods_per_node >= wish.pods_per_node:
        return None
    fits = 32 - (wish.pods_per_node + profile("rules")["addresses"]["not_for_pods"] - 1).bit_length()
    return Refusal(
        "node-mask",
        f"A /{plan.node_mask} has {plan.pods_per_node} addresses for pods; a node may run {wish.pods_per_node}.",
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
    allowed = profile("rules")["windows"]
    names, machines = " or ".join(allowed["cnis"]), allowed["architecture"]
    if wish.cni not in allowed["cnis"]:
        what, why = f"Windows workers and {wish.cni} don't go together.", f"RKE2 runs them with {names} only."
        return Refusal("windows", what, why, f"{names} as the network.")
    if len(wish.cluster_cidrs) > 1 and not allowed["dual_stack"]:
        what, why = "Windows workers and dual stack don't go together.", "RKE2 has no dual stack on Windows."
        return Refusal("windows", what, why, "IPv4 alone, or Linux workers only.")
    if machines not in wish.architectures:
        what = f"Windows workers need {machines} machines, and none are among the nodes."
        return Refusal(
            "windows", what, "RKE2's Windows images are built for no other.", f"{machines} machines for them."
        )
    return None


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
    most = most_latency_ms()
    if wish.sites < 2 or wish.latency_ms <= most:
        return None
    return Refusal(
        "etcd-latency",
        f"A round trip of {wish.latency_ms} ms is too long for one etcd over all data centres; {most} ms are allowed.",
        "Each write waits for a majority of its members, and late heartbeats make it elect new leaders.",
        "one cluster in each data centre, or all servers in one of them.",
        stops=False,
    )


_RULES: tuple[Rule, ...] = (
    _overlapping_networks,
    _pods_per_node,
    _node_mask,
    _pod_network,
    _cluster_limits,
    _windows,
    _shared_volumes,
    _even_etcd_sites,
    _etcd_latency,
)
