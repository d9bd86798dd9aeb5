"""The nodes of a spec: what the operator listed, what the design wants of them, what an earlier spec held."""

from collections.abc import Mapping, Sequence
from typing import Any

from wizard.design.nodes.entry import NodeEntry
from wizard.design.nodes.names import names
from wizard.design.nodes.to_spec import to_spec
from wizard.design.nodes.wish import Change
from wizard.design.pool import Pool


def members(
    entries: Sequence[NodeEntry],
    changes: Mapping[str, Change],
    pools: Sequence[Pool],
    carried: Mapping[str, Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """Return the nodes as the spec holds them, servers first.

    A node that was in the spec before keeps its labels and taints as they were there: they are given at joining only.
    """
    nodes = to_spec(entries, changes, pools=pools)
    named = names(entries, {key: change.name for key, change in changes.items() if change.name})
    listed = {named[entry.key]: entry for entry in entries}
    alone = all(node["role"] == "server" for node in nodes)
    for node in nodes:
        entry = listed[node["name"]]
        if entry.key in carried:
            _keep(node, entry, carried[entry.key])
        elif alone:
            # Without agents, a taint that keeps applications off would leave them no place at all.
            _set(node, "taints", list(entry.taints))
    return nodes


def _keep(node: dict[str, Any], entry: NodeEntry, before: Mapping[str, Any]) -> None:
    _set(node, "labels", {**before.get("labels", {}), **entry.labels})
    _set(node, "taints", list(dict.fromkeys((*before.get("taints", ()), *entry.taints))))
    _set(node, "ssh", {**before.get("ssh", {}), **node.get("ssh", {})})


def _set(node: dict[str, Any], field: str, value: Any) -> None:
    """Set a field of a node, or leave it out where it would say nothing."""
    node.pop(field, None)
    if value:
        node[field] = value
