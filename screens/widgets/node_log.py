"""What one node said: folded lines on the line API, held still while they are read or searched."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.events import Resize
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from screens.glyphs import Glyphs
from screens.widgets.folding import chopped
from screens.widgets.ink import CLASSES, Span, ink_style

_BAD = re.compile(r"level=(error|fatal)|\[(ERROR|FATAL)\]|^(error|fatal):", re.IGNORECASE)
_WARN = re.compile(r"level=warning|\[WARN(ING)?\]|^\[link\]", re.IGNORECASE)


class NodeLog(ScrollView, can_focus=True):
    """The lines of one node; it follows their end, and stands still once the operator scrolls up or searches."""

    COMPONENT_CLASSES: ClassVar[set[str]] = CLASSES

    class Moved(Message):
        """What is shown, held or found has changed."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.shown_node: str | None = None
        self.held = False
        self.needle = ""
        self.found: list[int] = []  # lines that hold the needle
        self.current = -1  # index into `found`
        self._signs = glyphs
        self._lines: Sequence[str] = ()
        self._latest: Sequence[str] = ()
        self._rows: list[tuple[int, str]] = []  # line and text of each row
        self._firsts: list[int] = []  # first row of each line
        self._pattern: re.Pattern[str] | None = None

    def show(self, node: str | None, lines: Sequence[str]) -> None:
        """Show `lines` of `node`; the same node's are kept back while the log is held."""
        self._latest = lines
        if node != self.shown_node:
            self.shown_node, self.held = node, False
            self._forget_search()
        if not self.held:
            self._adopt()

    def search(self, needle: str) -> int:
        """Mark every line that holds `needle`, whatever its case; go to the last one. Return how many there are."""
        self.needle = needle
        self._pattern = re.compile(re.escape(needle), re.IGNORECASE) if needle else None
        self.found = [index for index in range(len(self._lines)) if self._matches(index)]
        self.current = len(self.found) - 1
        self._hold(bool(needle))
        self._go_to_current()
        return len(self.found)

    def seek(self, by: int) -> None:
        """Go to the next (1) or previous (-1) line found, around the ends."""
        if self.found:
            self.current = (self.current + by) % len(self.found)
            self._go_to_current()

    def let_go(self) -> None:
        """Forget the search and follow the end again."""
        self._forget_search()
        self._hold(False)
        self._go_to_end()

    def render_line(self, y: int) -> Strip:
        width, base = self.scrollable_content_region.width, self.rich_style
        place = y + self.scroll_offset.y
        if place >= len(self._rows):
            words = "nothing said yet" if place == 0 and self.shown_node else ""
            return Strip([Segment(words, base + ink_style(self, "muted"))]).adjust_cell_length(width, base)
        line, text = self._rows[place]
        spans = self._marked(line, place, text) if self._pattern else [(text, "")]
        own = base + ink_style(self, self._ink(line))
        return Strip([Segment(part, own + ink_style(self, ink)) for part, ink in spans]).adjust_cell_length(width, base)

    def on_resize(self, event: Resize) -> None:
        self._fold_rows()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if not self.needle and round(old_value) != round(new_value):
            self._hold(round(new_value) < self.max_scroll_y)

    def _hold(self, held: bool) -> None:
        changed, self.held = held != self.held, held
        if changed and not held:
            self._adopt()
        self.refresh()
        self.post_message(self.Moved())

    def _adopt(self) -> None:
        if self._latest is not self._lines:
            self._lines = self._latest
            self._fold_rows()

    def _fold_rows(self) -> None:
        width = max(1, self.scrollable_content_region.width)
        self._rows, self._firsts = [], []
        for index, line in enumerate(self._lines):
            self._firsts.append(len(self._rows))
            self._rows.extend((index, text) for text in chopped(line, width, self._signs.text))
        # Its scrollbar always stands, so a longer log changes no layout, and need not have it worked out anew.
        self.set_reactive(NodeLog.virtual_size, Size(width, len(self._rows)))
        self.vertical_scrollbar.window_virtual_size = len(self._rows)
        if self.needle:
            self._go_to_current()
        elif not self.held:
            self._go_to_end()
        self.refresh()

    def _go_to_end(self) -> None:
        self.scroll_to(y=max(0, len(self._rows) - self.size.height), animate=False)

    def _forget_search(self) -> None:
        self.needle, self._pattern, self.found, self.current = "", None, [], -1

    def _go_to_current(self) -> None:
        if 0 <= self.current < len(self.found):
            first = self._firsts[self.found[self.current]]
            self.scroll_to(y=max(0, first - self.size.height // 2), animate=False)
        self.refresh()
        self.post_message(self.Moved())

    def _whole(self, line: int) -> str:
        return self._signs.text(self._lines[line])

    def _matches(self, line: int) -> bool:
        return self._pattern is not None and self._pattern.search(self._whole(line)) is not None

    def _ink(self, line: int) -> str:
        text = self._lines[line]
        return "bad" if _BAD.search(text) else "warn" if _WARN.search(text) else ""

    def _marked(self, line: int, place: int, text: str) -> list[Span]:
        """Split a row at what was found in its line, which may begin or end in another row."""
        assert self._pattern is not None  # noqa: S101 - something was found
        start = sum(len(part) for _, part in self._rows[self._firsts[line] : place])
        ink = "current" if self.found and bisect_left(self.found, line) == self.current else "match"
        spans, at = [], 0
        for match in self._pattern.finditer(self._whole(line)):
            begin = min(max(match.start() - start, at), len(text))
            end = min(max(match.end() - start, begin), len(text))
            spans += [(text[at:begin], ""), (text[begin:end], ink)]
            at = end
        return [*spans, (text[at:], "")]
