"""The checks, live: nodes × groups, one group's checks, and all that a cell has to say."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen

from screens.dialogs import Section
from screens.glyphs import Glyphs
from screens.links import LinksScreen
from screens.mending import BUSY, MendingScreen
from screens.table import TableApp
from screens.trusting import TrustingScreen
from screens.widgets.finding_text import cell_text, heading
from screens.widgets.ink import Span
from screens.widgets.matrix_checks import CheckMatrix, legend
from screens.widgets.matrix_head import verdict
from screens.widgets.panes import Line
from screens.widgets.reader import Reader
from wizard.checking import Checking

KEYS = (
    ("arrows", "select a cell: a node, and a group of checks; also h j k l, home end, pages, mouse"),
    ("enter", "the group's checks, one column each; there: go to the text, to scroll it"),
    ("esc", "back: from the text, from a group to all groups, then out"),
    ("f", "show all nodes, only what is not ok, only what failed"),
    ("n", "the network: which node reaches which, on every port"),
    ("/", "search a node by its name; esc ends it"),
    ("r  c  R", "check again: this cell; its column on all nodes; everything"),
    ("w", "waive a finding, with a reason that stands in the report; again: let it count"),
    ("m  M", "mend this cell; the same on all nodes shown: shown first, then asked"),
    ("u", "take back what was mended on this node"),
    ("t", "host keys that are not known yet, in one table: compare them, accept them"),
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


class ChecksScreen(TrustingScreen):
    """All that is shown comes from the board of `checking`, all that is asked for goes to `checking`."""

    AUTO_FOCUS = "#matrix"
    SECTIONS: ClassVar[Sequence[Section]] = (("Keys", KEYS), ("Verdicts", VERDICTS))
    BINDINGS = [Binding("n", "network", "Network")]

    def table(self) -> ComposeResult:
        yield Line(id="titles")
        yield CheckMatrix(self.checking.board, self.signs, id="matrix")

    def legend(self) -> list[Span]:
        return legend(self.signs)

    def on_mount(self) -> None:
        self.drain()

    def drain(self) -> None:
        self.checking.raise_broken()
        touched = self.checking.board.take()
        matrix = self.query_one(CheckMatrix)
        with self.app.batch_update():
            if touched:
                matrix.drain(touched)
            if matrix.selected in touched:
                self._show_cell()
            self._show_head()
        self.ask_trust()

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
        self.moved()
        self._show_cell()
        self._show_head()

    def _show_cell(self) -> None:
        chosen, board = self.chosen(), self.checking.board
        if chosen is None:
            self.read([], "", [("Select a node to read what was found there.", "muted")])
            return
        offers = self.checking.offers([chosen[0]])
        self.read(heading(board, *chosen), "/".join(chosen), cell_text(board, *chosen, offers, self.signs))

    def _show_head(self) -> None:
        matrix = self.query_one(CheckMatrix)
        self.show_title()
        self.query_one("#verdict", Line).show(verdict(self.checking, matrix, self.signs))
        self.query_one("#titles", Line).show(matrix.head())

    @on(CheckMatrix.Opened)
    def _open(self) -> None:
        matrix = self.query_one(CheckMatrix)
        if matrix.group:
            self.query_one("#reader", Reader).focus()
        else:
            matrix.open(matrix.column)

    def action_filter(self) -> None:
        self.query_one(CheckMatrix).choose()
        self._picked()

    def action_network(self) -> None:
        self.app.push_screen(LinksScreen(self.checking, self.signs))

    def seek(self, needle: str) -> None:
        self.query_one(CheckMatrix).choose(needle=needle)
        self._show_head()

    @property
    def sought(self) -> str:
        return self.query_one(CheckMatrix).needle

    def home(self) -> None:
        self.query_one(CheckMatrix).focus()

    def out(self) -> None:
        matrix = self.query_one(CheckMatrix)
        if matrix.group:
            matrix.open("")
        else:
            self.action_leave()


class ChecksApp(TableApp):
    """The checks as a program of their own."""

    CSS_PATH = ["ink.tcss", "table.tcss", "checks.tcss", "dialogs.tcss"]

    def __init__(self, checking: Checking, *, glyphs: Glyphs | None = None) -> None:
        """Show `checking`; `glyphs` are chosen by the terminal unless given."""
        super().__init__(glyphs)
        self._checking = checking

    def get_default_screen(self) -> Screen[None]:
        return ChecksScreen(self._checking, self.signs)

    async def action_quit(self) -> None:
        """Leave, unless a fix is being carried out; whatever is on top."""
        busy = [each for each in self.screen_stack if isinstance(each, MendingScreen) and each.changing]
        if busy:
            busy[0].say(BUSY, "warn")
        else:
            self.exit()
