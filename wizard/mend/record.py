"""What was mended on a cluster's nodes and not taken back yet: one JSON line each, kept with the cluster's state."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from wizard.errors import WizardError
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
    line = json.dumps(asdict(entry), ensure_ascii=False) + "\n"
    try:
        handle = os.open(state / NAME, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "ab") as file:
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise WizardError(
            f"{state / NAME} can not be written: {error.strerror}", hint="Make room on the jump host, and try again."
        ) from error


def entries(state: Path) -> Iterator[Entry]:
    """Yield the record of `state`, oldest first; a line torn by a crash is left out."""
    try:
        text = (state / NAME).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    for line in text.split("\n"):
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
