"""The address that nodes join at."""

from wizard.checks.check import check
from wizard.checks.finding import Said, fail, ok, warn
from wizard.checks.look import door
from wizard.checks.place import holds
from wizard.checks.seen import listed, ours, words
from wizard.hosts.facts import Facts
from wizard.spec.models import Node, Spec

SOURCE = "RKE2 documentation, High availability, fixed registration address"


@check(
    "registration.resolves",
    "Registration address",
    group="routes",
    severity="must",
    why="Every node but the first server joins there.",
    source=SOURCE,
)
def resolves(node: Node, facts: Facts, spec: Spec) -> Said:
    wanted = door(spec)
    found = facts.first("x.registration.address")
    if not wanted or found not in ("", "-"):
        return ok(found or "the first server's own")
    if not found:
        return ok("not told")
    return fail(
        f"{wanted} is not known",
        wanted="an address for it on every node",
        next_move=f"Add {wanted} to DNS or to /etc/hosts on {node.name}.",
    )


@check(
    "registration.taken",
    "Virtual address is free",
    group="routes",
    severity="note",
    why="A virtual address that another machine has already leads joining nodes to that machine.",
    source="RFC 5227, address conflict detection",
)
def taken(node: Node, facts: Facts, spec: Spec) -> Said:
    wanted = door(spec)
    own = any(wanted in (each.address, *each.internal_addresses) for each in spec.nodes)
    mac = facts.first("x.registration.taken")
    if not wanted or own or node.role != "server" or not mac or ours(facts, spec):
        return ok("a node's own" if own else "nobody has it yet" if not mac else f"held by {mac}")
    return warn(
        f"{wanted} is held by {mac}",
        wanted="a balancer of yours there, or nobody",
        next_move="Make sure that this is your balancer; a virtual address for keepalived or kube-vip must be free.",
    )


@check(
    "registration.subnet",
    "Virtual address fits the network",
    group="routes",
    severity="must",
    why="kube-vip answers ARP for it on a server's own network: outside of that, nobody asks there.",
    source="kube-vip documentation, Architecture, ARP",
)
def subnet(node: Node, facts: Facts, spec: Spec) -> Said:
    vip = spec.balancer.vip if spec.balancer and spec.balancer.kind == "kube-vip" else None
    if not vip or node.role != "server":
        return ok("a server's matter" if vip else "no server carries one")
    there = [route for route, *_ in words(facts, "x.route", 2)]
    if not there or any(holds(route, vip) for route in there):
        return ok(f"{vip} is of a network of the node" if there else "not told")
    return fail(
        f"{vip} is in none of {listed(there)}",
        wanted="an address of a network that all servers are in",
        next_move=f"Choose another balancer.vip, or give {node.name} an address in its network.",
    )
