"""What the two screens with a log have in common: search, copy and help."""

from textual import on
from textual.binding import Binding

from screens import words
from screens.dialogs import Help
from screens.feed import Feed
from screens.frame import Frame
from screens.glyphs import Glyphs
from screens.widgets import headline
from screens.widgets.panes import Line, LogPane
from wizard.rollout.whereabouts import NodeProgress

CLIPBOARD_CHARS = 60_000  # what terminals take in one OSC 52 sequence

SEARCH = Binding("slash", "search", "Search", key_display="/")
NEXT = Binding("n", "seek(1)", "Next", show=False)
PREVIOUS = Binding("N", "seek(-1)", "Previous", show=False)
COPY = Binding("y", "copy", "Copy")
HELP = Binding("question_mark", "help", "Help", key_display="?")


class LogScreenBase(Frame):
    """A screen that shows one node's log."""

    def __init__(self, feed: Feed, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self.feed = feed

    def chosen(self) -> NodeProgress | None:
        """The node whose log is shown."""
        return None

    def show_title(self) -> None:
        """Show whose rollout this is, and its phase."""
        feed = self.feed
        spans = headline.title(feed.progress, self.size.width, simulated=feed.simulated, lost=feed.lost)
        self.query_one("#title", Line).show(spans)

    @on(LogPane.Searched)
    def _search_left(self) -> None:
        self.focus_home()

    def focus_home(self) -> None:
        """Give the focus to what the screen is about."""
        self.query_one(LogPane).lines.focus()

    def action_search(self) -> None:
        self.query_one(LogPane).ask()

    def action_seek(self, by: int) -> None:
        self.query_one(LogPane).lines.seek(by)

    def action_back(self) -> None:
        pane = self.query_one(LogPane)
        if not pane.close():
            pane.lines.let_go()

    def action_copy(self) -> None:
        node = self.chosen()
        if node is None:
            return
        failure = words.failure(node) if node.state == "failed" else []
        lines = [f"{label}: {text}" for label, text in failure] or list(node.log)
        text = "\n".join(self.signs.text(line) for line in lines)[-CLIPBOARD_CHARS:]
        self.app.copy_to_clipboard(f"{node.name}\n{text}\n")
        what = "failure" if failure else "log"
        self.say(
            f"Copied the {what} of {node.name}, if the terminal allows it. All of it: {self.feed.log_file(node.name)}"
        )

    def action_help(self) -> None:
        self.app.push_screen(Help(words.help_sections(self.signs), self.signs))
