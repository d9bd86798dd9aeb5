"""The checks, live: nodes × groups, one group's checks, and all that a cell has to say."""

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Vertical
from textual.screen import Screen
from textual.widgets import Footer, Input, Static

from screens.dialogs import Help, Section
from screens.frame import TOO_SMALL
from screens.glyphs import Glyphs, choose
from screens.mending import BUSY, MendingScreen
from screens.themes import Themed
from screens.widgets.finding_text import cell_text, heading
from screens.widgets.matrix_checks import CheckMatrix, legend
from screens.widgets.matrix_head import title, verdict
from screens.widgets.panes import Line
from screens.widgets.reader import Reader
from wizard.checking import Checking

FRAME_S = 0.25  # four frames a second are live enough for people
KEYS = (
    ("arrows", "select a cell: a node, and a group of checks; also h j k l, home end, pages, mouse"),
    ("enter", "the group's checks, one column each; there: go to the text, to scroll it"),
    ("esc", "back: from the text, from a group to all groups, then out"),
    ("f", "show all nodes, only what is not ok, only what failed"),
    ("/", "search a node by its name; esc ends it"),
    ("r  c  R", "check again: this cell; its column on all nodes; everything"),
    ("w", "waive a finding, with a reason that stands in the report; again: let it count"),
    ("m  M", "mend this cell; the same on all nodes shown: shown first, then asked"),
    ("u", "take back what was mended on this node"),
    ("s", "save the report"),
    ("q", "leave; nothing is left behind on any node"),
)
VERDICTS = (
    ("ok", "as wanted"),
    ("warn", "works, but not well or not for long; it stops nothing"),
    ("fail", "not as wanted. A must stops a rollout, a should may be waived, a note only informs"),
    ("skipped", "could not be told; the text says how it can"),
    ("waived", "does not count, for the reason that somebody gave"),
)


class ChecksScreen(MendingScreen):
    """All that is shown comes from the board of `checking`, all that is asked for goes to `checking`."""

    AUTO_FOCUS = "#matrix"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (80, "-narrow"), (110, "-wide"), (160, "-broad")]
    BINDINGS = [
        Binding("f", "filter", "Filter"),
        Binding("slash", "search", "Search", key_display="/"),
        Binding("escape", "back", "Back", key_display="esc"),
        Binding("question_mark,f1", "help", "Help", key_display="?"),
        Binding("q", "leave", "Quit", show=False),
    ]

    def __init__(self, checking: Checking, glyphs: Glyphs) -> None:
        super().__init__(checking, glyphs)
        self._passing = False

    def compose(self) -> ComposeResult:
        yield Line(id="title")
        yield Line(id="verdict", classes="bar")
        with Container(id="body"):
            with Vertical(id="table"):
                yield Line(id="titles")
                yield CheckMatrix(self.checking.board, self.signs, id="matrix")
                yield Line(id="legend")
            with Vertical(id="detail"):
                yield Line(id="about", classes="bar")
                yield Reader(self.signs, id="reader")
        yield Input(id="needle", placeholder="part of a node's name", compact=True)
        yield Static(id="answer", classes="status")
        yield Footer(show_command_palette=False, compact=True)
        yield Static(TOO_SMALL, id="enlarge")

    def say(self, text: str, ink: str = "") -> None:
        """Say something; what is neither good nor bad is about the selected cell, and goes with it."""
        self._passing = bool(text) and not ink
        super().say(text, ink)

    def on_mount(self) -> None:
        needle = self.query_one("#needle", Input)
        needle.display, needle.cursor_blink = False, False
        self.query_one("#legend", Line).show(legend(self.signs))
        self.app.theme_changed_signal.subscribe(self, lambda theme: self.looks_changed())
        self.set_interval(FRAME_S, self.drain)
        self.drain()

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_head)

    def drain(self) -> None:
        """Draw everything that happened since the last frame, in one go."""
        self.checking.raise_broken()
        touched, _ = self.checking.board.take()
        matrix = self.query_one(CheckMatrix)
        with self.app.batch_update():
            if touched:
                matrix.drain(touched)
            if matrix.selected in touched:
                self._show_cell()
            self._show_head()

    def looks_changed(self) -> None:
        self.drain()
        self._show_cell()

    def chosen(self) -> tuple[str, str] | None:
        matrix = self.query_one(CheckMatrix)
        return (matrix.selected, matrix.column) if matrix.selected and matrix.column else None

    def shown(self) -> tuple[str, ...]:
        return self.query_one(CheckMatrix).shown

    @on(CheckMatrix.Picked)
    def _picked(self) -> None:
        if self._passing:
            self.say("")
        self._show_cell()
        self._show_head()

    def _show_cell(self) -> None:
        chosen, board = self.chosen(), self.checking.board
        about, reader = self.query_one("#about", Line), self.query_one(Reader)
        if chosen is None:
            about.show([])
            reader.show("", [("Select a node to read what was found there.", "muted")])
            return
        offers = self.checking.offers([chosen[0]])
        about.show([(self.signs.text(text), ink) for text, ink in heading(board, *chosen)])
        reader.show("/".join(chosen), cell_text(board, *chosen, offers, self.signs))

    def _show_head(self) -> None:
        matrix, width = self.query_one(CheckMatrix), self.size.width
        self.query_one("#title", Line).show(title(self.checking, width, self.signs))
        self.query_one("#verdict", Line).show(verdict(self.checking, matrix, self.signs))
        self.query_one("#titles", Line).show(matrix.head())

    @on(CheckMatrix.Opened)
    def _open(self) -> None:
        matrix = self.query_one(CheckMatrix)
        if matrix.group:
            self.query_one(Reader).focus()
        else:
            matrix.open(matrix.column)

    def action_filter(self) -> None:
        self.query_one(CheckMatrix).choose()
        self._picked()

    def action_search(self) -> None:
        needle = self.query_one("#needle", Input)
        needle.display = True
        needle.focus()

    @on(Input.Changed, "#needle")
    def _typed(self, event: Input.Changed) -> None:
        self.query_one(CheckMatrix).choose(needle=event.value)
        self._show_head()

    @on(Input.Submitted, "#needle")
    def _found(self) -> None:
        self.query_one("#needle", Input).display = False
        self.query_one(CheckMatrix).focus()

    def action_back(self) -> None:
        """Go one step back: out of the search, the text, the group, then out of the screen."""
        matrix, needle = self.query_one(CheckMatrix), self.query_one("#needle", Input)
        if needle.display or matrix.needle:
            needle.value = ""
            self._found()
        elif self.query_one(Reader).has_focus:
            matrix.focus()
        elif matrix.group:
            matrix.open("")
        else:
            self.action_leave()

    def action_leave(self) -> None:
        """Leave, unless a fix is being carried out."""
        if self.changing:
            self.say(BUSY, "warn")
        elif len(self.app.screen_stack) > 1:
            self.dismiss(None)
        else:
            self.app.exit()

    def action_help(self) -> None:
        sections: list[Section] = [("Keys", KEYS), ("Verdicts", VERDICTS)]
        self.app.push_screen(Help(sections, self.signs))


class ChecksApp(Themed[None]):
    """The checks as a program of their own."""

    TITLE = "rancher-wizard"
    CSS_PATH = ["ink.tcss", "checks.tcss", "dialogs.tcss"]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, checking: Checking, *, glyphs: Glyphs | None = None) -> None:
        """Show `checking`; `glyphs` are chosen by the terminal unless given."""
        super().__init__()
        self._checking = checking
        self._signs = glyphs or choose()

    def get_default_screen(self) -> Screen[None]:
        return ChecksScreen(self._checking, self._signs)
