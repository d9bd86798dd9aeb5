"""What one line of a list was found to say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from wizard.design.nodes.entry import NodeEntry


@dataclass(frozen=True, slots=True)
class Reading:
    """One line as its kind of list reads it: nodes, what is wrong (each `what; allowed`), what it is otherwise."""

    entries: tuple[NodeEntry, ...] = ()
    problems: tuple[str, ...] = ()
    note: str = ""


class Reader(Protocol):
    """Reads one kind of list: as many readings as there are lines; raises nothing, whatever the lines hold."""

    def __call__(self, lines: Sequence[str]) -> list[Reading]: ...
