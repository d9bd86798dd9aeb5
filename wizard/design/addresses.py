"""The address plan: pod and service networks, each node's part of them, and what they overlap."""

import ipaddress
from dataclasses import dataclass

from wizard.design.amount import count
from wizard.design.capacity.figures import up
from wizard.design.capacity.line import Line
from wizard.design.wish import Wish
from wizard.profiles import profile
from wizard.spec.address import overlapping

_KUBERNETES = "kubernetes.io, kube-controller-manager (node-cidr-mask-size)"


@dataclass(frozen=True, slots=True)
class AddressPlan:
    """What the networks have room for."""

    pod_networks: tuple[str, ...]
    service_networks: tuple[str, ...]
    node_mask: int
    pods_per_node: int
    """Addresses for pods on one node."""
    nodes: int
    """Nodes that the pods' network has room for."""
    overlaps: tuple[tuple[str, str], ...]
    """Pairs of networks, each as `whose CIDR`, that share addresses."""
    lines: tuple[Line, ...]


def address_plan(wish: Wish) -> AddressPlan:
    """Take what is wanted; return the address plan."""
    pods = ipaddress.ip_network(wish.cluster_cidrs[0])
    if wish.cni == "calico" and pods.version == 4:
        return _calico(wish, pods.num_addresses)
    rules = profile("rules")["addresses"]
    mask, lost = wish.node_mask if pods.version == 4 else rules["node_mask_v6"], rules["not_for_pods"]
    addresses = max(0, 2 ** (pods.max_prefixlen - mask) - lost)
    nodes = 2 ** (mask - pods.prefixlen) if mask >= pods.prefixlen else 0
    each = f"/{mask}, less {lost} that are not for pods"
    lines = (
        Line("Addresses for pods on a node", each, f"{addresses:,}", _KUBERNETES),
        Line("Nodes there is room for", f"each a /{mask} of {pods}", count(nodes, "node"), _KUBERNETES),
    )
    return AddressPlan(wish.cluster_cidrs, wish.service_cidrs, mask, addresses, nodes, _overlaps(wish), lines)


def _calico(wish: Wish, addresses: int) -> AddressPlan:
    """Calico gives a node as many blocks as its pods need, so the mask does not matter."""
    block: int = profile("rules")["addresses"]["calico_block"]
    blocks = up(wish.pods_per_node, block)
    each, mask = blocks * block, 32 - (block - 1).bit_length()
    nodes = addresses // each
    text = f"{addresses:,} addresses / {blocks} blocks of {block}, for {wish.pods_per_node} pods a node"
    line = Line("Nodes there is room for", text, count(nodes, "node"), "docs.tigera.io/calico (IPAM, block size)")
    return AddressPlan(wish.cluster_cidrs, wish.service_cidrs, mask, each, nodes, _overlaps(wish), (line,))


def _overlaps(wish: Wish) -> tuple[tuple[str, str], ...]:
    named = (
        ("the pods'", wish.cluster_cidrs),
        ("the services'", wish.service_cidrs),
        ("the site's", wish.node_networks),
    )
    found: list[tuple[str, str]] = []
    for place, (one, ours) in enumerate(named):
        for other, theirs in named[place + 1 :]:
            found += [(f"{one} {a}", f"{other} {b}") for a, b in overlapping(ours, theirs)]
    return tuple(found)
