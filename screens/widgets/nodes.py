"""The list of nodes: a thousand rows on the line API, of which only the changed ones are painted."""

from collections.abc import Iterable
from typing import ClassVar, Literal, get_args

from rich.segment import Segment
from textual.binding import Binding
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from screens.glyphs import Glyphs
from screens.widgets.ink import CLASSES, fit, ink_style
from screens.widgets.node_row import Columns, row
from wizard.rollout.progress import NodeState, Progress

Kind = Literal["all", "failed", "running"]
KINDS: dict[Kind, frozenset[NodeState]] = {
    "all": frozenset(get_args(NodeState)),
    "failed": frozenset({"failed", "interrupted"}),
    "running": frozenset({"running", "unreachable"}),
}
_LIVE = KINDS["running"]


class NodeList(ScrollView, can_focus=True):
    """Nodes in the order of the plan; the selection follows the work until the operator moves it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = CLASSES
    BINDINGS = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("home", "jump(0)", "First", show=False),
        Binding("end", "jump(-1)", "Last", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("enter", "open", "Log", show=False),
    ]

    class Picked(Message):
        """Another node is selected."""

    class Opened(Message):
        """The operator wants all of the selected node's log."""

    def __init__(self, progress: Progress, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.following = True
        self.kind: Kind = "all"
        self.selected: str | None = None
        self._fold = progress
        self._signs = glyphs
        self._now_s = 0.0
        self._shown: list[str] = []
        self._places: dict[str, int] = {}
        self._turns: dict[str, str] = {}
        self._longest = 8

    def drain(self, touched: Iterable[str], now: float) -> None:
        """Paint what changed: the rows of `touched`, and running ones whose clock moved on."""
        ticked = int(now) != int(self._now_s)
        self._now_s = now
        touched = set(touched)
        if len(self._turns) != len(self._fold.nodes):
            self._plan_anew()
        shown = [name for name, node in self._fold.nodes.items() if node.state in KINDS[self.kind]]
        if shown != self._shown:
            self._show(shown)
        elif touched or ticked:
            self._paint(touched, ticked=ticked)
        if self.following:
            self._follow()

    def choose(self, kind: Kind) -> None:
        """Show only the nodes of `kind`."""
        self.kind = kind
        self._show([name for name, node in self._fold.nodes.items() if node.state in KINDS[kind]])

    def follow(self) -> None:
        """Let the selection go with the work again."""
        self.following = True
        self._follow()

    def select(self, name: str | None) -> None:
        """Select `name` and bring it into view."""
        if name == self.selected:
            return
        for changed in (self.selected, name):
            if changed in self._places:
                self.refresh_line(self._places[changed])
        self.selected = name
        self._reveal()
        self.post_message(self.Picked())

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        place = y + self.scroll_offset.y
        base = self.rich_style
        if place >= len(self._shown):
            words = f"  no node is {self.kind}" if self.kind != "all" and place == 0 else ""
            return Strip([Segment(fit(words, width), base + ink_style(self, "muted"))], width)
        name = self._shown[place]
        selected = name == self.selected
        if selected:
            base += ink_style(self, "selected" if self.has_focus else "here")
        spans = row(
            self._fold.nodes[name],
            Columns.of(width, longest_name=self._longest),
            self._signs,
            turn=self._turns.get(name, ""),
            selected=selected,
            now=self._now_s,
        )
        return Strip([Segment(text, base + ink_style(self, ink)) for text, ink in spans]).adjust_cell_length(
            width, base
        )

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
        self.following = False
        if self._shown:
            self.select(self._shown[max(0, min(place, len(self._shown) - 1))])

    def _plan_anew(self) -> None:
        self._turns = dict.fromkeys(self._fold.nodes, "")
        for stage in self._fold.stages.values():
            batches = stage.outline.batches
            for number, batch in enumerate(batches, 1):
                turn = f"batch {number} of {len(batches)}" if len(batches) > 1 else "waits for its turn"
                self._turns.update(dict.fromkeys(batch, turn))
        self._longest = max((len(name) for name in self._fold.nodes), default=8)

    def _show(self, shown: list[str]) -> None:
        place = self._place
        self._shown = shown
        self._places = {name: index for index, name in enumerate(shown)}
        self.virtual_size = Size(self.size.width, len(shown))
        if self.selected not in self._places:
            self.select(shown[min(place, len(shown) - 1)] if shown else None)
        self._reveal()
        self.refresh()

    def _paint(self, touched: set[str], *, ticked: bool) -> None:
        top = self.scroll_offset.y
        for place in range(top, min(len(self._shown), top + self.size.height)):
            name = self._shown[place]
            if name in touched or (ticked and self._fold.nodes[name].state in _LIVE):
                self.refresh_line(place)

    def _follow(self) -> None:
        nodes = self._fold.nodes
        if self.selected in nodes and nodes[self.selected].state in _LIVE:
            return
        for wanted in ("running", "unreachable", "failed"):
            for name in self._shown:
                if nodes[name].state == wanted:
                    self.select(name)
                    return

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
