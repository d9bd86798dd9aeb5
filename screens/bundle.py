"""A bundle on the screen: what is in it, who signed it, and every byte of it proven while one looks on."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen

from screens.dialogs import Section
from screens.glyphs import Glyphs
from screens.sifted import SiftedScreen
from screens.table import TableApp
from screens.widgets.entry_list import INKS, STATES, EntryList, sign
from screens.widgets.entry_text import entry_text, title, verdict
from screens.widgets.ink import Span
from screens.widgets.panes import Line
from wizard.bundle.proving import Proving

KEYS = (
    ("up down", "select an entry; also j k, home end, pages, mouse"),
    ("v", "prove every byte: each entry's sign changes as it is read"),
    ("s", "stop that; nothing is proven then"),
    ("enter", "go to the text, to scroll it; esc comes back"),
    ("f", "show all entries, or those of one kind: files, images, charts …"),
    ("/", "search an entry by its name; esc ends it"),
    ("q", "leave; the bundle itself is only read"),
)


class BundleScreen(SiftedScreen[str]):
    """All that is shown comes from `proving`; the reading goes on beside the loop."""

    AUTO_FOCUS = "#entries"
    SECTIONS: ClassVar[Sequence[Section]] = (("Keys", KEYS), ("Signs", tuple(STATES.items())))
    SOUGHT: ClassVar[str] = "part of an entry's name"
    BINDINGS = [
        Binding("v", "prove", "Verify"),
        Binding("s", "stop", "Stop"),
    ]

    def __init__(self, proving: Proving, glyphs: Glyphs, *, begin: bool = False) -> None:
        self.kinds = ("", *dict.fromkeys(each.kind for each in proving.bundle.manifest.entries))
        super().__init__(glyphs)
        self.proving = proving
        self._begin = begin
        self._drawn: object = None

    def table(self) -> ComposeResult:
        yield EntryList(self.proving, self.signs, id="entries")

    def legend(self) -> list[Span]:
        return [span for state in STATES for span in ((f" {sign(state, self.signs)} ", INKS[state]), (f"{state} ", ""))]

    def on_mount(self) -> None:
        if self._begin and self.proving.refusal is None:
            self.action_prove()
        self.looks_changed()

    def on_unmount(self) -> None:
        self.proving.stop()

    def drain(self) -> None:
        now = (self.proving.phase, self.proving.tally.have_bytes)
        if now != self._drawn:
            self._drawn = now
            self.query_one(EntryList).drain(wrong=self.proving.phase == "wrong")
            self._show_text()
            self.refresh_bindings()

    def looks_changed(self) -> None:
        self.query_one(EntryList).pick(self.kind, self.needle)
        self._show_text()

    def _show_text(self) -> None:
        entry = self.query_one(EntryList).entry
        self.query_one("#title", Line).show(title(self.proving, self.size.width, self.signs))
        shown: list[Span] = [(f" f: {self.kind}s", "mark")] if self.kind else []
        self.query_one("#verdict", Line).show([*shown, *verdict(self.proving, self.signs)])
        about = f" {entry.kind}" if entry else " bundle"
        self.read([(about, "muted")], entry.name if entry else "", entry_text(self.proving, entry, self.signs))

    @on(EntryList.Picked)
    def _picked(self) -> None:
        self._show_text()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        running = self.proving.phase == "running"
        return {"prove": not running, "stop": running}.get(action, True)

    def action_prove(self) -> None:
        """Read the bundle beside the loop."""
        self.run_worker(self.proving.run, thread=True, group="prove")

    def action_stop(self) -> None:
        self.proving.stop()

    def home(self) -> None:
        self.query_one(EntryList).focus()


class BundleApp(TableApp):
    """A bundle as a program of its own."""

    def __init__(self, proving: Proving, *, begin: bool, glyphs: Glyphs | None = None) -> None:
        """Show what `proving` reads, and `begin` at once; `glyphs` are chosen by the terminal unless given."""
        super().__init__(glyphs)
        self._proving = proving
        self._begin = begin

    def get_default_screen(self) -> Screen[None]:
        return BundleScreen(self._proving, self.signs, begin=self._begin)
