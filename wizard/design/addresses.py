"""The address plan: pod and service networks, each node's part of them, and what they overlap."""

import ipaddress
from dataclasses import dataclass

from wizard.design.amount import count
from wizard.design.capacity.line import Line
from wizard.design.wish import Wish
from wizard.spec.address import overlapping

# Of each node's network one address is the network's own, one its broadcast, one the bridge.
_NOT_FOR_PODS = 3
_NODE_MASK_V6 = 64
_KUBERNETES = "kubernetes.io, kube-controller-manager (node-cidr-mask-size)"
_CALICO_BLOCK = 64  # addresses: Calico hands out blocks of /26, several to a node: docs.tigera.io, IPAM


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
    mask = wish.node_mask if pods.version == 4 else _NODE_MASK_V6
    addresses = max(0, 2 ** (pods.max_prefixlen - mask) - _NOT_FOR_PODS)
    nodes = 2 ** (mask - pods.prefixlen) if mask >= pods.prefixlen else 0
    lines = (
        Line(
            "Addresses of a node", f"/{mask}, less {_NOT_FOR_PODS} that are not for pods", f"{addresses:,}", _KUBERNETES
        ),
        Line("Nodes there is room for", f"each a /{mask} of {pods}", count(nodes, "node"), _KUBERNETES),
    )
    return AddressPlan(wish.cluster_cidrs, wish.service_cidrs, mask, addresses, nodes, _overlaps(wish), lines)


def _calico(wish: Wish, addresses: int) -> AddressPlan:
    """Calico gives a node as many blocks as its pods need, so the mask does not matter."""
    blocks = -(-wish.pods_per_node // _CALICO_BLOCK)
    nodes = addresses // (blocks * _CALICO_BLOCK)
    line = Line(
        "Nodes there is room for",
        f"{addresses:,} addresses / {blocks} blocks of {_CALICO_BLOCK} for {wish.pods_per_node} pods a node",
        count(nodes, "node"),
        "docs.tigera.io/calico (block size 26)",
    )
    return AddressPlan(
        wish.cluster_cidrs, wish.service_cidrs, 26, blocks * _CALICO_BLOCK, nodes, _overlaps(wish), (line,)
    )  # fmt: skip


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
