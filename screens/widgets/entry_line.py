"""One line to type an answer into: what can't be seen is made visible, and `?` asks for help."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Paste
from textual.widgets import Input

_PICTURES = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}


def visible(text: str) -> str:
    """Return `text` with a picture in place of each control character, so that it is seen and can be mended."""
    return text.translate(_PICTURES)


class EntryLine(Input):
    """A line whose pasted text is kept as it is: several lines become one list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # No answer has a question mark in it, so that the key is free for help here as everywhere.
        Binding("question_mark", "screen.explain", "Help on this", show=False, priority=True),
    ]

    def on_mount(self) -> None:
        self.cursor_blink = False

    def _on_paste(self, event: Paste) -> None:
        lines = [line.strip() for line in event.text.strip().splitlines()]
        event.stop()
        event.prevent_default()
        self.insert_text_at_cursor(visible(", ".join(line for line in lines if line)))
