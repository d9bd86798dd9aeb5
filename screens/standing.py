"""A running cluster, live: nodes, etcd, certificates, snapshots, balancers."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.timer import Timer

from screens.dialogs import Section
from screens.glyphs import Glyphs
from screens.sifted import SiftedScreen
from screens.table import TableApp
from screens.widgets.ink import Span
from screens.widgets.panes import Line
from screens.widgets.standing_list import StandingList
from screens.widgets.standing_text import standing_text
from wizard.times import duration
from wizard.upkeep.standing import Standing
from wizard.upkeep.standing_lines import summary
from wizard.upkeep.watch import EVERY_S, Watch

Kind = Literal["all", "not well", "servers", "agents"]
KEYS = (
    ("up down", "select a node; also j k, home end, pages, mouse"),
    ("r", "look now"),
    ("enter", "go to the text, to scroll it; esc comes back"),
    ("f", "show all nodes, those that are not well, servers, agents"),
    ("/", "search a node by its name; esc ends it"),
    ("q", "leave; nothing is changed on any node"),
)


class StandingScreen(SiftedScreen[Kind]):
    """Looks through `watch` every `every_s` seconds; a look that takes longer is waited for."""

    AUTO_FOCUS = "#nodes"
    SECTIONS: ClassVar[Sequence[Section]] = (("Keys", KEYS),)
    SOUGHT: ClassVar[str] = "part of a node's name"
    BINDINGS = [Binding("r", "look", "Look now")]
    kinds = ("all", "not well", "servers", "agents")

    def __init__(self, watch: Watch, glyphs: Glyphs, *, every_s: float = EVERY_S) -> None:
        super().__init__(glyphs)
        self._watch = watch
        self._every_s = every_s
        self._next: Timer | None = None

    def table(self) -> ComposeResult:
        yield Line(id="titles")
        yield StandingList(self.signs, id="nodes")

    def legend(self) -> list[Span]:
        return [(f" looked at every {duration(self._every_s)}, one command a node; nothing is changed", "muted")]

    def on_mount(self) -> None:
        self.looks_changed()
        self.action_look()

    @work(exclusive=True, group="look")
    async def action_look(self) -> None:
        """Look now; the next look follows by itself."""
        if self._next:
            self._next.stop()
        await self._watch.look()
        # The operator may have left meanwhile: widgets go before workers do.
        if not self.query(StandingList):
            return
        self.looks_changed()
        self._next = self.set_timer(self._every_s, self.action_look)

    def looks_changed(self) -> None:
        standing = self._watch.standing
        listed = self.query_one(StandingList)
        listed.fill(standing, [name for name in standing.nodes if self._fits(standing, name)])
        self.query_one("#titles", Line).show(listed.head())
        self.query_one("#title", Line).show(
            [(" rancher-wizard ", "muted"), (f"{standing.spec.name}, {standing.spec.version}", "strong")]
        )
        ink = "bad" if standing.problems() else "good" if standing.listed else "muted"
        text = summary(standing) if standing.listed or standing.problems() else "the nodes are asked"
        shown: list[Span] = [(f" f: {self.kind}", "mark")] if self.kind != "all" else []
        self.query_one("#verdict", Line).show([*shown, (f" {self.signs.text(text)}", ink)])
        self._show_text()

    def _fits(self, standing: Standing, name: str) -> bool:
        role, state = standing.nodes[name].role, standing.state(name)
        right = {
            "all": True,
            "not well": state not in ("Ready", "active"),
            "servers": role == "server",
            "agents": role == "agent",
        }
        return right[self.kind] and self.needle in name

    def _show_text(self) -> None:
        name = self.query_one(StandingList).selected
        self.read([(f" {name}" if name else "", "strong")], name or "", standing_text(self._watch.standing, name))

    @on(StandingList.Picked)
    def _picked(self) -> None:
        self._show_text()

    def home(self) -> None:
        self.query_one(StandingList).focus()


class StandingApp(TableApp):
    """A running cluster as a program of its own."""

    def __init__(self, watch: Watch, *, every_s: float = EVERY_S, glyphs: Glyphs | None = None) -> None:
        """Show what `watch` sees every `every_s` seconds; `glyphs` are chosen by the terminal unless given."""
        super().__init__(glyphs)
        self._watch = watch
        self._every_s = every_s

    def get_default_screen(self) -> Screen[None]:
        return StandingScreen(self._watch, self.signs, every_s=self._every_s)
