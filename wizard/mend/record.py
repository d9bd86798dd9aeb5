"""What was mended on a cluster's nodes and not taken back yet: one JSON line each, kept with the cluster's state."""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from wizard.files import append_record, record_lines
from wizard.mend.mend import Doing

NAME = "mends.jsonl"
Verb = Literal["begun", "done", "failed", "undone"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: `mend` of `node`, what came of it, and what was done; `at` is in epoch seconds."""

    at: float
    node: str
    mend: str
    verb: Verb
    commands: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    said: str = ""


def note(state: Path, node: str, mend: str, verb: Verb, doing: Doing | None = None, said: str = "") -> None:
    """Append an entry to the record in `state`, fsynced; `begun` comes before anything is touched.

    Raises WizardError when it can't be kept.
    """
    doing = doing or Doing()
    differences = tuple(line for change in doing.changes for line in change.difference())
    entry = Entry(round(time.time(), 3), node, mend, verb, doing.commands, differences, said)
    append_record(state / NAME, asdict(entry))


def entries(state: Path) -> Iterator[Entry]:
    """Yield the record of `state`, oldest first; a line torn by a crash is left out."""
    for line in record_lines(state / NAME):
        if entry := _entry(line):
            yield entry


def standing(state: Path) -> tuple[tuple[str, str], ...]:
    """Return (node, mend) of what was begun and not taken back, the latest first: undo goes backwards."""
    found: dict[tuple[str, str], None] = {}
    for entry in entries(state):
        found.pop((entry.node, entry.mend), None)
        if entry.verb != "undone":
            found[entry.node, entry.mend] = None
    return tuple(reversed(found))


def _entry(line: str) -> Entry | None:
    try:
        record: Any = json.loads(line)
        fields: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in record.items()
        }
        return Entry(**fields)
    except (ValueError, TypeError, AttributeError):
        return None
