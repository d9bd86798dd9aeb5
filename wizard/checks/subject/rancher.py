"""What Rancher needs of nodes: its name leads to it, and there is room for it."""

from wizard.checks.check import check
from wizard.checks.finding import Said, fail, ok, skipped, warn
from wizard.checks.place import private, public_name
from wizard.checks.seen import container, listed, resolved
from wizard.hosts.facts import Facts
from wizard.profiles import profile
from wizard.spec.address import as_ip, same_form
from wizard.spec.models import Node, Spec

NONE = "no Rancher is asked for"


@check(
    "rancher.name",
    "Rancher's name",
    group="reach",
    severity="should",
    why="All of Rancher's agents go by it; a name that leads elsewhere shows as `default backend - 404`.",
    source="Rancher documentation, Install on a Kubernetes cluster; Troubleshooting, Rancher agents",
)
def name(node: Node, facts: Facts, spec: Spec) -> Said:
    if spec.rancher is None:
        return ok(NONE)
    host = spec.rancher.hostname
    found = resolved(facts, host)
    if found is None:
        return ok("not told")
    doors = _doors(spec)
    if not found:
        return fail(
            f"{host} is not known",
            wanted=f"an address for it: {listed(doors, 3) or 'that of your balancer'}",
            next_move=f"Add {host} to the DNS that nodes ask. /etc/hosts is not enough: pods do not see it.",
        )
    if not doors or same_form(found) in {same_form(door) for door in doors}:
        return ok(f"{host} is {found}")
    return warn(
        f"{host} is {found}, which is no door of this cluster",
        wanted=listed(doors, 3),
        next_move=f"Correct {host} in DNS, unless something of yours at {found} leads here.",
    )


@check(
    "rancher.public",
    "Name for Let's Encrypt",
    group="reach",
    severity="must",
    why="Let's Encrypt asks the name from the internet, at port 80, and gives nothing to names that are not public.",
    source="Rancher documentation, Install on a Kubernetes cluster; RFC 8555, 8.3; RFC 6761, 8375",
)
def public(node: Node, facts: Facts, spec: Spec) -> Said:
    if spec.rancher is None or spec.rancher.tls != "letsEncrypt":
        return ok(NONE if spec.rancher is None else f"certificates are not Let's Encrypt's: tls is {spec.rancher.tls}")
    host = spec.rancher.hostname
    if not public_name(host):
        return fail(
            f"{host} is not a name of the internet",
            wanted="a name in a public domain",
            next_move="Set rancher.tls to rancher or secret, or choose another hostname.",
        )
    found = resolved(facts, host)
    if found and private(found):
        return warn(
            f"{host} is {found} here, an address that the internet does not reach",
            wanted="port 80 of it reached from the internet",
            next_move="Make sure that it leads here from outside too, or set rancher.tls to rancher or secret.",
        )
    return ok(f"{host} is {found}" if found else f"{host} is a public name")


@check(
    "rancher.room",
    "Room for Rancher",
    group="hardware",
    severity="note",
    why="Below that, Rancher's pods are killed or answer late as soon as it manages more than a few clusters.",
    source="Rancher documentation, Installation requirements, CPU and memory: small, up to 150 clusters",
)
def room(node: Node, facts: Facts, spec: Spec) -> Said:
    if spec.rancher is None:
        return ok(NONE)
    if kind := container(facts):
        return skipped(f"a container ({kind}): what it has is its host's", next_move="Look at the host's.")
    need, carries = profile("rancher")["node"], spec.runs_applications(node)
    saw = f"{facts.cpus} processors, {facts.memory_mib} MiB"
    enough = facts.cpus >= need["cpus"] and facts.memory_mib >= need["memory_mib"]
    if enough or not facts.cpus or not carries:
        return ok(saw if carries else "no pods of Rancher come here")
    wanted = f"{need['cpus']} processors and {need['memory_mib']} MiB where Rancher runs"
    return warn(saw, wanted=wanted, next_move=f"Give {node.name} that, or keep to a few managed clusters.")


def _doors(spec: Spec) -> tuple[str, ...]:
    """Where users come in; nothing where somebody else decides that, or an address is only known by name."""
    front = spec.balancer
    if spec.metallb or (front and front.kind == "external"):
        return ()
    nodes = tuple(place for each in spec.ingress_nodes for place in (each.address, *each.internal_addresses))
    own = tuple(place for each in spec.front for place in (each.address, each.inner_address))
    doors = tuple(dict.fromkeys((*((front.vip,) if front and front.vip else ()), *own, *nodes)))
    return doors if all(map(as_ip, doors)) else ()
