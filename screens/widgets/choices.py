"""Choices of one question as a list: one of them, or several, and "I don't know yet" at the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.table import Table
from textual import on
from textual.binding import Binding
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from screens.widgets.ink import CLASSES, Span, painted

LEFT = "I don't know yet"


@dataclass(frozen=True, slots=True)
class Row:
    """One choice: the text that stands for it, its title, and why one would take it."""

    text: str
    title: str
    why: str = ""


class Choices(OptionList):
    """Arrows select, enter takes; where several may be taken, space takes one or lets it go, and enter goes on."""

    COMPONENT_CLASSES: ClassVar[set[str]] = CLASSES
    BINDINGS = [
        Binding("space", "mark", "Take", show=False),
        Binding("left", "screen.list", "Questions", show=False),
        Binding("pageup", "screen.step(-1)", "Before", show=False),
        Binding("pagedown", "screen.step(1)", "Next", show=False),
    ]

    @dataclass
    class Taken(Message):
        """What is taken now, as texts, or None for "I don't know yet"; `done` when the operator goes on."""

        texts: tuple[str, ...] | None
        done: bool

    def __init__(
        self,
        rows: Sequence[Row],
        taken: Sequence[str],
        *,
        default: Sequence[str],
        several: bool,
        stated: bool,
        left: bool,
        roomy: bool,
    ) -> None:
        """Show `rows`, of which `taken` hold, and `default` while nothing is said.

        `stated` tells whether the operator said so, `left` whether they said that they don't know; `roomy` shows
        each row's why beneath it.
        """
        super().__init__(id="choices", compact=True)
        self.rows = (*rows, Row("", LEFT, "what is marked ~ is assumed, and listed in the end"))
        self._several = several
        self._taken = set(taken)
        self._default = set(default)
        self._stated = stated
        self._left = left
        self._roomy = roomy

    def on_mount(self) -> None:
        self._fill()
        texts = [row.text for row in self.rows]
        self.highlighted = next((place for place, text in enumerate(texts) if text in self._taken), 0)

    @property
    def hint(self) -> str:
        """Why one would take the row that is selected."""
        return "" if self._roomy or self.highlighted is None else self.rows[self.highlighted].why

    def _fill(self) -> None:
        place = self.highlighted
        self.set_options(Option(self._prompt(row)) for row in self.rows)
        self.highlighted = place

    def _prompt(self, row: Row) -> Table:
        """Return a choice as it is drawn: its mark, and its words set in beside it."""
        several = self._several and row.text
        mark = f"[{self._mark(row)}]" if several else f"({self._mark(row)})"
        words: list[Span] = [(row.title, "")]
        if self._roomy and row.why:
            words.append((f"\n{row.why}", "muted"))
        table = Table.grid(padding=(0, 1))
        table.add_row(painted(self, [(mark, "")]), painted(self, words, wrap=True))
        return table

    def _mark(self, row: Row) -> str:
        if not row.text:
            return "x" if self._left else " "
        if not self._holds(row):
            return " "
        return "x" if self._stated else "~"

    def _holds(self, row: Row) -> bool:
        return bool(row.text) and row.text in self._taken

    def action_mark(self) -> None:
        """Take the selected row, or let it go where several may be taken."""
        row = self._selected()
        if row is None:
            return
        if self._several and row.text:
            self._take(self._taken ^ {row.text}, done=False)
        else:
            self._settle(row, done=False)

    @on(OptionList.OptionSelected)
    def _entered(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        row = self._selected()
        if row is None:
            return
        if self._several and row.text:
            self._take(self._taken, done=True)
        else:
            self._settle(row, done=True)

    def _selected(self) -> Row | None:
        return None if self.highlighted is None else self.rows[self.highlighted]

    def _settle(self, row: Row, *, done: bool) -> None:
        if row.text:
            self._take({row.text}, done=done)
        else:
            self._taken, self._stated, self._left = self._default, False, True
            self._fill()
            self.post_message(self.Taken(None, done))

    def _take(self, texts: set[str], *, done: bool) -> None:
        self._taken, self._stated, self._left = texts, True, False
        self._fill()
        self.post_message(self.Taken(tuple(row.text for row in self.rows if self._holds(row)), done))
