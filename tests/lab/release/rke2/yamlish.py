"""The part of YAML that config.yaml is written in: flat keys, lists, quotes, comments; nodes have no YAML library."""

import json
from pathlib import Path

Value = str | list[str]


class BadYaml(Exception):
    """A line that is not of the form understood here."""


def read(path: Path) -> dict[str, Value]:
    """Return the keys of one file; raises BadYaml with file and line."""
    found: dict[str, Value] = {}
    key = ""
    for number, raw in enumerate(path.read_text().splitlines(), 1):
        line = _without_comment(raw).rstrip()
        if not line.strip() or line.strip() in ("---", "..."):
            continue
        item = line.strip()
        if item == "-" or item.startswith("- "):
            if not key or (isinstance(found[key], str) and found[key]):
                raise BadYaml(f"{path}:{number}: a list item without its key")
            found[key] = [*(found[key] or []), _plain(item[1:].strip())]
            continue
        name, colon, rest = line.partition(":")
        if not colon or line[0].isspace() or (rest and not rest[0].isspace()):
            raise BadYaml(f"{path}:{number}: not 'key: value'")
        key = _plain(name.strip())
        found[key] = _value(rest.strip())
    return found


def _value(text: str) -> Value:
    if text.startswith("[") and text.endswith("]"):
        return [_plain(part.strip()) for part in text[1:-1].split(",") if part.strip()]
    return _plain(text)


def _plain(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        return str(json.loads(text))
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    return "" if text in ("~", "null") else text


def _without_comment(line: str) -> str:
    quote = ""
    for place, char in enumerate(line):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'" and (place == 0 or line[place - 1] in " [,-"):
            quote = char
        elif char == "#" and (place == 0 or line[place - 1].isspace()):
            return line[:place]
    return line
