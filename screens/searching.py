"""What the two screens with a log have in common: search, copy, help, and a status line that stays."""

from rich.text import Text
from textual import on
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Static

from screens import words
from screens.dialogs import Help
from screens.feed import Feed
from screens.glyphs import Glyphs
from screens.widgets import headline
from screens.widgets.panes import Line, LogPane
from wizard.rollout.progress import NodeProgress

TOO_SMALL = "Please enlarge to 80x24"
CLIPBOARD_CHARS = 60_000  # what terminals take in one OSC 52 sequence

SEARCH = Binding("slash", "search", "Search", key_display="/")
NEXT = Binding("n", "seek(1)", "Next", show=False)
PREVIOUS = Binding("N", "seek(-1)", "Previous", show=False)
COPY = Binding("y", "copy", "Copy")
HELP = Binding("question_mark", "help", "Help", key_display="?")


class LogScreenBase(Screen[None]):
    """A screen that shows one node's log."""

    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (80, "-narrow"), (110, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (24, "-tall")]

    def __init__(self, feed: Feed, glyphs: Glyphs) -> None:
        super().__init__(classes="-ascii" if glyphs.ascii else None)
        self.feed = feed
        self.signs = glyphs

    def chosen(self) -> NodeProgress | None:
        """The node whose log is shown."""
        return None

    def show_title(self) -> None:
        """Show whose rollout this is, and its phase."""
        feed = self.feed
        spans = headline.title(feed.progress, self.size.width, simulated=feed.simulated, lost=feed.lost)
        self.query_one("#title", Line).show(spans)

    def say(self, text: str, ink: str = "") -> None:
        """Put `text` in the status line, where it stays until there is something newer."""
        answer = self.query_one("#answer", Static)
        answer.display = bool(text)
        answer.update(Text(self.signs.lines(text)))
        answer.set_classes(f"status -{ink}" if ink else "status")

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
        self.app.push_screen(Help(self.signs))
