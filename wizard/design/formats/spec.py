"""A spec of ours, opened for change."""

from typing import Any

from wizard.design.answers import Answers
from wizard.design.formats.fields import take_fields
from wizard.design.formats.taken import Taken, availability
from wizard.design.nodes.entry import NodeEntry
from wizard.design.part import unwritten, usual_fields, written_keys
from wizard.design.tree import Tree, look, put, take
from wizard.spec.load import read_spec
from wizard.spec.models import Node, Spec

# What a line of the node list says; all else of a node is carried.
_IN_LINE = frozenset(("name", "address", "internal_address", "role", "zone"))
_SSH_IN_LINE = ("user", "port")


def take_spec(data: bytes, name: str, beside: Answers | None = None) -> Taken:
    """Take the bytes of a `cluster.yaml`; return all of it. Raises BadSpec where it can't be used.

    `beside` are the answers it was made from: they know what a spec does not say, and where the two differ the spec
    counts. Without them, what a spec lets guess is guessed.
    """
    spec = read_spec(data, name=name).spec
    taken = Taken()
    if beside is None:
        _guess(spec, taken)
    else:
        known = written_keys() - unwritten(beside, spec.model_fields_set)
        said = {key: value for key, value in beside.said.items() if key not in known}
        taken.answers = Answers(said, frozenset(beside.open - known))
    tree: Tree = spec.model_dump(mode="json", exclude_unset=True)
    for key in ("apiVersion", "distribution", "nodes"):
        del tree[key]
    for node in spec.nodes:
        _take_node(node, taken)
    filled = {path: value for path, value in usual_fields().items() if look(tree, path) is None}
    for path, value in filled.items():
        put(tree, path, value)
    take_fields(tree, taken, beside)
    for path, value in filled.items():
        # What no question asks for now needs no mention; that RKE2 chooses the ingress does.
        if value is not None and look(taken.carried, path) == value:
            take(taken.carried, path)
    return taken


def _guess(spec: Spec, taken: Taken) -> None:
    taken.answer("distribution", spec.distribution, "distribution")
    taken.answer("availability", availability(len(spec.servers)), "nodes")
    if zones := {node.zone for node in spec.nodes if node.zone}:
        taken.answer("zones", len(zones), "nodes")


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
