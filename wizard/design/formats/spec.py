"""A spec of ours, opened for change."""

from typing import Any

from wizard.design.formats.fields import take_fields
from wizard.design.formats.taken import Taken, availability
from wizard.design.nodes.entry import NodeEntry
from wizard.design.tree import Tree
from wizard.spec.load import read_spec
from wizard.spec.models import Node

# What a line of the node list says; all else of a node is carried.
_IN_LINE = frozenset(("name", "address", "internal_address", "role", "zone"))
_SSH_IN_LINE = ("user", "port")


def take_spec(data: bytes, name: str) -> Taken:
    """Take the bytes of a `cluster.yaml`; return all of it. Raises BadSpec where it can't be used."""
    spec = read_spec(data, name=name).spec
    taken = Taken()
    tree: Tree = spec.model_dump(mode="json", exclude_unset=True)
    for key in ("apiVersion", "nodes"):
        del tree[key]
    taken.answer("distribution", tree.pop("distribution"), "distribution")
    taken.answer("availability", availability(len(spec.servers)), "nodes")
    zones = {node.zone for node in spec.nodes if node.zone}
    if zones:
        taken.answer("zones", len(zones), "nodes")
    for node in spec.nodes:
        _take_node(node, taken)
    take_fields(tree, taken)
    return taken


def _take_node(node: Node, taken: Taken) -> None:
    entry = NodeEntry(
        address=node.address,
        name=node.name,
        port=node.ssh.port,
        user=node.ssh.user,
        role=node.role,
        zone=node.zone,
        internal_address=node.internal_address,
    )
    taken.lines.append(entry.text)
    taken.carry(("nodes", entry.key), _rest(node))


def _rest(node: Node) -> dict[str, Any]:
    """Return what the line of a node does not say: an empty mapping still tells that it was in the spec before."""
    fields = node.model_dump(mode="json", exclude_unset=True, exclude=set(_IN_LINE))
    ssh = {key: value for key, value in fields.pop("ssh", {}).items() if key not in _SSH_IN_LINE}
    return {**fields, "ssh": ssh} if ssh else fields
