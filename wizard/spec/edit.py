"""Changes to a spec's text that leave every other character as it is, comments too."""

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
    raise BadUsage(f"{name}: no node of the spec", hint=f"Its nodes: {', '.join(each for each, _, _ in _items(text))}")


def _flow(value: Any) -> str:
    # In a list, so that text is quoted which would mean something else between braces.
    return str(yaml.safe_dump([value], default_flow_style=True, width=10_000, sort_keys=False)).strip()[1:-1]


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


def put_fields(text: str, path: tuple[str, ...], fields: Mapping[str, Any]) -> str:
    """Return the spec's text with these fields of the part at `path` set, made where there is none.

    Raises BadUsage where the part is written in a way that can't be kept, as by an anchor.
    """
    for key, value in fields.items():
        text = _put(text, (*path, key), value)
    return text


def _put(text: str, path: tuple[str, ...], value: Any) -> str:
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    for place, key in enumerate(path):
        if not isinstance(node, yaml.MappingNode):
            raise BadUsage(f"{'.'.join(path[:place])} is not written as a part of the spec", hint=_BY_HAND)
        found = next((each for name, each in node.value if name.value == key), None)
        if found is None:
            return _insert(text, node, key, _nested(path[place + 1 :], value))
        if isinstance(found, yaml.ScalarNode):
            begin, end = found.start_mark.index, found.end_mark.index
            if text[begin:end].startswith(("&", "*", "|", ">")) or "\n" in text[begin:end]:
                raise BadUsage(f"{'.'.join(path)} is not written on one line", hint=_BY_HAND)
            blank = "" if begin < end else " "
            return text[:begin] + blank + _flow(_nested(path[place + 1 :], value)) + text[end:]
        node = found
    raise BadUsage(f"{'.'.join(path)} is a part of the spec, not a value", hint=_BY_HAND)


def _nested(path: tuple[str, ...], value: Any) -> Any:
    for key in reversed(path):
        value = {key: value}
    return value


def _insert(text: str, part: yaml.MappingNode, key: str, value: Any) -> str:
    entry = f"{key}: {_flow(value)}"
    if part.flow_style:
        end = part.end_mark.index - 1
        return text[:end] + (", " if part.value else "") + entry + text[end:]
    lines = text.splitlines(keepends=True)
    last, column = _last_line(part), part.value[0][0].start_mark.column
    if not lines[last].endswith("\n"):
        lines[last] += "\n"
    lines.insert(last + 1, f"{' ' * column}{entry}\n")
    return "".join(lines)
