"""What must hold between the cluster's networks and the addresses of its nodes."""

from collections.abc import Iterator

from wizard.spec.address import Network, as_ip, holds, networks, overlapping
from wizard.spec.models import Spec
from wizard.spec.problem import Path, Problem, quoted

_CLUSTER: Path = ("network", "cluster_cidr")
_SERVICE: Path = ("network", "service_cidr")
# The prefix of each node's share: kube-controller-manager's defaults.
_NODE_PREFIX = {4: 24, 6: 64}
# kube-apiserver takes at most 20 bits of services; below 32 addresses there is no room for RKE2's own.
_SERVICE_PREFIX = {4: (12, 27), 6: (108, 123)}
# These give out pod addresses by a plan of their own.
_OWN_ADDRESS_PLAN = frozenset(("calico", "none"))


def known_cni(spec: Spec) -> Iterator[Problem]:
    """RKE2 takes one CNI, or multus before one."""
    cni = spec.network.cni
    if cni == ("multus",) or (len(cni) == 2 and (cni[0] != "multus" or cni[1] == "multus")):
        yield Problem(
            ("network", "cni"), f"{', '.join(cni)} is not a CNI by itself", "one CNI, or [multus, X] with one"
        )


def one_of_each_family(spec: Spec) -> Iterator[Problem]:
    """Dual stack is one network of each family."""
    for path, cidrs in ((_CLUSTER, spec.network.cluster_cidr), (_SERVICE, spec.network.service_cidr)):
        versions = [network.version for network in networks(cidrs)]
        if len(set(versions)) != len(versions):
            yield Problem(path, f"two networks of IPv{versions[0]}", "one network, or one IPv4 and one IPv6")


def same_families(spec: Spec) -> Iterator[Problem]:
    """Pods and services have the same families in the same order, or the API server does not start."""
    cluster = _families(spec.network.cluster_cidr)
    service = _families(spec.network.service_cidr)
    if cluster != service:
        yield Problem(_SERVICE, f"is {service}, cluster_cidr is {cluster}", "the same families in the same order")


def node_families(spec: Spec) -> Iterator[Problem]:
    """A node's internal addresses have the families of the pods."""
    wanted = {network.version for network in networks(spec.network.cluster_cidr)}
    for index, node in enumerate(spec.nodes):
        found = {ip.version for ip in map(as_ip, node.internal_addresses) if ip}
        if found and found != wanted:
            names = " and ".join(f"IPv{version}" for version in sorted(found))
            what = f"is {names}, cluster_cidr is {_families(spec.network.cluster_cidr)}"
            yield Problem(("nodes", index, "internal_address"), what, "the same families, with a comma between two")


def apart(spec: Spec) -> Iterator[Problem]:
    """Pods and services share no address."""
    network = spec.network
    for cluster, service in overlapping(network.cluster_cidr, network.service_cidr):
        yield Problem(_SERVICE, f"{service} overlaps cluster_cidr {cluster}", "networks without a common address")


def apart_from_nodes(spec: Spec) -> Iterator[Problem]:
    """No node and no balancer lives within the networks of pods and services."""
    inside = _cluster_networks(spec)
    for index, node in enumerate(spec.nodes):
        for key, addresses in (("address", (node.address,)), ("internal_address", node.internal_addresses)):
            for address in addresses:
                yield from _outside(("nodes", index, key), address, inside)
    if spec.registration.address:
        yield from _outside(("registration", "address"), spec.registration.address, inside)


def room_for_services(spec: Spec) -> Iterator[Problem]:
    """The API server refuses a network of services that is too large, RKE2 one that is too small."""
    for network in networks(spec.network.service_cidr):
        low, high = _SERVICE_PREFIX[network.version]
        if not low <= network.prefixlen <= high:
            size = "large" if network.prefixlen < low else "small"
            yield Problem(_SERVICE, f"{network} is too {size}", f"a prefix from /{low} to /{high}")


def room_for_nodes(spec: Spec) -> Iterator[Problem]:
    """Each node takes a share of the pods' network."""
    if _OWN_ADDRESS_PLAN & set(spec.network.cni) or "kube-controller-manager-arg" in spec.options.server:
        return
    for network in networks(spec.network.cluster_cidr):
        prefix = _NODE_PREFIX[network.version]
        room = 2 ** (prefix - network.prefixlen) if network.prefixlen <= prefix else 0
        if room < len(spec.nodes):
            what = f"{network} has room for {room} nodes at a /{prefix} each, the spec has {len(spec.nodes)}"
            yield Problem(_CLUSTER, what, "a shorter prefix")


def _outside(path: Path, address: str, inside: list[tuple[str, Network]]) -> Iterator[Problem]:
    for name, network in inside:
        if holds(network, address):
            yield Problem(
                path, f"{quoted(address)} lies in {name} {network}", "an address outside of it, or another network"
            )


def _cluster_networks(spec: Spec) -> list[tuple[str, Network]]:
    network = spec.network
    named = (("cluster_cidr", network.cluster_cidr), ("service_cidr", network.service_cidr))
    return [(name, each) for name, cidrs in named for each in networks(cidrs)]


def _families(cidrs: tuple[str, ...]) -> str:
    return " and ".join(f"IPv{network.version}" for network in networks(cidrs))


RULES = (
    known_cni,
    one_of_each_family,
    same_families,
    node_families,
    apart,
    apart_from_nodes,
    room_for_services,
    room_for_nodes,
)
