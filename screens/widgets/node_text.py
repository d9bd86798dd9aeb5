"""The list of nodes as it is typed or pasted, and beside each line what was understood of it."""

from collections.abc import Mapping
from typing import ClassVar

from rich.segment import Segment
from rich.text import Text
from textual.geometry import Offset
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import TextArea

from screens.glyphs import Glyphs
from screens.widgets.ink import CLASSES, Span, fit, ink_style
from wizard.design.nodes.entry import NodeEntry
from wizard.design.nodes.understand import UnderstoodLine

EXAMPLES = """\
10.0.0.11                        an address or a name a line,
10.0.0.[12-13] server zone=a     ranges, roles, zones,
ops@node-7.example.net:2222      login and port;
10.0.1.0/28                      or paste a CSV or an inventory"""
# One for one, so that the cursor stays where it is: what would write on the terminal, and what hides text.
_HIDDEN = dict.fromkeys(
    (*range(9), *range(10, 32), *range(127, 160), 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)), "·"
)


class NodeText(TextArea):
    """The text itself; lines that hold something that was not understood are marked."""

    COMPONENT_CLASSES: ClassVar[set[str]] = CLASSES

    def __init__(self, text: str, *, id: str | None = None) -> None:
        super().__init__(text, id=id, soft_wrap=True, tab_behavior="focus", placeholder=EXAMPLES, compact=True)
        self.cursor_blink = False
        self._bad: frozenset[int] = frozenset()

    def mark(self, bad: frozenset[int]) -> None:
        """Mark the lines of these numbers, counted from 0."""
        if bad != self._bad:
            self._bad = bad
            self.notify_style_update()
            self.refresh()

    def get_line(self, line_index: int) -> Text:
        line = Text(self.document.get_line(line_index).translate(_HIDDEN), end="", no_wrap=True)
        if line_index in self._bad:
            line.stylize(ink_style(self, "match"))
        return line

    def line_at(self, y: int) -> int | None:
        """Return the line that begins in row `y` of the widget; None where one goes on, or there is none."""
        place = y + self.scroll_offset.y
        if place >= self.wrapped_document.height:
            return None
        line, column = self.wrapped_document.offset_to_location(Offset(0, place))
        return line if column == 0 else None

    def go_to(self, line: int) -> None:
        """Put the cursor at the end of a line, counted from 0."""
        self.move_cursor((line, len(self.document.get_line(line))))

    def put(self, text: str, *, replaces: bool = True) -> None:
        """Put `text` in place of what is there, or beneath it; undo takes it back."""
        end = self.document.end
        gap = "\n" if self.document.get_line(end[0]) else ""
        self.replace(text if replaces else gap + text, (0, 0) if replaces else end, end)


class Margin(ScrollView, can_focus=False):
    """What each line in view was understood as, or how to mend it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = CLASSES

    def __init__(self, beside: NodeText, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._beside = beside
        self._signs = glyphs
        self._understood: Mapping[int, UnderstoodLine] = {}

    def on_mount(self) -> None:
        self.watch(self._beside, "scroll_y", self._follow, init=False)

    def _follow(self) -> None:
        self.refresh()

    def show(self, lines: tuple[UnderstoodLine, ...]) -> None:
        """Show what became of each line of the text."""
        self._understood = {line.number - 1: line for line in lines}
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, base = self.size.width, self.rich_style
        number = self._beside.line_at(y)
        line = self._understood.get(number) if number is not None else None
        text, ink = words(line, self._signs) if line else ("", "")
        return Strip([Segment(fit(text, width, ellipsis=self._signs.ellipsis), base + ink_style(self, ink))], width)


def words(line: UnderstoodLine, glyphs: Glyphs) -> Span:
    """Return what a line was understood as, and the ink for it."""
    states = glyphs.states
    match line.state:
        case "bad":
            return f"{states['failed']} {glyphs.text(line.problem)}", "bad"
        case "twice":
            return f"{states['unchanged']} {glyphs.text(line.note)}", "warn"
        case "nodes":
            return f"{states['done']} {glyphs.text(_nodes(line.entries))}", "good"
        case _:
            return f"  {glyphs.text(line.note)}" if line.note else "", "muted"


def _nodes(entries: tuple[NodeEntry, ...]) -> str:
    first, last = entries[0], entries[-1]
    if len(entries) > 1:
        return f"{len(entries)} nodes, {first.address} to {last.address}"
    told = [first.name or "a node", first.role, first.zone and f"zone {first.zone}", first.user and f"as {first.user}"]
    return ", ".join(part for part in told if part)
