"""A screen over a table: two lines above it, a text beside it, a search line; it may stand over another screen."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Vertical
from textual.widgets import Footer, Input, Static

from screens.dialogs import Help, Section
from screens.frame import TOO_SMALL, Frame
from screens.themes import Themed
from screens.widgets.ink import Span
from screens.widgets.panes import Line
from screens.widgets.reader import Reader

FRAME_S = 0.25  # four frames a second are live enough for people


class TableScreen(Frame):
    """Drawn by `drain` four times a second; `home` is what has the focus unless the operator reads or searches."""

    SECTIONS: ClassVar[Sequence[Section]] = ()
    SOUGHT: ClassVar[str] = "part of a name"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (80, "-narrow"), (110, "-wide"), (160, "-broad")]
    BINDINGS = [
        Binding("f", "filter", "Filter"),
        Binding("slash", "search", "Search", key_display="/"),
        Binding("escape", "back", "Back", key_display="esc"),
        Binding("question_mark,f1", "help", "Help", key_display="?"),
        Binding("q", "leave", "Leave", show=False),
    ]

    def compose(self) -> ComposeResult:
        yield Line(id="title")
        yield Line(id="verdict", classes="bar")
        with Container(id="body"):
            with Vertical(id="table"):
                yield from self.table()
                yield Line(id="legend")
            with Vertical(id="detail"):
                yield Line(id="about", classes="bar")
                yield Reader(self.signs, id="reader")
        yield Input(id="needle", placeholder=self.SOUGHT, compact=True)
        yield Static(id="answer", classes="status")
        yield Footer(show_command_palette=False, compact=True)
        yield Static(TOO_SMALL, id="enlarge")

    def table(self) -> ComposeResult:
        """Yield the table."""
        yield from ()

    def legend(self) -> list[Span]:
        """Return what the table's signs mean."""
        return []

    def drain(self) -> None:
        """Draw everything that happened since the last frame, in one go."""

    def looks_changed(self) -> None:
        """Draw what the operator has changed."""

    def seek(self, needle: str) -> None:
        """Show only what has `needle` in its name; "" for everything."""

    @property
    def sought(self) -> str:
        """What is searched for."""
        return ""

    def home(self) -> None:
        """Give the focus to the table."""

    def out(self) -> None:
        """Go back from the table itself."""
        self.action_leave()

    def on_mount(self) -> None:
        needle = self.query_one("#needle", Input)
        needle.display, needle.cursor_blink = False, False
        self.query_one("#legend", Line).show(self.legend())
        self.app.theme_changed_signal.subscribe(self, lambda theme: self.looks_changed())
        self.set_interval(FRAME_S, self.drain)

    def on_resize(self) -> None:
        # Its width in columns is known only once it has been laid out.
        self.call_after_refresh(self.looks_changed)

    def read(self, about: Sequence[Span], key: str, lines: Sequence[Span]) -> None:
        """Show a text under a heading; another `key` than before begins at the top."""
        self.query_one("#about", Line).show([(self.signs.text(text), ink) for text, ink in about])
        self.query_one("#reader", Reader).show(key, lines)

    def action_search(self) -> None:
        needle = self.query_one("#needle", Input)
        needle.display = True
        needle.focus()

    @on(Input.Changed, "#needle")
    def _typed(self, event: Input.Changed) -> None:
        self.seek(event.value)

    @on(Input.Submitted, "#needle")
    def _found(self) -> None:
        self.query_one("#needle", Input).display = False
        self.home()

    def action_back(self) -> None:
        """Go one step back: out of the search, out of the text, then out of what the table shows."""
        needle = self.query_one("#needle", Input)
        if needle.display or self.sought:
            needle.value = ""
            self._found()
        elif self.query_one("#reader", Reader).has_focus:
            self.home()
        else:
            self.out()

    def action_leave(self) -> None:
        """Leave this screen; the program too, where this is all of it."""
        if len(self.app.screen_stack) > 1:
            self.dismiss(None)
        else:
            self.app.exit()

    def action_help(self) -> None:
        self.app.push_screen(Help(self.SECTIONS, self.signs))


class TableApp(Themed[None]):
    """Such a screen as a program of its own."""

    CSS_PATH = ["ink.tcss", "table.tcss", "dialogs.tcss"]
    ENABLE_COMMAND_PALETTE = False
