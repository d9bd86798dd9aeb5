"""A window that shows all that would be done before it asks; the harmless answer is the default."""

from collections.abc import Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from screens.glyphs import Glyphs
from screens.widgets.ink import Span
from screens.widgets.reader import Reader


class Consent(ModalScreen[bool]):
    """True once the operator has said yes to what `lines` tell; without a `yes` it can only be read."""

    AUTO_FOCUS = "#would"
    BINDINGS = [
        Binding("y", "accept", "Yes"),
        Binding("n,escape", "dismiss(False)", "No"),
        Binding("left,right", "app.focus_next", show=False),
    ]

    def __init__(self, question: str, lines: Sequence[Span], glyphs: Glyphs, *, yes: str) -> None:
        super().__init__(classes="-ascii" if glyphs.ascii else None)
        self._question, self._lines, self._yes = question, lines, yes
        self._signs = glyphs

    def compose(self) -> ComposeResult:
        with Vertical(id="window"):
            yield Static(Text(self._question), id="question")
            yield Reader(self._signs, id="would")
            with Horizontal(id="answers"):
                if self._yes:
                    yield Button(Text(f"{self._yes} (y)"), id="yes", compact=True)
                yield Button(
                    Text("Not now (n)" if self._yes else "Close (n)"), id="no", variant="primary", compact=True
                )

    def on_mount(self) -> None:
        self.query_one(Reader).show("would", self._lines)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_accept(self) -> None:
        if self._yes:
            self.dismiss(True)
