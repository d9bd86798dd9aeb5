"""The two small windows: a question with a harmless default, and the help."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from screens.glyphs import Glyphs

Section = tuple[str, Sequence[tuple[str, str]]]
"""A heading, and rows of (key or word, what it means)."""


class Confirm(ModalScreen[bool]):
    """A question whose harmless answer has the focus."""

    AUTO_FOCUS = "#no"
    BINDINGS = [
        Binding("y", "answer(True)", "Yes"),
        Binding("n,escape", "answer(False)", "No"),
        Binding("left,right", "app.focus_next", show=False),
    ]

    def __init__(self, question: str, text: str, glyphs: Glyphs, *, yes: str, no: str = "No") -> None:
        super().__init__(classes="-ascii" if glyphs.ascii else None)
        self._question = question
        self._text = text
        self._labels = yes, no

    def compose(self) -> ComposeResult:
        yes, no = self._labels
        with Vertical(id="window"):
            yield Static(Text(self._question), id="question")
            yield Static(Text(self._text), id="explanation")
            with Horizontal(id="answers"):
                yield Button(Text(f"{yes} (y)"), id="yes", compact=True)
                yield Button(Text(f"{no} (n)"), id="no", variant="primary", compact=True)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_answer(self, answer: bool) -> None:
        self.dismiss(answer)


class Help(ModalScreen[None]):
    """Text to read under headings: keys, or what a question is asked for."""

    BINDINGS = [Binding("escape,question_mark,f1,q,enter", "dismiss", "Close")]

    def __init__(self, sections: Sequence[Section], glyphs: Glyphs) -> None:
        super().__init__(classes="-ascii" if glyphs.ascii else None)
        self._sections = sections

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="window"):
            for number, (heading, rows) in enumerate(self._sections):
                yield Static(Text(heading, style="bold"), classes="" if number == 0 else "heading")
                yield Static(_rows(rows))
            yield Static(Text("esc closes this window, up and down scroll it"), classes="heading")


def _rows(rows: Sequence[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    for key, meaning in rows:
        table.add_row(Text(f" {key}", style="bold"), Text(meaning))
    return table
