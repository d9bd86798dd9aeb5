"""What was taken over from a file that somebody else wrote, and what was not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from wizard.design.answers import Answers
from wizard.design.draft import Draft
from wizard.design.nodes.entry import NodeEntry, read_entry
from wizard.design.nodes.fault import NotUnderstood
from wizard.design.question import accept, questions
from wizard.design.tree import Path, Tree, put
from wizard.errors import BadAnswer
from wizard.plain import plain

NOTES_LIMIT = 100


@dataclass(slots=True)
class Taken:
    """Collects answers, nodes and parts of a spec; `notes` say what could not be taken over, and why."""

    answers: Answers = field(default_factory=Answers)
    lines: list[str] = field(default_factory=list)
    carried: Tree = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def note(self, where: str, what: str) -> None:
        """Note something about one place of the file; both texts may come from it."""
        if len(self.notes) < NOTES_LIMIT:
            self.notes.append(plain(f"{where}: {what}"))

    def answer(self, key: str, value: object, where: str) -> bool:
        """Take a value as the answer to a question; where it is none, note why."""
        try:
            self.answers = self.answers.given(key, accept(questions()[key], value))
        except BadAnswer as error:
            self.note(where, error.message)
            return False
        return True

    def node(self, fields: Mapping[str, Any], where: str) -> NodeEntry | None:
        """Take a node, or note why it is none; the line that says it is listed either way."""
        try:
            entry = read_entry(fields)
        except NotUnderstood as error:
            self.note(where, str(error))
            self.lines.append(plain(" ".join(_pair(key, value) for key, value in fields.items() if value)))
            return None
        self.lines.append(entry.text)
        return entry

    def carry(self, path: Path, value: Any) -> None:
        """Take a field of the spec that no question covers."""
        put(self.carried, path, value)

    def draft(self, path: str) -> Draft:
        """Return what was taken as a draft; `path` is the file it came from, when it is a spec of ours."""
        text = "".join(f"{line}\n" for line in self.lines)
        return Draft(answers=self.answers, nodes_text=text, carried=self.carried, spec_path=path or None)


def availability(servers: int) -> str:
    """Return what a cluster of so many servers was built to outlive."""
    return "none" if servers < 2 else "node" if servers < 5 else "node_in_maintenance"


def strings(value: object) -> Iterator[str]:
    """Yield the texts and numbers of a list, or the one that stands in its place; anything else is left out."""
    for one in value if isinstance(value, list | tuple) else [value]:
        if isinstance(one, str | int | float) and not isinstance(one, bool):
            yield str(one)


def _pair(key: str, value: object) -> str:
    """Return one field of a bad node as it stands in the list, to be mended there."""
    text = " ".join(strings(value))
    return f'{key}="{text.replace(chr(34), "")}"' if text else ""
