"""YAML read with the line of every value, and with limits that hostile files can't pass."""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from wizard.errors import BadSpec
from wizard.loader import LOADER
from wizard.spec.problem import Path, Problem, may_be_secret, quoted, shorten
from wizard.spec.scalar import Doubtful, resolve

SIZE_LIMIT = 2 * 1024 * 1024  # bytes; a spec of 1,000 nodes takes some 300 KiB
DEPTH_LIMIT = 32
_TOO_DEEP = f"nested deeper than {DEPTH_LIMIT} levels"
VALUE_LIMIT = 200_000  # values, each alias counted with all that it repeats
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAB = re.compile(r"(?m)^[ -]*\t")


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: dicts, tuples and scalars, with the line of each path.

    `words` holds the text of unquoted values that are not read as text, `doubtful` the paths of those that YAML readers
    disagree about; each of these is among `problems`.
    """

    value: Any
    lines: dict[Path, int]
    problems: tuple[Problem, ...]
    words: dict[Path, str]
    doubtful: frozenset[Path]

    def line_of(self, path: Path) -> int:
        """Return the line of a path, or of the nearest thing around it that the file holds."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


class _Broken(Exception):
    """The text can't be read past this line."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line
        self.what = what


def read_document(data: bytes, *, name: str) -> Document:
    """Take the bytes of a YAML file and the name to call it by; return it with positions.

    Raises BadSpec with the one reason why the text is no usable YAML. What can be told beside other problems
    (duplicate keys, words that YAML readers disagree about) is in `problems` instead.
    """
    try:
        builder = _Builder()
        for event in yaml.parse(_text(data), Loader=LOADER):
            builder.take(event)
        return builder.document()
    except _Broken as broken:
        raise BadSpec([Problem((), broken.what).line(name, broken.line)]) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if "nesting depth" in (error.problem or ""):
            # PyYAML 6.0.4 has a limit of its own, and reads ahead of ours.
            raise BadSpec([Problem((), _TOO_DEEP).line(name, mark.line + 1 if mark else 0)]) from None
        what = ", ".join(part for part in (error.context, error.problem) if part)
        raise BadSpec([Problem((), f"not valid YAML: {what}").line(name, mark.line + 1 if mark else 0)]) from None
    except yaml.YAMLError as error:
        raise BadSpec([Problem((), f"not valid YAML: {shorten(str(error))}").line(name, 0)]) from None


def _text(data: bytes) -> str:
    if len(data) > SIZE_LIMIT:
        raise _Broken(0, f"the file is larger than {SIZE_LIMIT // 1024} KiB; a spec of 1,000 nodes takes some 300")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _Broken(data.count(b"\n", 0, error.start) + 1, "not UTF-8 text; save the file as UTF-8") from None
    if found := _UNPRINTABLE.search(text):
        code = f"U+{ord(found[0]):04X}"
        raise _Broken(_line(text, found.start()), f"the control character {code} is not text; remove it")
    if found := _TAB.search(text):
        raise _Broken(_line(text, found.start()), "a tab in the indentation; YAML wants spaces")
    return text


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


@dataclass(slots=True)
class _Open:
    """A mapping or sequence that is being read."""

    path: Path
    anchor: str | None
    value: Any
    key: str | None = None
    weight: int = 1


@dataclass(slots=True)
class _Builder:
    """Builds the value from parser events, without recursion: depth is bounded by DEPTH_LIMIT, not by the stack."""

    lines: dict[Path, int] = field(default_factory=dict)
    words: dict[Path, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    doubtful: set[Path] = field(default_factory=set)
    anchors: dict[str, tuple[Any, int]] = field(default_factory=dict)
    stack: list[_Open] = field(default_factory=list)
    root: Any = None
    documents: int = 0

    def document(self) -> Document:
        if self.root is None:
            raise _Broken(1, "the file is empty; a spec begins with apiVersion: rancher-wizard/v1")
        return Document(self.root, self.lines, tuple(self.problems), self.words, frozenset(self.doubtful))

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        match event:
            case yaml.DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    raise _Broken(line, "a second document begins here; a spec is one document, without a further ---")
            case yaml.MappingStartEvent():
                self._begin(event, line, {})
            case yaml.SequenceStartEvent():
                self._begin(event, line, [])
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._end(line)
            case yaml.AliasEvent():
                self._alias(event, line)
            case yaml.ScalarEvent():
                self._scalar(event, line)
            case _:
                pass

    def _begin(self, event: yaml.CollectionStartEvent, line: int, value: Any) -> None:
        self._refuse_tag(event, line)
        if len(self.stack) >= DEPTH_LIMIT:
            raise _Broken(line, _TOO_DEEP)
        if self._wants_key():
            raise _Broken(line, "a list or mapping can't be a key; text is wanted before the colon")
        self.stack.append(_Open(self._here(line), event.anchor, value))

    def _end(self, line: int) -> None:
        done = self.stack.pop()
        value = tuple(done.value) if isinstance(done.value, list) else done.value
        self._put(value, done.weight, done.anchor, line)

    def _alias(self, event: yaml.AliasEvent, line: int) -> None:
        anchor = event.anchor or ""
        if anchor not in self.anchors:
            raise _Broken(line, f"*{shorten(anchor)} names no anchor that is complete above")
        if self._wants_key():
            raise _Broken(line, "an alias can't be a key; write the key out")
        value, weight = self.anchors[anchor]
        self._here(line)
        self._put(value, weight, None, line)

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        self._refuse_tag(event, line)
        if self._wants_key():
            self._key(event, line)
            return
        path = self._here(line)
        value: Any = event.value
        if event.implicit[0]:
            value = self._plain(path, event.value)
        self._put(value, 1, event.anchor, line)

    def _plain(self, path: Path, word: str) -> Any:
        value = resolve(word)
        if not isinstance(value, Doubtful):
            if not isinstance(value, str):
                self.words[path] = word
            return value
        if may_be_secret(path):
            return word  # refused for standing in the clear; never quoted
        self.doubtful.add(path)
        text = f'"{shorten(word)}" in quotes if text is meant'
        self.problems.append(
            Problem(
                path,
                f"{shorten(word)} is read as {value.meant} by some YAML readers and otherwise by others",
                f"write {value.instead + ', or ' if value.instead else ''}{text}",
            )
        )
        return word

    def _key(self, event: yaml.ScalarEvent, line: int) -> None:
        top = self.stack[-1]
        key = top.key = event.value
        path = (*top.path, key)
        if key == "<<" and event.implicit[0]:
            raise _Broken(line, "merge keys (<<) are not read here; write the keys out")
        if event.implicit[0] and not isinstance(resolve(key), str):
            self.problems.append(
                Problem(path, f"the key {shorten(key)} is not text to YAML", f'write "{shorten(key)}"')
            )
        if key in top.value:
            first = self.lines[path]
            self.problems.append(Problem(path, f"duplicate key, first on line {first}", "keep one of them"))
        self.lines[path] = line

    def _wants_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1].value, dict) and self.stack[-1].key is None

    def _here(self, line: int) -> Path:
        """Return the path of the value that begins now, and note its line if no key did."""
        if not self.stack:
            self.lines[()] = line
            return ()
        top = self.stack[-1]
        path = (*top.path, len(top.value) if top.key is None else top.key)
        self.lines.setdefault(path, line)
        return path

    def _put(self, value: Any, weight: int, anchor: str | None, line: int) -> None:
        if anchor is not None:
            self.anchors[anchor] = (value, weight)
        if not self.stack:
            self.root = value
            return
        top = self.stack[-1]
        top.weight += weight
        if top.weight > VALUE_LIMIT:
            raise _Broken(line, f"more than {VALUE_LIMIT} values, aliases counted with what they repeat")
        if top.key is None:
            top.value.append(value)
        else:
            top.value[top.key] = value
            top.key = None

    def _refuse_tag(self, event: yaml.NodeEvent, line: int) -> None:
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise _Broken(line, f"the tag {quoted(tag)} is not read here; write plain YAML without ! or !! words")
