"""A text to be read: folded to the width on the line API, so that 30,000 lines cost a screenful."""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from screens.glyphs import Glyphs
from screens.widgets.folding import folded
from screens.widgets.ink import CLASSES, Span, ink_style


class Reader(ScrollView, can_focus=True):
    """Lines, each in one ink; what is shown stays where it is when the same text comes again."""

    COMPONENT_CLASSES: ClassVar[set[str]] = CLASSES
    BINDINGS = [
        Binding("up,k", "scroll_up", "Up", show=False),
        Binding("down,j", "scroll_down", "Down", show=False),
        Binding("pageup", "page_up", "Page up", show=False),
        Binding("pagedown,space", "page_down", "Page down", show=False),
        Binding("home", "scroll_home", "First", show=False),
        Binding("end", "scroll_end", "Last", show=False),
    ]

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._signs = glyphs
        self._about = ""
        self._lines: Sequence[Span] = ()
        self._rows: list[Span] = []

    def show(self, about: str, lines: Sequence[Span]) -> None:
        """Show `lines`; another `about` than before begins at the top."""
        if about == self._about and lines == self._lines:
            return
        fresh, self._about, self._lines = about != self._about, about, lines
        self._fold()
        if fresh:
            self.scroll_home(animate=False)

    def on_resize(self) -> None:
        self._fold()

    def _fold(self) -> None:
        width = max(1, self.scrollable_content_region.width)
        self._rows = [(row, ink) for text, ink in self._lines for row in folded(text, width, self._signs.text)]
        self.virtual_size = Size(width, len(self._rows))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, base = self.scrollable_content_region.width, self.rich_style
        place = y + self.scroll_offset.y
        if place >= len(self._rows):
            return Strip.blank(width, base)
        text, ink = self._rows[place]
        return Strip([Segment(text, base + ink_style(self, ink))]).adjust_cell_length(width, base)
