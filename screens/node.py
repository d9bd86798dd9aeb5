"""One node on the whole screen: its failure, and all of its log that is at hand."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Footer, Static

from screens.feed import Feed
from screens.frame import TOO_SMALL
from screens.glyphs import Glyphs
from screens.searching import COPY, HELP, NEXT, PREVIOUS, SEARCH, LogScreenBase
from screens.widgets.panes import FailurePane, Line, LogPane
from wizard.rollout.whereabouts import NodeProgress

FRAME_S = 0.25


class NodeScreen(LogScreenBase):
    """The log of `node`; the screen beneath goes on reading the journal."""

    AUTO_FOCUS = "#lines"
    BINDINGS = [Binding("escape,q", "back", "Back", key_display="esc"), SEARCH, NEXT, PREVIOUS, COPY, HELP]

    def __init__(self, feed: Feed, glyphs: Glyphs, node: str) -> None:
        super().__init__(feed, glyphs)
        self._cluster_node = node

    def compose(self) -> ComposeResult:
        yield Line(id="title")
        yield FailurePane(self.signs, id="failed")
        yield LogPane(self.signs, id="log-pane")
        yield Static(id="answer", classes="status")
        yield Footer(show_command_palette=False, compact=True)
        yield Static(TOO_SMALL, id="enlarge")

    def on_mount(self) -> None:
        self.set_interval(FRAME_S, self.drain)
        self.say(f"All of it: {self.feed.log_file(self._cluster_node)}")
        self.drain()

    def chosen(self) -> NodeProgress | None:
        return self.feed.node(self._cluster_node)

    def drain(self) -> None:
        """Show what the node has said since."""
        self.show_title()
        self.query_one(FailurePane).show(self.chosen())
        self.query_one(LogPane).show(self.chosen())

    def action_back(self) -> None:
        if not self.query_one(LogPane).close():
            self.dismiss()
