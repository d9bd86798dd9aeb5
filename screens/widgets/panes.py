"""The panes beside the list: the selected node's failure, and its log with a search line."""

from collections.abc import Iterable
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from screens import words
from screens.glyphs import Glyphs
from screens.widgets.ink import CLASSES, Span, painted
from screens.widgets.node_log import NodeLog
from screens.widgets.node_row import INK
from wizard.rollout.whereabouts import NodeProgress


class Line(Widget):
    """A few lines of painted text that are drawn again only when they change."""

    COMPONENT_CLASSES: ClassVar[set[str]] = CLASSES

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._spans: list[Span] = []

    def show(self, spans: Iterable[Span]) -> None:
        """Replace what is shown."""
        spans = list(spans)
        if spans != self._spans:
            self._spans = spans
            self.refresh()

    def render(self) -> Text:
        return painted(self, self._spans)


class FailurePane(VerticalScroll, can_focus=False):
    """What was seen on a failed node, why it likely is so, and what to do."""

    COMPONENT_CLASSES: ClassVar[set[str]] = CLASSES

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._signs = glyphs
        self._shown: tuple[str, list[tuple[str, str]]] = ("", [])

    def compose(self) -> ComposeResult:
        yield Line(id="failed-title", classes="bar")
        yield Static(id="failed-text")

    def show(self, node: NodeProgress | None) -> None:
        """Show the failure of `node`, or nothing when it has none."""
        said = words.failure(node) if node and node.state == "failed" else []
        self.display = bool(said)
        if not node or not said or (node.name, said) == self._shown:
            return
        self._shown = node.name, said
        title = self._signs.text(f" {node.name} failed: {node.step_title or node.step}")
        self.query_one("#failed-title", Line).show([(title, "bad")])
        rows = Table.grid(padding=(0, 1))
        for label, text in said:
            rows.add_row(Text(f"{label}:"), Text(self._signs.lines(text)), style="bold" if label == "Next" else "")
        self.query_one("#failed-text", Static).update(rows)
        self.scroll_home(animate=False)


class LogPane(Vertical):
    """One node's log under its title, with a search line that comes on demand."""

    class Searched(Message):
        """The operator left the search line."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._signs = glyphs
        self._state: Span = ("", "")
        self._doing = ""

    def compose(self) -> ComposeResult:
        yield Line(id="log-title", classes="bar")
        yield NodeLog(self._signs, id="lines")
        yield Input(id="needle", placeholder="search in this log", compact=True)

    def on_mount(self) -> None:
        needle = self.query_one("#needle", Input)
        needle.display = False
        needle.cursor_blink = False

    @property
    def lines(self) -> NodeLog:
        return self.query_one(NodeLog)

    def show(self, node: NodeProgress | None) -> None:
        """Show the log of `node`."""
        self._state = (node.state, INK[node.state]) if node else ("", "")
        self._doing = node.doing if node and node.state == "running" else ""
        self.lines.show(node.name if node else None, tuple(node.log) if node else ())
        self._title()

    def ask(self) -> None:
        """Open the search line."""
        needle = self.query_one("#needle", Input)
        needle.display = True
        needle.focus()

    def close(self) -> bool:
        """Forget the search; return False when there was none."""
        open_line = self.query_one("#needle", Input).display
        if not open_line and not self.lines.needle:
            return False
        self._put_away(clear=True)
        self.lines.let_go()
        return True

    @on(Input.Changed, "#needle")
    def _typed(self, event: Input.Changed) -> None:
        if event.input.display:
            self.lines.search(event.value)

    @on(Input.Submitted, "#needle")
    def _entered(self) -> None:
        self._put_away(clear=False)

    @on(NodeLog.Moved)
    def _title(self) -> None:
        log = self.lines
        spans: list[Span] = [(" log ", "muted"), (self._signs.text(log.shown_node or ""), "strong")]
        spans += [("  ", ""), self._state]
        if log.needle:
            count = f"line {log.current + 1} of {len(log.found)}  n next  N previous" if log.found else "not found"
            spans.append((f"  '{self._signs.text(log.needle)}': {count}  esc ends", "warn"))
        elif log.held:
            spans.append(("  held while you read; goes on at its end", "warn"))
        elif self._doing:
            # The list has little room for it on a narrow screen.
            spans.append((f"  {self._signs.text(self._doing)}", "muted"))
        self.query_one("#log-title", Line).show(spans)

    def _put_away(self, *, clear: bool) -> None:
        needle = self.query_one("#needle", Input)
        needle.display = False
        if clear:
            needle.value = ""
        self.post_message(self.Searched())
