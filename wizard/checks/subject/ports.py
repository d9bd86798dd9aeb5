"""Ports on the node that RKE2 will take: free, or held by RKE2 itself."""

from collections.abc import Iterable

from wizard.checks.check import check
from wizard.checks.finding import Said, fail, ok, warn
from wizard.checks.seen import listed, of_rke1, ours, roles
from wizard.hosts.facts import Facts, Listener
from wizard.profiles import profile
from wizard.spec.models import Node, Spec

SOURCE = "RKE2 documentation, Requirements, Networking"


@check(
    "ports.free",
    "Ports are free",
    group="leftovers",
    severity="must",
    why="RKE2 ends with `bind: address already in use`, and starts again, for ever.",
    source=SOURCE,
)
def free(node: Node, facts: Facts, spec: Spec) -> Said:
    needed = _needed(node, spec)
    held = _held(facts, spec, needed)
    if not held:
        return ok("all free" if not ours(facts, spec) else "free, or RKE2's own")
    return fail(
        _shown(held),
        wanted=f"{listed(needed, 20)} free",
        next_move=f"Stop what holds it on {node.name}: `ss -ltnp sport = :{held[0].port}` names the process.",
    )


@check(
    "ports.ingress",
    "Ports of the ingress",
    group="leftovers",
    severity="should",
    why="The ingress controller takes 80 and 443 of every node that it runs on.",
    source="RKE2 documentation, Networking services, Ingress",
)
def ingress(node: Node, facts: Facts, spec: Spec) -> Said:
    if spec.ingress == "none":
        return ok("no ingress is asked for")
    held = _held(facts, spec, profile("requirements")["ports_of_ingress"])
    if not held:
        return ok("80 and 443 are free" if not ours(facts, spec) else "free, or the ingress' own")
    return fail(
        _shown(held),
        wanted="80 and 443 free, or ingress: none",
        next_move="Stop what holds them there, or set ingress: none in the spec.",
    )


@check(
    "ports.node_ports",
    "NodePorts",
    group="leftovers",
    severity="note",
    why="A service that gets a port which a program holds is not reached on that node.",
    source="Kubernetes documentation, Service, NodePort",
)
def node_ports(node: Node, facts: Facts, spec: Spec) -> Said:
    low, high = profile("requirements")["node_ports"]
    held = _held(facts, spec, range(low, high + 1))
    if not held:
        return ok("all free")
    return warn(
        _shown(held),
        wanted=f"nobody on {low} to {high}",
        next_move="Move these programs to ports outside of the range.",
    )


def _needed(node: Node, spec: Spec) -> list[int]:
    known = profile("rke1/requirements" if of_rke1(spec) else "requirements")["ports_free"]
    return [port for role in (*roles(node, spec), "all") for port in known.get(role, ())]


def _held(facts: Facts, spec: Spec, ports: Iterable[int]) -> list[Listener]:
    wanted = frozenset(ports)
    own = profile("requirements")["owners"] if ours(facts, spec) else ()
    return [each for each in facts.listeners if each.proto == "tcp" and each.port in wanted and each.owner not in own]


def _shown(held: list[Listener]) -> str:
    return listed(dict.fromkeys(f"{each.port} by {each.owner or 'an unknown process'}" for each in held))
