"""A small window that asks for one line, and keeps asking until it can be used."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from screens.glyphs import Glyphs
from wizard.errors import WizardError

Answer = TypeVar("Answer")


class Ask(ModalScreen[Answer | None], Generic[Answer]):
    """Asks for a line and gives it to `use` beside the loop; what `use` returns is the window's result.

    A WizardError of `use` is shown in the window, which stays, so that the line can be mended.
    """

    BINDINGS = [Binding("escape", "dismiss(None)", "Back", key_display="esc")]

    def __init__(
        self, question: str, text: str, glyphs: Glyphs, *, use: Callable[[str], Answer], value: str = ""
    ) -> None:
        super().__init__(classes="-ascii" if glyphs.ascii else None)
        self._question = question
        self._text = text
        self._use = use
        self._value = value
        self._signs = glyphs

    def compose(self) -> ComposeResult:
        with Vertical(id="window"):
            yield Static(Text(self._question), id="question")
            yield Static(Text(self._text), id="explanation")
            yield Input(self._value, id="line", compact=True)
            yield Static(id="refused")
            yield Static(Text("enter goes on, esc goes back"), id="keys")

    def on_mount(self) -> None:
        self.query_one("#line", Input).cursor_blink = False
        self.query_one("#refused").display = False

    @on(Input.Submitted)
    @work(exclusive=True, group="use")
    async def _entered(self, event: Input.Submitted) -> None:
        try:
            answer = await asyncio.to_thread(self._use, event.value)
        except WizardError as error:
            self._refuse(error)
        else:
            self.dismiss(answer)

    def _refuse(self, error: WizardError) -> None:
        refused = self.query_one("#refused", Static)
        refused.display = True
        refused.update(Text(self._signs.lines("\n".join(filter(None, (error.message, error.hint))))))
