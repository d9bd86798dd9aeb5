"""Hard rules that take single designs out: what a design can't do for these answers."""

from collections.abc import Callable

from wizard.design.addresses import AddressPlan
from wizard.design.amount import count, memory
from wizard.design.capacity.figures import figures
from wizard.design.capacity.layout import pods_for_work
from wizard.design.design import Design
from wizard.design.refusal import Refusal
from wizard.design.rules import most_latency_ms
from wizard.design.sizing import Sizing
from wizard.design.wish import Wish
from wizard.profiles import profile

Rule = Callable[[Design, Wish, Sizing], Refusal | None]


def refusals_for(design: Design, wish: Wish, sizing: Sizing, plan: AddressPlan) -> tuple[Refusal, ...]:
    """Take a design, what is wanted, what it comes to and the address plan; return each rule that takes it out."""
    found = [*(rule(design, wish, sizing) for rule in _RULES), _pod_network(sizing, plan)]
    return tuple(refusal for refusal in found if refusal)


def _on_purpose(design: Design, wish: Wish, sizing: Sizing) -> Refusal | None:
    if design.current or wish.distribution == design.distribution:
        return None
    return _out(
        "on-purpose",
        f"{design.title} is taken only when it is asked for.",
        design.aged[0],
        f"{design.successor}; or answer the question about the distribution with {design.distribution}.",
    )


def _availability(design: Design, wish: Wish, sizing: Sizing) -> Refusal | None:
    survived = nodes_survived(design, sizing)
    if survived >= wish.nodes_away:
        return None
    wanted = "the loss of a node" if wish.nodes_away == 1 else "the loss of a node while another is in maintenance"
    servers = count(sizing.servers // sizing.clusters, "server")
    return _out(
        "availability",
        f"{design.title} can't survive {wanted}.",
        f"With {servers}, {survived} of them may be away at once; {wish.nodes_away} must.",
        f"a design with {2 * wish.nodes_away + 1} servers.",
    )


def nodes_survived(design: Design, sizing: Sizing) -> int:
    """Return how many machines that manage a cluster may be away at once while it goes on."""
    counts = {pool.role: pool.count for pool in sizing.pools}
    return min(group.may_lose(counts[group.role]) for group in design.groups if not group.grows)


def _places(design: Design, wish: Wish, sizing: Sizing) -> Refusal | None:
    if design.spread == "zones" and wish.zones == 2:
        return _out(
            "even-etcd-sites",
            "Servers over two zones or data centres are not highly available.",
            "One of the two holds the majority of etcd; when that one is lost the cluster stops.",
            "a third zone, if only for one server.",
        )
    if design.spread == "zones" and wish.zones < 3:
        return _out(
            "places", f"{design.title} needs three zones or data centres.", "There is one.", "a design for one place."
        )
    if design.spread in ("one_site", "each_site") and wish.sites < 2:
        return _out(
            "places", f"{design.title} needs two data centres or more.", "There is one.", "a design for one place."
        )
    return None


def _site_loss(design: Design, wish: Wish, sizing: Sizing) -> Refusal | None:
    if not wish.survives_site or design.spread in ("zones", "each_site"):
        return None
    return _out(
        "data-centre-loss",
        f"{design.title} does not survive the loss of a data centre.",
        "All its servers stand in one.",
        "servers in three data centres, or a cluster in each.",
    )


def _etcd_latency(design: Design, wish: Wish, sizing: Sizing) -> Refusal | None:
    if design.spread != "zones" or wish.sites < 2 or wish.latency_ms <= most_latency_ms():
        return None
    return _out(
        "etcd-latency",
        f"{wish.latency_ms} ms lie between the members of etcd; {most_latency_ms()} ms are allowed.",
        "Late heartbeats make it elect a new leader again and again.",
        "one cluster in each data centre, or all servers in one of them.",
    )


def _pods_per_node(design: Design, wish: Wish, sizing: Sizing) -> Refusal | None:
    most = pods_for_work(wish)
    if sizing.pods_on_node <= most:
        return None
    return _out(
        "pods-per-node",
        f"{sizing.pods_on_node:,} pods would run on each of {count(sizing.left, 'node')}; "
        f"{wish.pods_per_node} are allowed, {wish.pods_per_node - most} of them the system's.",
        "Further pods would find no place.",
        "a design whose workers grow in number.",
    )


def _machine_size(design: Design, wish: Wish, sizing: Sizing) -> Refusal | None:
    if not design.together:
        return None
    most = figures()["largest_agent"]
    work = next(pool for pool in sizing.pools if pool.works)
    if work.cpus * 1000 <= most["cpu_m"] and work.memory_mib <= most["memory_mib"]:
        return None
    return _out(
        "machine-size",
        f"Each node would need {work.cpus} cores and {memory(work.memory_mib)}.",
        f"Above {most['cpu_m'] // 1000} cores or {memory(most['memory_mib'])}, one lost node takes too much along.",
        "a design whose workers grow in number.",
    )


def _cluster_limits(design: Design, wish: Wish, sizing: Sizing) -> Refusal | None:
    limits = figures()["limits"]
    if sizing.nodes <= limits["nodes"]:
        return None
    return Refusal(
        "cluster-limits",
        f"{sizing.nodes:,} nodes are more than the {limits['nodes']:,} that one cluster is built for.",
        f"Kubernetes is not tested beyond ({limits['source']}).",
        "several clusters, or larger machines.",
    )


def _pod_network(sizing: Sizing, plan: AddressPlan) -> Refusal | None:
    if not 0 < plan.nodes < sizing.nodes:
        return None
    prefix = plan.node_mask - (sizing.nodes - 1).bit_length()
    return Refusal(
        "pod-network",
        f"{sizing.nodes:,} nodes are needed; the pods' network {plan.pod_networks[0]} has room for {plan.nodes:,}.",
        "Further nodes would get no addresses for their pods, and the network can't be changed later.",
        f"a pods' network of /{prefix} or wider.",
    )


def _platforms(design: Design, wish: Wish, sizing: Sizing) -> Refusal | None:
    arm = "arm64" in wish.architectures
    match design.distribution:
        case "rke1" if wish.windows:
            why = "RKE1 takes Windows workers only from Rancher's own provisioning, which has ended."
            return _out("windows", f"{design.title} has no Windows workers here.", why, "RKE2.")
        case "rancherd" if wish.windows:
            return _out("windows", "RancherD has no Windows workers.", "It is one binary for Linux.", "RKE2.")
        case "rke1" if arm:
            why = "It was made for x86_64; later releases run on arm64 with limits, and no further ones come."
            return _out("arm64", f"{design.title} on arm64 is not built.", why, "RKE2, or amd64 machines.")
        case "rancherd" if arm:
            return _out("arm64", "RancherD on arm64 is not built.", "Its binary is for amd64 only.", "RKE2.")
        case "rke2" if arm and _minor(wish.version) < tuple(profile("rules")["arm64"]["since"]):
            why = "RKE2 has arm64 since v{}.{}.".format(*profile("rules")["arm64"]["since"])
            return _out("arm64", f"RKE2 {wish.version} does not run on arm64.", why, "a later release.")
    return None


def _minor(version: str) -> tuple[int, int]:
    major, minor, *_ = version.lstrip("v").split(".")
    return int(major), int(minor)


def _out(rule: str, what: str, why: str, instead: str) -> Refusal:
    return Refusal(rule, what, why, instead, stops=False)


_RULES: tuple[Rule, ...] = (
    _on_purpose,
    _platforms,
    _availability,
    _places,
    _site_loss,
    _etcd_latency,
    _pods_per_node,
    _machine_size,
    _cluster_limits,
)
