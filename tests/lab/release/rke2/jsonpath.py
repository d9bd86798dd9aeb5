"""kubectl's JSONPath templates: {range}, {end}, quoted text, and paths with [*], [0] and [?(@.a=="b")]."""

import json
import re
from typing import Any

STEP = re.compile(
    r"""\.(?P<name>(?:\\.|[^.\[\\])+)|\[\*\](?P<all>)|\[(?P<place>-?\d+)\]|\['(?P<quoted>[^']+)'\]"""
    r"""|\[\?\(@\.(?P<key>[\w.]+)\s*==\s*["']?(?P<value>[^"')]*)["']?\)\]"""
)


class BadTemplate(Exception):
    """A template that is not of this subset."""


def render(template: str, data: Any) -> str:
    """Return the template's text for `data`; a path that leads nowhere gives nothing."""
    parts = _parts(template)
    text, rest = _render(parts, data, data)
    if rest:
        raise BadTemplate("unexpected end")
    return text


def _parts(template: str) -> list[str]:
    """Cut into blocks (with their braces) and the text between; a brace inside quotes is text."""
    return re.findall(r"""\{(?:"(?:\\.|[^"])*"|'[^']*'|[^}"'])*\}|[^{]+""", template)


def _render(parts: list[str], data: Any, root: Any, *, inside: bool = False) -> tuple[str, list[str]]:
    text = ""
    while parts:
        part, *parts = parts
        block = part[1:-1].strip() if part.startswith("{") else None
        if block is None:
            text += part
        elif block == "end":
            if not inside:
                raise BadTemplate("not in range, nothing to end")
            return text, parts
        elif block.startswith("range"):
            body, after = parts, parts
            found = _find(block[5:].strip(), data, root)
            for each in found:
                more, after = _render(body, each, root, inside=True)
                text += more
            parts = after if found else _render(body, {}, root, inside=True)[1]
        elif block[:1] in "\"'":
            text += json.loads(block) if block[0] == '"' else block[1:-1]
        else:
            text += " ".join(_shown(each) for each in _find(block, data, root))
    if inside:
        raise BadTemplate("unclosed range")
    return text, []


def _find(path: str, data: Any, root: Any) -> list[Any]:
    if path.startswith("$"):
        path, data = path[1:], root
    path = path.removeprefix("@")
    found, at = [data], 0
    while at < len(path):
        step = STEP.match(path, at)
        if not step:
            if path[at:] == ".":
                return found
            raise BadTemplate(f"unrecognized character in action: {path[at:]}")
        found = [more for each in found for more in _taken(step, each)]
        at = step.end()
    return found


def _taken(step: re.Match[str], value: Any) -> list[Any]:
    name = step["name"] or step["quoted"]
    if name:
        name = re.sub(r"\\(.)", r"\1", name)
        return [value[name]] if isinstance(value, dict) and name in value else []
    if step["key"]:
        return [each for each in _items(value) if _shown(each.get(step["key"], "")) == step["value"]]
    if step["place"]:
        return _items(value)[int(step["place"]) :][:1]
    return _items(value)


def _items(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
