"""The network between the nodes: pairs with the worst first, nodes × nodes, and every port of a pair."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical

from screens.dialogs import Section
from screens.glyphs import Glyphs
from screens.mending import MendingScreen
from screens.sifted import SiftedScreen
from screens.widgets.ink import Span
from screens.widgets.link_text import GROUP, pair_text
from screens.widgets.matrix_head import FILTERS
from screens.widgets.matrix_links import LinkMatrix, PairList, legend
from screens.widgets.panes import Line
from screens.widgets.reader import Reader
from wizard.checking import Checking
from wizard.checks.board import KINDS, Kind
from wizard.checks.network.pairs import Pair, pairs, picked
from wizard.checks.network.report import roles, summary

KEYS = (
    ("up down", "select a pair; the matrix: left right too"),
    ("v", "the list of pairs, nodes × nodes, roles × roles"),
    ("enter", "go to the text, to scroll it; esc comes back"),
    ("f", "show all pairs, only what is not ok, only what is closed"),
    ("/", "search a node by its name; esc ends it"),
    ("r  c  R", "ask again: the pairs of this node; all pairs; check everything again"),
    ("w  m  u", "waive, mend, take back: what the checks say of the node that keeps this pair apart"),
    ("esc", "back to the checks"),
)


View = Literal["pairs", "nodes", "roles"]
PLACES: dict[View, str] = {"pairs": "#pairs", "nodes": "#square", "roles": "#roles"}
VIEWS = tuple(PLACES)


class LinksScreen(MendingScreen, SiftedScreen[Kind]):
    """Over the checks; what is selected is a pair, and of the two the node that its findings are about."""

    AUTO_FOCUS = "#pairs"
    SECTIONS: ClassVar[Sequence[Section]] = (("Keys", KEYS),)
    BINDINGS = [Binding("v", "turn", "View")]
    kinds = KINDS

    def __init__(self, checking: Checking, glyphs: Glyphs) -> None:
        super().__init__(checking, glyphs)
        self._pairs: tuple[Pair, ...] = ()
        self._drawn = -1
        self.view: View = "pairs"

    def table(self) -> ComposeResult:
        yield PairList(self.signs, id="pairs")
        with Vertical(id="square"):
            yield Line(id="titles")
            yield LinkMatrix(self.signs, id="links")
        yield Reader(self.signs, id="roles")

    def legend(self) -> list[Span]:
        return legend(self.signs)

    def on_mount(self) -> None:
        self._show_view()
        self.drain()

    def drain(self) -> None:
        """Draw what was found out since the last frame, in one go."""
        board = self.checking.board
        self.show_title()
        if board.version != self._drawn:
            self._drawn = board.version
            self._pairs = pairs(board.matrix.links) if board.matrix.links else ()
            self.looks_changed()

    def looks_changed(self) -> None:
        links, listed = self.checking.board.matrix.links, self.query_one(PairList)
        shown = picked(self._pairs, self.kind, needle=self.needle)
        listed.empty = self._nothing()
        listed.fill(shown)
        if links:
            self.query_one(LinkMatrix).fill(links, self._rows(shown))
            self.query_one("#roles", Reader).show(
                "roles", [(line, "" if good else "bad") for line, good in roles(links)]
            )
        self._show_pair()

    def _rows(self, shown: Sequence[Pair]) -> list[str]:
        named = {name for pair in shown for name in pair.key}
        links = self.checking.board.matrix.links
        return [name for name in links.nodes if name in named] if links else []

    def _nothing(self) -> str:
        if self._pairs:
            return "no pair is like that; f shows all, esc ends the search"
        if not self.checking.board.checks(GROUP):
            return "the network was left out by --only"
        if self.checking.doing:
            return "the nodes ask each other once all of them have been looked at"
        return "no node could ask another; r asks again"

    def pair(self) -> tuple[str, str] | None:
        """The selected pair."""
        return self.query_one(LinkMatrix).pair if self.view == "nodes" else self.query_one(PairList).pair

    def chosen(self) -> tuple[str, str] | None:
        """Of the selected pair, the node that the checks have something against; else the one that is asked."""
        pair, board = self.pair(), self.checking.board
        if pair is None:
            return None
        ends = [name for name in reversed(pair) if name in board.matrix.nodes]
        at_fault = (name for name in ends if any(not each.good for each in board.findings(name, GROUP)))
        node = next(at_fault, ends[0] if ends else "")
        return (node, GROUP) if node else None

    def shown(self) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(name for pair in picked(self._pairs, self.kind, needle=self.needle) for name in pair.key)
        )

    @on(PairList.Picked)
    @on(LinkMatrix.Picked)
    def _picked(self) -> None:
        self.moved()
        self._show_pair()

    def _show_pair(self) -> None:
        links, pair = self.checking.board.matrix.links, self.pair()
        self.query_one("#verdict", Line).show(self._verdict())
        self.query_one("#titles", Line).show(self.query_one(LinkMatrix).head())
        if links is None or pair is None:
            self.read([], "", [("Select a pair to read what was asked there.", "muted")])
            return
        about = [(f" {pair[0]}", "strong"), (" asks ", "muted"), (pair[1], "strong")]
        self.read(about, "/".join(pair), pair_text(self.checking.board, links, *pair, self.signs))

    def _verdict(self) -> list[Span]:
        links = self.checking.board.matrix.links
        text = summary(links) if links else self._nothing()
        spans: list[Span] = [(f" {self.signs.text(text)}", "bad" if links and links.blocked() else "")]
        if self.kind != "all" or self.needle:
            spans.insert(0, (f" f: {FILTERS[self.kind]}", "mark"))
            spans.insert(1, (f"  /{self.signs.text(self.needle)} " if self.needle else " ", "mark"))
        return spans

    def action_turn(self) -> None:
        """Show the pairs as a list, as nodes × nodes, or as roles × roles; the same pair stays selected."""
        pair, was = self.pair(), self.view
        self.view = VIEWS[(VIEWS.index(was) + 1) % len(VIEWS)]
        if pair and self.view == "nodes":
            self.query_one(LinkMatrix).go_to(*pair)
        elif pair and was == "nodes":
            self.query_one(PairList).select("/".join(pair))
        self._show_view()
        self.home()
        self._show_pair()

    def _show_view(self) -> None:
        for view, place in PLACES.items():
            self.query_one(place).display = view == self.view

    def home(self) -> None:
        shown = {"pairs": "#pairs", "nodes": "#links", "roles": "#roles"}[self.view]
        self.query_one(shown).focus()
