"""A small window that asks for one line, and keeps asking until it can be used."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from screens.glyphs import Glyphs
from wizard.errors import WizardError

Answer = TypeVar("Answer")
KEYS = "enter goes on, esc goes back"


class Ask(ModalScreen[Answer | None], Generic[Answer]):
    """Asks for a line and gives it to `use` beside the loop; what `use` returns is the window's result.

    A WizardError of `use` is shown in the window, which stays, so that the line can be mended.
    """

    BINDINGS = [
        Binding("escape", "dismiss(None)", "Back", key_display="esc"),
        Binding("up", "scroll('up')", show=False),
        Binding("down", "scroll('down')", show=False),
    ]

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
            with VerticalScroll(id="refused", can_focus=False):
                yield Static(id="why")
            yield Static(Text(KEYS), id="keys")

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
        refused, why = self.query_one("#refused"), Text(self._signs.lines(_said(error)))
        refused.display = True
        refused.scroll_home(animate=False)
        self.query_one("#why", Static).update(why)
        self.call_after_refresh(self._show_keys)

    def _show_keys(self) -> None:
        more = self.query_one("#refused").max_scroll_y > 0
        self.query_one("#keys", Static).update(Text(f"{KEYS}, up and down scroll" if more else KEYS))

    def action_scroll(self, way: str) -> None:
        """Scroll what was refused; the line keeps the keys."""
        refused = self.query_one("#refused")
        refused.scroll_relative(y=1 if way == "down" else -1, animate=False)


def _said(error: WizardError) -> str:
    return "\n".join(filter(None, (error.message, error.hint)))
