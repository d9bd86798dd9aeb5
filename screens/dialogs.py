"""The two small windows: a question with a harmless default, and the help."""

from rich.table import Table
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from screens.glyphs import Glyphs
from screens.words import STATES

KEYS = (
    ("up down", "select a node; also j k home end, pages, mouse"),
    (".", "let the selection follow the work again"),
    ("enter", "all of the node's log; esc comes back"),
    ("tab", "go to the log, to scroll it; and back"),
    ("f", "show all nodes, only failed, only running"),
    ("/  n  N", "search in the log; next, previous; esc ends it"),
    ("y", "copy the node's failure, or its log"),
    ("p", "pause: no new step starts; again: go on"),
    ("r", "retry the failed node"),
    ("s", "skip the node in this rollout"),
    ("a", "abort: steps in hand are finished first"),
    ("d  q", "leave this screen; the rollout goes on"),
)


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
    """The keys, and what the states mean."""

    BINDINGS = [Binding("escape,question_mark,q,enter", "dismiss", "Close")]

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(classes="-ascii" if glyphs.ascii else None)
        self._signs = glyphs

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="window"):
            yield Static(self._rows())

    def _rows(self) -> Table:
        rows = Table.grid(padding=(0, 2))
        rows.add_row(Text("Keys", style="bold"), Text("esc closes this window, up and down scroll it"))
        for key, meaning in KEYS:
            rows.add_row(Text(f" {key}", style="bold"), Text(meaning))
        rows.add_row()
        rows.add_row(Text("States", style="bold"))
        for state, meaning in STATES.items():
            rows.add_row(Text(f" {self._signs.states[state]} {state}", style="bold"), Text(meaning))
        return rows
