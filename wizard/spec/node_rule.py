"""What must hold between the nodes of a spec."""

from collections.abc import Iterator

from wizard.spec.address import same_form
from wizard.spec.models import Node, Spec
from wizard.spec.problem import Problem, quoted

_ZONE_LABEL = "topology.kubernetes.io/zone"


def a_server(spec: Spec) -> Iterator[Problem]:
    """A cluster begins with a server."""
    if not spec.servers and spec.distribution != "rke1":
        yield Problem(("nodes",), "no node is a server", "role: server for one, three or five of them")


def own_names(spec: Spec) -> Iterator[Problem]:
    """RKE2 refuses a second node of one name."""
    first: dict[str, int] = {}
    for index, node in enumerate(spec.nodes):
        if first.setdefault(node.name, index) != index:
            yield Problem(
                ("nodes", index, "name"),
                f"{quoted(node.name)} is the name of nodes[{first[node.name]}] too",
                "a name of its own",
            )


def own_addresses(spec: Spec) -> Iterator[Problem]:
    """Two nodes at one address are one machine, however the address is spelled."""
    first: dict[str, Node] = {}
    for index, node in enumerate(spec.nodes):
        for key, address in _addresses(node):
            other = first.setdefault(same_form(address), node)
            if other is not node and not (key == "address" and _behind_one_gate(spec, node, other)):
                what = f"{quoted(address)} is an address of {other.name} too"
                yield Problem(("nodes", index, key), what, "an address of its own")


def one_zone(spec: Spec) -> Iterator[Problem]:
    """`zone` is written as a label; a label of that name must agree."""
    for index, node in enumerate(spec.nodes):
        label = node.labels.get(_ZONE_LABEL)
        if node.zone is not None and label not in (None, node.zone):
            what = f"{quoted(label)} differs from the node's zone, {quoted(node.zone)}"
            yield Problem(("nodes", index, "labels", _ZONE_LABEL), what, "set zone alone")


def _addresses(node: Node) -> Iterator[tuple[str, str]]:
    yield "address", node.address
    for address in node.internal_addresses:
        yield "internal_address", address


def _behind_one_gate(spec: Spec, one: Node, other: Node) -> bool:
    """Ports forwarded at one address lead to several machines; these have internal addresses of their own."""
    inside = one.internal_address and other.internal_address
    return bool(inside) and (spec.ssh_of(one).port or 22) != (spec.ssh_of(other).port or 22)


RULES = (a_server, own_names, own_addresses, one_zone)
