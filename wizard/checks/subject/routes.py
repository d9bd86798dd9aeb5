"""Addresses and routes: what the nodes use among themselves, and what the cluster's networks would hide."""

import ipaddress
from collections import Counter
from collections.abc import Iterator, Mapping

from wizard.checks.check import across, check
from wizard.checks.finding import Said, fail, ok, warn
from wizard.checks.seen import default_link, listed, ours, own_addresses, words
from wizard.hosts.facts import Facts
from wizard.profiles import profile
from wizard.spec.models import Node, Spec

PLUGIN = ("cali", "cni", "flannel", "vxlan", "tunl", "cilium", "lxc", "kube-")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@check(
    "routes.default",
    "Default route",
    group="routes",
    severity="must",
    why="RKE2 takes the node's address from its default route; without one it does not start.",
    source="RKE2 documentation, Air-gap install, Prerequisites",
)
def default(node: Node, facts: Facts, spec: Spec) -> Said:
    if facts.default_route.strip():
        return ok(facts.default_route)
    return fail(
        "none",
        wanted="a default route",
        next_move="Set one; in a closed network: `ip link add dummy0 type dummy` and a default route by it.",
    )


@check(
    "routes.overlap",
    "Pod and service networks are free",
    group="routes",
    severity="must",
    why="What the node reaches by such a route is hidden once pods or services have the same addresses.",
    source="RKE2 documentation, Requirements, Networking",
)
def overlap(node: Node, facts: Facts, spec: Spec) -> Said:
    found = [] if ours(facts, spec) else list(_overlaps(facts, spec))
    if not found:
        return ok("no route is hidden")
    # Of a wider network, only the part with the same addresses gets out of reach.
    say = fail if any(inside for _, inside in found) else warn
    return say(
        listed((what for what, _ in found), 3),
        wanted="networks that no route of the node leads to",
        next_move="Choose other networks in the spec: cluster_cidr and service_cidr are fixed for the cluster's life.",
    )


@check(
    "routes.internal_address",
    "Address among nodes",
    group="routes",
    severity="must",
    why="A node told to use an address that it does not have never gets ready.",
    source="RKE2 documentation, node-ip",
)
def internal_address(node: Node, facts: Facts, spec: Spec) -> Said:
    missing = [address for address in node.internal_addresses if not _holds(facts.addresses, address)]
    if not node.internal_addresses:
        return ok("that of the default route")
    if not missing:
        return ok(listed(node.internal_addresses))
    return fail(
        f"{listed(missing)} is not on the node: it has {listed(facts.addresses) or 'none'}",
        wanted="internal_address as one of the node's own",
        next_move=f"Correct internal_address of {node.name} in the spec, or configure it on the node.",
    )


@check(
    "routes.several_networks",
    "One network, or a chosen one",
    group="routes",
    severity="note",
    why="With several networks, RKE2 takes the default route's for the cluster, which need not be the inner one.",
    source="RKE2 documentation, node-ip",
)
def several_networks(node: Node, facts: Facts, spec: Spec) -> Said:
    own = [address for address in own_addresses(facts) if ":" not in address]
    if len(own) < 2 or node.internal_address or ours(facts, spec):
        return ok(listed(own) or "not told")
    return warn(
        listed(own),
        wanted="internal_address in the spec, where a node has several",
        next_move=f"Set internal_address of {node.name} to the address that the other nodes shall use.",
    )


@check(
    "routes.families",
    "Address families",
    group="routes",
    severity="must",
    why="Pods get an address of each family of cluster_cidr; the node must have one of each too.",
    source="RKE2 documentation, Dual-stack",
)
def families(node: Node, facts: Facts, spec: Spec) -> Said:
    wanted = {ipaddress.ip_network(str(cidr), strict=False).version for cidr in spec.network.cluster_cidr}
    have = {6 if ":" in address else 4 for address in facts.addresses}
    if not facts.addresses or wanted <= have:
        return ok(" and ".join(f"IPv{version}" for version in sorted(have)) or "not told")
    lacks = " and ".join(f"IPv{version}" for version in sorted(wanted - have))
    return fail(
        f"no {lacks} address",
        wanted=f"an {lacks} address, for cluster_cidr",
        next_move=f"Configure one on {node.name}, or leave {lacks} out of cluster_cidr and service_cidr.",
    )


@check(
    "mtu.least",
    "MTU",
    group="routes",
    severity="must",
    why="The tunnel between nodes takes 50 bytes of each packet; too little is left for IPv6 and TLS.",
    source="RFC 7348; RFC 8200",
)
def mtu(node: Node, facts: Facts, spec: Spec) -> Said:
    link, least = default_link(facts), profile("requirements")["mtu"]["least"]
    if link is None or not link.mtu or link.mtu >= least:
        return ok(f"{link.mtu} on {link.name}" if link else "not told")
    return fail(
        f"{link.mtu} on {link.name}",
        wanted=f"{least} at least",
        next_move=f"Raise the MTU of {link.name} on {node.name} and on the switch.",
    )


@across(
    "mtu.same",
    "MTU is the same",
    group="routes",
    severity="should",
    why="The plug-in takes its MTU from each node: large packets to a node with a smaller one vanish without a word.",
    source="Calico documentation, Configure MTU",
)
def same_mtu(spec: Spec, facts: Mapping[str, Facts]) -> Mapping[str, Said]:
    found = {name: link.mtu for name, each in facts.items() if (link := default_link(each)) and link.mtu}
    usual = Counter(found.values()).most_common(1)[0][0] if found else 0

    def judge(name: str) -> Said:
        own = found.get(name, usual)
        if own == usual:
            return ok(str(own or "not told"))
        return fail(
            f"{own}, most nodes have {usual}",
            wanted=f"{usual} on all nodes",
            next_move=f"Set the MTU of {name}'s interface to {usual}.",
        )

    return {name: judge(name) for name in facts}


@check(
    "routes.speed",
    "Speed of the link",
    group="routes",
    severity="note",
    why="Images and volumes go over it; etcd shares it.",
    source="etcd documentation, Hardware, Network",
)
def speed(node: Node, facts: Facts, spec: Spec) -> Said:
    link = default_link(facts)
    if link is None or not link.card or not 0 < link.speed_mbit < 1000:
        return ok(f"{link.speed_mbit} Mbit/s" if link and link.speed_mbit > 0 else "not told")
    return warn(
        f"{link.speed_mbit} Mbit/s on {link.name}",
        wanted="1000 Mbit/s",
        next_move="Look at cable and switch: a faulty pair makes a link slow down.",
    )


def _overlaps(facts: Facts, spec: Spec) -> Iterator[tuple[str, bool]]:
    """Yield each route that shares addresses with pods or services, and whether it lies inside of theirs."""
    routes = [
        (route, device, network)
        for route, device, *_ in words(facts, "x.route", 2)
        if not device.startswith(PLUGIN) and (network := _network(route)) is not None
    ]
    for what, cidrs in (("pods", spec.network.cluster_cidr), ("services", spec.network.service_cidr)):
        for cidr in map(str, cidrs):
            wanted = _network(cidr)
            for route, device, network in routes:
                if wanted and network.version == wanted.version and network.overlaps(wanted):
                    yield f"{route} by {device} overlaps {cidr} of the {what}", network.prefixlen >= wanted.prefixlen


def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _holds(addresses: tuple[str, ...], wanted: str) -> bool:
    try:
        return ipaddress.ip_address(wanted) in {ipaddress.ip_address(each) for each in addresses}
    except ValueError:
        return wanted in addresses
