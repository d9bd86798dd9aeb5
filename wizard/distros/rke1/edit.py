"""A cluster.yml changed in place: comments, order, quotes and all that we do not model stay as they are.

ruamel.yaml keeps comments, but not every blank and line break of a file; so what it changed is taken over line by line.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString, SingleQuotedScalarString

# How lists are set below their key: mapping, sequence, offset.
_INDENTS = ((2, 2, 0), (2, 4, 2), (4, 4, 2), (4, 4, 0), (4, 6, 4))
_QUOTED = (DoubleQuotedScalarString, SingleQuotedScalarString)
Lines = Sequence[str]
Hunk = tuple[int, int, int, int]


def changed(text: str, change: Callable[[CommentedMap], None]) -> str:
    """Take a file's text and what is to be done to its values; return the text that differs by just that.

    `text` is a mapping in YAML that has been read before; what `change` raises passes.
    """
    writer = _writer_of(text)
    tree = writer.load(text)
    before = _written(writer, tree)
    change(tree)
    after = _written(writer, tree)
    if before == after:
        return text
    merged = "".join(_merged(*(each.splitlines(keepends=True) for each in (text, before, after))))
    return merged if _read(merged) == _read(after) else after


def put(tree: Any, key: Any, value: Any) -> None:
    """Set a value of a mapping or list where another one stands, in the style of that one."""
    old = tree[key] if isinstance(tree, list) else tree.get(key)
    if _same(old, value):
        return
    if isinstance(old, CommentedMap) and isinstance(value, dict):
        for gone in [name for name in old if name not in value]:
            del old[gone]
        for name, inner in value.items():
            put(old, name, inner)
        return
    tree[key] = _styled(value, old)


def _same(old: Any, value: Any) -> bool:
    if isinstance(old, bool) or isinstance(value, bool) or old is None or value is None:
        return old is value
    # A port may stand there as a number or as text; `rke` reads the same.
    if isinstance(old, str | int) and isinstance(value, str | int):
        return str(old) == str(value)
    if isinstance(old, list) and isinstance(value, list):
        return len(old) == len(value) and all(_same(one, other) for one, other in zip(old, value, strict=True))
    if isinstance(old, dict) and isinstance(value, dict):
        return old.keys() == value.keys() and all(_same(old[key], value[key]) for key in value)
    return bool(old == value)


def _styled(value: Any, old: Any) -> Any:
    if isinstance(value, str):
        kind = next((kind for kind in _QUOTED if isinstance(old, kind)), None)
        return LiteralScalarString(value) if "\n" in value else kind(value) if kind else value
    styled: CommentedMap | CommentedSeq
    if isinstance(value, dict):
        styled = CommentedMap((key, _styled(inner, None)) for key, inner in value.items())
    elif isinstance(value, list):
        styled = CommentedSeq(_styled(inner, None) for inner in value)
    else:
        return value
    if old.fa.flow_style() if isinstance(old, CommentedMap | CommentedSeq) else _is_words(value):
        styled.fa.set_flow_style()
    return styled


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and one.isalnum() for one in value)


def _writer_of(text: str) -> YAML:
    """Return what reads a text and writes it back most alike."""
    best, fewest = _writer(_INDENTS[0]), -1
    for indent in _INDENTS:
        writer = _writer(indent)
        writer.explicit_start = text.startswith("---")
        lines = _written(writer, writer.load(text)).splitlines()
        differ = sum(a != b for a, b in zip(lines, text.splitlines(), strict=False)) + (fewest == -1)
        if fewest == -1 or differ < fewest:
            best, fewest = writer, differ
        if not differ:
            break
    return best


def _writer(indent: tuple[int, int, int]) -> YAML:
    writer = YAML(typ="rt")
    writer.preserve_quotes = True
    writer.allow_duplicate_keys = True
    writer.width = 1_000_000
    mapping, sequence, offset = indent
    writer.indent(mapping=mapping, sequence=sequence, offset=offset)
    return writer


def _written(writer: YAML, tree: Any) -> str:
    out = io.StringIO()
    writer.dump(tree, out)
    return out.getvalue()


def _read(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None


def _merged(text: Lines, before: Lines, after: Lines) -> list[str]:
    """Return the lines of `text` with what leads from `before` to `after`; `before` is `text` in another layout."""
    places = _places(before, text)
    result = list(text)
    for start, end, first, last in reversed(list(_hunks(before, after))):
        head, tail = start, end
        while head not in places:
            head -= 1
        while tail not in places:
            tail += 1
        new = [*before[head:start], *after[first:last], *before[end:tail]]
        old = result[places[head] : places[tail]]
        result[places[head] : places[tail]] = new if new else _comments_at_end(old)
    return result


def _comments_at_end(lines: Lines) -> Lines:
    """What stands above the next entry belongs to that one, not to the entry that goes."""
    keep = len(lines)
    while keep and (not lines[keep - 1].strip() or lines[keep - 1].lstrip().startswith("#")):
        keep -= 1
    return lines[keep:]


def _places(before: Lines, text: Lines) -> dict[int, int]:
    """Return where a boundary between lines of `before` is in `text`, for all that have one."""
    places = {0: 0, len(before): len(text)}
    at_before, at_text = 0, 0
    for start, end, first, last in [*_hunks(before, text), (len(before), len(before), len(text), len(text))]:
        places.update({at_before + step: at_text + step for step in range(start - at_before + 1)})
        if end - start == last - first:
            places.update({start + step: first + step for step in range(end - start)})
        at_before, at_text = end, last
    return places


def _hunks(old: Lines, new: Lines) -> Iterator[Hunk]:
    """Yield where two texts differ; what they begin and end with alike is left out first, as most of it is alike."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    middle = SequenceMatcher(None, old[head : len(old) - tail], new[head : len(new) - tail], autojunk=False)
    for tag, start, end, first, last in middle.get_opcodes():
        if tag != "equal":
            yield start + head, end + head, first + head, last + head
