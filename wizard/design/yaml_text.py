"""Values as YAML that reads well, and that every reader of YAML takes for the same."""

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from wizard.design.tree import Path
from wizard.plain import plain
from wizard.spec.scalar import resolve

WIDTH = 110
# What needs no quotes in block or flow style; all else gets them.
_BARE = re.compile(r"[A-Za-z0-9/~.][A-Za-z0-9/~.+_@%-]*(:[A-Za-z0-9/~.+_@%-]+)*")
# Line ends to YAML and marks that JSON leaves as they are.
_MARKS = re.compile("[\x7f-\xa0\u2028\u2029\ufeff\ud800-\udfff]")


def scalar(value: str | int | float | bool) -> str:
    """Return a value as it is written in YAML: bare where it is read back as the same, else in double quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return str(value)
    if _BARE.fullmatch(value) and resolve(value) == value:
        return value
    return _MARKS.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def comment(text: str, *, hang: str = "") -> str:
    """Return a text as comment lines, cut to WIDTH; `hang` goes before the lines after the first."""
    one_line = " ".join(plain(text).split())
    lines = textwrap.wrap(one_line, WIDTH - 2, subsequent_indent=hang, break_long_words=True)
    return "".join(f"# {line}\n" for line in lines)


def block(tree: Mapping[str, Any], comments: Mapping[Path, str], *, path: Path = (), indent: str = "") -> str:
    """Return a mapping in block style; `comments` go above the keys at their paths."""
    return "".join(f"{indent}{line}\n" if line else "\n" for line in _lines(tree, comments, path))


def _lines(tree: Mapping[str, Any], comments: Mapping[Path, str], path: Path) -> Iterator[str]:
    for key, value in tree.items():
        here = (*path, key)
        if here in comments:
            yield from comments[here].splitlines()
        name = scalar(key)
        if isinstance(value, Mapping) and value:
            yield f"{name}:"
            yield from (f"  {line}" for line in _lines(value, comments, here))
        elif isinstance(value, list | tuple) and any(isinstance(one, Mapping) for one in value):
            yield f"{name}:"
            for one in value:
                yield from _item(one, comments, here)
        else:
            yield f"{name}: {_flow(value)}"


def _item(value: Mapping[str, Any], comments: Mapping[Path, str], path: Path) -> Iterator[str]:
    for number, line in enumerate(_lines(value, comments, path)):
        yield f"{'    ' if number else '  - '}{line}"


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_flow(one) for one in value)}]"
    return scalar(value)
