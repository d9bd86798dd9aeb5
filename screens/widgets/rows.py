"""A list on the line API: only the changed rows are painted, so that thousands cost what forty do."""

from collections.abc import Collection, Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.binding import Binding
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from screens.widgets.ink import CLASSES, Span, fit, ink_style


class RowList(ScrollView, can_focus=True):
    """Rows in the order they are shown in, one of them selected; a subclass paints them."""

    COMPONENT_CLASSES: ClassVar[set[str]] = CLASSES
    BINDINGS = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("home", "jump(0)", "First", show=False),
        Binding("end", "jump(-1)", "Last", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("enter", "open", "Open", show=False),
    ]

    class Picked(Message):
        """Another row is selected."""

    class Opened(Message):
        """The operator wants more of the selected row."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.selected: str | None = None
        self._shown: list[str] = []
        self._places: dict[str, int] = {}

    def row(self, key: str, width: int, *, selected: bool) -> Sequence[Span]:
        """Return the spans of one row in `width` cells."""
        raise NotImplementedError

    def nothing(self) -> str:
        """Return what is said where there is no row."""
        return ""

    def show(self, keys: Sequence[str]) -> None:
        """Show these rows in this order; a selected one that has gone gives way to the one in its place."""
        place = self._place
        self._shown = list(keys)
        self._places = {key: index for index, key in enumerate(keys)}
        self.virtual_size = Size(self.size.width, len(keys))
        if self.selected not in self._places:
            self.select(keys[min(place, len(keys) - 1)] if keys else None)
        self._reveal()
        self.refresh()

    def select(self, key: str | None) -> None:
        """Select a row and bring it into view."""
        if key == self.selected:
            return
        for changed in (self.selected, key):
            if changed in self._places:
                self.refresh_line(self._places[changed])
        self.selected = key
        self._reveal()
        self.post_message(self.Picked())

    def repaint(self, keys: Collection[str]) -> None:
        """Paint those rows of `keys` anew that are in view."""
        for place, key in self._in_view():
            if key in keys:
                self.refresh_line(place)

    def _in_view(self) -> list[tuple[int, str]]:
        top = self.scroll_offset.y
        return list(enumerate(self._shown[top : top + self.size.height], top))

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        place = y + self.scroll_offset.y
        base = self.rich_style
        if place >= len(self._shown):
            words = f"  {self.nothing()}" if not self._shown and place == 0 else ""
            return Strip([Segment(fit(words, width), base + ink_style(self, "muted"))], width)
        key = self._shown[place]
        selected = key == self.selected
        if selected:
            base += ink_style(self, "selected" if self.has_focus else "here")
        spans = self.row(key, width, selected=selected)
        painted = Strip([Segment(text, base + ink_style(self, ink)) for text, ink in spans])
        return painted.adjust_cell_length(width, base)

    def on_resize(self) -> None:
        self._reveal()

    def on_focus(self) -> None:
        self._repaint_selected()

    def on_blur(self) -> None:
        self._repaint_selected()

    def on_click(self, event: Click) -> None:
        place = event.y + self.scroll_offset.y
        if place < len(self._shown):
            self._pick(place)
            if event.chain == 2:
                self.post_message(self.Opened())

    def action_move(self, by: int) -> None:
        self._pick(self._place + by)

    def action_page(self, by: int) -> None:
        self._pick(self._place + by * max(1, self.size.height - 1))

    def action_jump(self, place: int) -> None:
        self._pick(place if place >= 0 else len(self._shown) - 1)

    def action_open(self) -> None:
        if self.selected:
            self.post_message(self.Opened())

    @property
    def _place(self) -> int:
        return self._places.get(self.selected or "", 0)

    def _pick(self, place: int) -> None:
        if self._shown:
            self.select(self._shown[max(0, min(place, len(self._shown) - 1))])

    def _reveal(self) -> None:
        if self.selected not in self._places or not self.size.height:
            return
        place, top, height = self._place, self.scroll_offset.y, self.size.height
        if place < top:
            self.scroll_to(y=place, animate=False)
        elif place >= top + height:
            self.scroll_to(y=place - height + 1, animate=False)

    def _repaint_selected(self) -> None:
        if self.selected in self._places:
            self.refresh_line(self._place)
