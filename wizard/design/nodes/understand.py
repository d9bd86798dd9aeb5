"""From a text as the operator pasted it to nodes, line by line, so that nothing is lost."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from wizard.design.draft import without_passwords
from wizard.design.nodes.entry import NodeEntry
from wizard.design.nodes.kinds import kind_of
from wizard.design.nodes.place import LIST_AT_MOST
from wizard.design.nodes.reading import Reading
from wizard.plain import plain

State = Literal["nodes", "bad", "twice", "other"]
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
# What word processors and chats make of plain text.
_TYPOGRAPHY = str.maketrans({"\xa0": " ", "–": "-", "—": "-", "“": '"', "”": '"', "‘": "'", "’": "'"})


@dataclass(frozen=True, slots=True)
class UnderstoodLine:
    """One line of the text, numbered from 1; `text` is safe to show."""

    number: int
    text: str
    entries: tuple[NodeEntry, ...] = ()
    problem: str = ""
    """What was not understood there and how to mend it: `what; allowed`. The line may hold good nodes too."""
    note: str = ""
    """What the line is, where it is neither nodes nor wrong: a comment, a header, nodes that are listed before."""
    twice: bool = False

    @property
    def state(self) -> State:
        """What the line is in one word; `other` is for comments, headers and blank lines."""
        if self.problem:
            return "bad"
        return "twice" if self.twice else "nodes" if self.entries else "other"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A node that is listed again: `line` is left out, `first` stands."""

    line: int
    first: int
    entry: NodeEntry


@dataclass(frozen=True, slots=True)
class Understood:
    """A whole text: every line of it, all nodes in their order, and which were listed more than once."""

    kind: str
    """What kind of list it was taken for, in words."""
    lines: tuple[UnderstoodLine, ...]
    entries: tuple[NodeEntry, ...]
    duplicates: tuple[Duplicate, ...]

    @property
    def bad(self) -> tuple[UnderstoodLine, ...]:
        """The lines that hold something that was not understood."""
        return tuple(line for line in self.lines if line.problem)


def understand(text: str) -> Understood:
    """Take a list of nodes in any form; return what each line says. Never raises, whatever the text holds."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    # Inventories hold passwords, which a screen must not show; the wizard asks for those that it needs.
    lines = without_passwords(text).split("\n")
    # A line with hidden characters is shown without them, but what it says can't be trusted.
    clean = ["" if _HIDDEN.search(line) else line.translate(_TYPOGRAPHY) for line in lines]
    kind, reader = kind_of(clean)
    return _assembled(kind, lines, reader(clean))


def _assembled(kind: str, lines: list[str], readings: Iterable[Reading]) -> Understood:
    book = _Book()
    done = [
        book.enter(number, line, reading) for number, (line, reading) in enumerate(zip(lines, readings, strict=True), 1)
    ]
    return Understood(kind, tuple(done), tuple(book.entries), tuple(book.duplicates))


class _Book:
    """The nodes so far, and on which line each was listed first."""

    def __init__(self) -> None:
        self.entries: list[NodeEntry] = []
        self.duplicates: list[Duplicate] = []
        self._first: dict[str, tuple[int, NodeEntry]] = {}
        self._names: dict[str, tuple[int, str]] = {}

    def enter(self, number: int, line: str, reading: Reading) -> UnderstoodLine:
        """Take the nodes of one line; return the line with what came of it."""
        if hidden := _HIDDEN.search(line):
            problem = f"the line holds the hidden character U+{ord(hidden[0]):04X}; type it again, as plain text"
            return UnderstoodLine(number, plain(line), problem=problem)
        problems = list(reading.problems)
        again: list[Duplicate] = []
        kept = [self._named(number, one, problems) for one in reading.entries if self._new(number, one, again)]
        if over := max(0, len(self.entries) + len(kept) - LIST_AT_MOST):
            problems.append(f"{over} of its nodes are beyond {LIST_AT_MOST}; a cluster holds at most so many")
            kept = kept[: len(kept) - over]
        self.entries += kept
        self.duplicates += again
        problems += [_differs(one, self._first[one.entry.key][1]) for one in again if self._disagrees(one)]
        note = "; ".join(part for part in (reading.note, _again(again)) if part)
        return UnderstoodLine(number, plain(line), tuple(kept), plain("; ".join(problems)), note, bool(again))

    def _new(self, number: int, entry: NodeEntry, again: list[Duplicate]) -> bool:
        first = self._first.setdefault(entry.key, (number, entry))
        if first[1] is entry:
            return True
        again.append(Duplicate(number, first[0], entry))
        return False

    def _named(self, number: int, entry: NodeEntry, problems: list[str]) -> NodeEntry:
        """Return the entry, without its name where another node has it."""
        if entry.name is None:
            return entry
        line, key = self._names.setdefault(entry.name, (number, entry.key))
        if key == entry.key:
            return entry
        problems.append(f"'{entry.name}' is the name of {key} on line {line} too; a name of its own")
        return replace(entry, name=None)

    def _disagrees(self, duplicate: Duplicate) -> bool:
        first = self._first[duplicate.entry.key][1]
        return any(
            _said(duplicate.entry, part) not in (None, _said(first, part)) for part in ("name", "role", "zone", "user")
        )


def _said(entry: NodeEntry, part: str) -> object:
    return getattr(entry, part)


def _differs(duplicate: Duplicate, first: NodeEntry) -> str:
    return f"{first.key} stands on line {duplicate.first} with something else; keep one of the two lines"


def _again(again: list[Duplicate]) -> str:
    if not again:
        return ""
    more = f" and {len(again) - 1} more" if len(again) > 1 else ""
    verb = "are" if more else "is"
    return f"{again[0].entry.key}{more} {verb} on line {again[0].first} already, left out here"
