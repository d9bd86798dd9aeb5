"""From the operator's list to the nodes of a spec."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wizard.design.nodes.access import own_ssh
from wizard.design.nodes.entry import NodeEntry
from wizard.design.nodes.names import names
from wizard.design.nodes.roles import Proposed, propose
from wizard.design.nodes.wish import Change, Wish


def to_spec(
    entries: Iterable[NodeEntry], changes: Mapping[str, Change], *, pools: Sequence[Wish] = ()
) -> list[dict[str, Any]]:
    """Return the `nodes` of a spec, servers first, each with a name of its own.

    `changes` holds what the operator set by key, `pools` what the design wants: roles that nobody set are proposed
    from it. The same list gives the same nodes, whatever was found on the machines.
    """
    listed = tuple(entries)
    given = {key: change.name for key, change in changes.items() if change.name}
    named = names(listed, given)
    roles = propose(listed, pools, changes=changes).nodes
    nodes = [_node(entry, named[entry.key], roles[entry.key], changes.get(entry.key)) for entry in listed]
    return sorted(nodes, key=lambda node: node["role"] != "server")


def _node(entry: NodeEntry, name: str, proposed: Proposed, change: Change | None) -> dict[str, Any]:
    """Return one node as the spec holds it; what says nothing is left out."""
    said = {
        "name": name,
        "address": entry.address,
        "internal_address": entry.internal_address,
        "role": proposed.role,
        "zone": (change and change.zone) or entry.zone,
        "labels": {**proposed.labels, **entry.labels},
        "taints": list(dict.fromkeys((*proposed.taints, *entry.taints))),
        "ssh": own_ssh(entry),
    }
    return {field: value for field, value in said.items() if value}
