"""Changes to the nodes of a spec's text that leave every other character as it is, comments too."""

from collections.abc import Mapping
from typing import Any

import yaml

from wizard.errors import BadUsage

_BY_HAND = "Edit it by hand, then run apply."


def drop_nodes(text: str, names: tuple[str, ...]) -> str:
    """Return the text of a spec without the nodes of these names. Raises BadUsage where a line holds several nodes."""
    lines = text.splitlines(keepends=True)
    for name, first, last in reversed(_items(text)):
        if name in names:
            del lines[first : last + 1]
    return "".join(lines)


def add_node(text: str, node: Mapping[str, object]) -> str:
    """Return the spec's text with one more node after the last; `node` maps its fields. Raises BadUsage as above."""
    lines = text.splitlines(keepends=True)
    _, first, last = _items(text)[-1]
    indent = lines[first][: lines[first].index("-")]
    if not lines[last].endswith("\n"):
        lines[last] += "\n"
    lines.insert(last + 1, f"{indent}- {_flow(dict(node))}\n")
    return "".join(lines)


def change_address(text: str, name: str, address: str) -> str:
    """Return the spec's text with another address for the node `name`. Raises BadUsage as above."""
    for item in _nodes(text).value:
        fields = {key.value: value for key, value in item.value}
        if fields["name"].value == name:
            mark = fields["address"]
            return text[: mark.start_mark.index] + _flow(address) + text[mark.end_mark.index :]
    raise BadUsage(f"{name}: no node of the spec", hint=_BY_HAND)


def _flow(value: Any) -> str:
    return (
        str(yaml.safe_dump(value, default_flow_style=True, width=10_000, sort_keys=False)).removesuffix("...\n").strip()
    )


def _nodes(text: str) -> yaml.SequenceNode:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    found = [value for key, value in root.value if key.value == "nodes"] if isinstance(root, yaml.MappingNode) else []
    if not found or not isinstance(found[0], yaml.SequenceNode) or found[0].flow_style:
        raise BadUsage("the spec's nodes are not written an item a line", hint=_BY_HAND)
    return found[0]


def _items(text: str) -> list[tuple[str, int, int]]:
    """Return name, first and last line of each node's item."""
    found = []
    for item in _nodes(text).value:
        names = [value.value for key, value in item.value if key.value == "name"]
        found.append((names[0] if names else "", item.start_mark.line, _last_line(item)))
    return found


def _last_line(node: yaml.Node) -> int:
    """Where a node's own text ends: a block's end mark lies behind the comments that follow it."""
    if isinstance(node, yaml.ScalarNode) or getattr(node, "flow_style", False):
        return int(node.end_mark.line)
    parts = [each for pair in node.value for each in (pair if isinstance(pair, tuple) else (pair,))]
    return max((_last_line(each) for each in parts), default=int(node.start_mark.line))
