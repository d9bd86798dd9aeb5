"""Text in rows of a sign and words: what speaks for a design, what changed, what is refused."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.table import Table
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from screens.glyphs import Glyphs
from screens.widgets.ink import CLASSES, painted

Row = tuple[str, str, str]
"""A sign, words beside it, and the ink of both; a row of empty words is a blank line."""


class Rows(VerticalScroll):
    """Rows that wrap beside their signs, and scroll; drawn again only when they change."""

    COMPONENT_CLASSES: ClassVar[set[str]] = CLASSES

    def __init__(self, glyphs: Glyphs, *, id: str) -> None:
        super().__init__(id=id)
        self._signs = glyphs
        self._shown: list[Row] = []

    def compose(self) -> Iterable[Static]:
        yield Static()

    def show(self, rows: Sequence[Row]) -> None:
        """Replace what is shown."""
        if list(rows) != self._shown:
            self._shown = list(rows)
            self.query_one(Static).update(table_of(self, rows, self._signs))


def table_of(widget: Widget, rows: Iterable[Row], glyphs: Glyphs) -> Table:
    """Return rows as a table that wraps words beside their sign; `widget` has CLASSES among its component classes."""
    table = Table.grid(padding=(0, 1))
    for sign, words, ink in rows:
        table.add_row(
            painted(widget, [(glyphs.text(sign), ink)]),
            painted(widget, [(glyphs.lines(words), ink if ink in ("strong", "bad", "muted") else "")], wrap=True),
        )
    return table
