"""A bundle on screen: what is in it, who signed it, and its bytes as they are proven."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.screen import Screen
from textual.widgets import Footer, Static

from screens.dialogs import Help, Section
from screens.frame import TOO_SMALL, Frame
from screens.glyphs import Glyphs, choose
from screens.themes import Themed
from screens.widgets.entries import EntryList
from screens.widgets.ink import Span, cells, fit
from screens.widgets.panes import Line
from screens.widgets.reader import Reader
from wizard.bundle.proving import Proving

FRAME_S = 0.25
KEYS = (
    ("arrows", "select an entry; also j k, home end, pages, mouse"),
    ("f", "show one kind of entries after the other, then all"),
    ("enter", "go to the text, to scroll it; esc leads back"),
    ("q", "leave; what was proven until then was only read"),
)


class BundleScreen(Frame):
    """All that is shown comes from `proving`, which goes on beside it."""

    AUTO_FOCUS = "#entries"
    SECTIONS: ClassVar[Sequence[Section]] = (("Keys", KEYS),)
    BINDINGS = [
        Binding("f", "filter", "Kind"),
        Binding("question_mark,f1", "help", "Help", key_display="?"),
        Binding("escape", "back", "Back", key_display="esc"),
        Binding("q", "leave", "Leave"),
    ]

    def __init__(self, proving: Proving, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self.proving = proving

    def compose(self) -> ComposeResult:
        yield Line(id="title")
        yield Line(id="verdict", classes="bar")
        with Container(id="body"):
            yield EntryList(self.proving, self.signs, id="entries")
            yield Line(id="about", classes="bar")
            yield Reader(self.signs, id="reader")
        yield Static(id="answer", classes="status")
        yield Footer(show_command_palette=False, compact=True)
        yield Static(TOO_SMALL, id="enlarge")

    def on_mount(self) -> None:
        self.query_one(EntryList).choose("")
        self.app.theme_changed_signal.subscribe(self, lambda theme: self.drain())
        self.set_interval(FRAME_S, self.drain)
        self.run_worker(self.proving.run())

    def on_unmount(self) -> None:
        self.proving.stop()

    def on_resize(self) -> None:
        self.call_after_refresh(self.drain)

    def drain(self) -> None:
        """Draw what is known by now."""
        proving, width = self.proving, self.size.width
        name = fit(self.signs.text(proving.bundle.path.name), max(10, width - 60), ellipsis=self.signs.ellipsis)
        left: list[Span] = [(" rancher-wizard ", "muted"), (name.rstrip(), "strong")]
        word: Span = ("signature not proven ", "warn")
        if proving.signed:
            word = (f"{self.signs.text(proving.signed)} ", "good")
        gap = max(1, width - cells(left) - len(word[0]))
        self.query_one("#title", Line).show([*left, (" " * gap, ""), word])
        self.query_one("#verdict", Line).show(self._verdict(width))
        self.query_one(EntryList).drain()
        if proving.refused:
            self.say(f"{proving.refused.message}\n{proving.refused.hint}".strip(), "bad")

    def _verdict(self, width: int) -> list[Span]:
        proving, total = self.proving, max(1, self.proving.bundle.manifest.size_bytes)
        if proving.refused:
            return [(" refused: don't use it", "bad")]
        if proving.whole:
            return [(" every byte is as it was signed", "good")]
        share = min(1.0, proving.read_bytes / total)
        words: Span = (f" {int(share * 100):>3} % proven ", "strong")
        room = max(10, width - len(words[0]) - 2)
        full = int(room * share)
        return [(" ", ""), (self.signs.full * full, "busy"), (self.signs.empty * (room - full), "track"), words]

    @on(EntryList.Picked)
    def _picked(self) -> None:
        entries = self.query_one(EntryList)
        self.query_one("#about", Line).show(entries.heading())
        self.query_one(Reader).show(entries.selected or "", entries.about())

    @on(EntryList.Opened)
    def _opened(self) -> None:
        self.query_one(Reader).focus()

    def action_filter(self) -> None:
        self.query_one(EntryList).next_kind()
        self._picked()

    def action_help(self) -> None:
        self.app.push_screen(Help(self.SECTIONS, self.signs))

    def action_back(self) -> None:
        self.query_one(EntryList).focus()

    def action_leave(self) -> None:
        self.app.exit()


class BundleApp(Themed[None]):
    """The screen as a program of its own."""

    TITLE = "rancher-wizard"
    CSS_PATH = ["ink.tcss", "bundle.tcss", "dialogs.tcss"]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, proving: Proving, *, glyphs: Glyphs | None = None) -> None:
        """Show `proving`, which is begun with the screen; `glyphs` are chosen by the terminal unless given."""
        super().__init__()
        self._proving = proving
        self._signs = glyphs or choose()

    def get_default_screen(self) -> Screen[None]:
        return BundleScreen(self._proving, self._signs)
