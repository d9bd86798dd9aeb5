"""A small window that asks for a secret, which becomes a `Secret` at once and is never shown."""

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from screens.glyphs import Glyphs
from wizard.secret import Secret


class AskSecret(ModalScreen[Secret | None]):
    """Asks for one secret; None when the operator goes back."""

    BINDINGS = [Binding("escape", "dismiss(None)", "Back", key_display="esc")]

    def __init__(self, question: str, text: str, glyphs: Glyphs) -> None:
        super().__init__(classes="-ascii" if glyphs.ascii else None)
        self._question = question
        self._text = text

    def compose(self) -> ComposeResult:
        with Vertical(id="window"):
            yield Static(Text(self._question), id="question")
            yield Static(Text(self._text), id="explanation")
            yield Input(password=True, id="line", compact=True)
            yield Static(Text("enter goes on, esc goes back; it is kept in memory until this program ends"), id="keys")

    def on_mount(self) -> None:
        self.query_one("#line", Input).cursor_blink = False

    # Not a worker: its description would hold what was typed.
    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        if event.value:
            secret = Secret(event.value)
            event.input.value = ""
            self.dismiss(secret)
