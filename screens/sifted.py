"""A screen over a table of which only some rows are shown: those of one kind, with a piece of text in their name."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from textual import on

from screens.glyphs import Glyphs
from screens.table import TableScreen
from screens.widgets.reader import Reader
from screens.widgets.rows import RowList

Kind = TypeVar("Kind", bound=str)


class SiftedScreen(TableScreen, Generic[Kind]):
    """What is shown stands in `kind`, the first of `kinds` before the operator asks for another, and in `needle`."""

    kinds: Sequence[Kind]

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self.kind = self.kinds[0]
        self.needle = ""

    def action_filter(self) -> None:
        """Show the next kind."""
        self.kind = self.kinds[(self.kinds.index(self.kind) + 1) % len(self.kinds)]
        self.looks_changed()

    def seek(self, needle: str) -> None:
        self.needle = needle
        self.looks_changed()

    @property
    def sought(self) -> str:
        return self.needle

    @on(RowList.Opened)
    def _to_text(self) -> None:
        self.query_one("#reader", Reader).focus()
