"""The table of host keys that are not known yet: compared once, accepted once for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from screens.glyphs import Glyphs
from screens.widgets.ink import Span
from screens.widgets.reader import Reader

COMPARE = (
    "Compare them with what the machines show on their consoles: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub. "
    "Accepted ones are recorded in the file of known hosts."
)
CHANGED = (
    "Other keys than those on record. Somebody may be in between, or the machine was installed anew: find out which, "
    "and mend the file of known hosts by hand. Nothing here accepts them."
)
ONE_LINE = 112  # columns from which a key fits into one line
AROUND = 16  # rows of the window beside the keys


@dataclass(frozen=True, slots=True)
class ShownKey:
    """One host key as the table shows it; `changed` says what is on record instead, "" for an unknown key."""

    name: str
    place: str
    kind: str
    fingerprint: str
    changed: str = ""


class TrustTable(ModalScreen[bool]):
    """True once the operator has accepted every unknown key of it."""

    AUTO_FOCUS = "#keys"
    BINDINGS = [
        Binding("y", "accept", "Accept"),
        Binding("n,escape", "dismiss(False)", "Not now"),
        Binding("left,right", "app.focus_next", show=False),
    ]

    def __init__(self, keys: Sequence[ShownKey], glyphs: Glyphs) -> None:
        super().__init__(classes="-ascii" if glyphs.ascii else None)
        self._unknown = [key for key in keys if not key.changed]
        self._changed = [key for key in keys if key.changed]
        self._signs = glyphs

    def compose(self) -> ComposeResult:
        count = len(self._unknown)
        title = f"{count} host key{'s' * (count != 1)} not known yet" if count else "Host keys that have CHANGED"
        with Vertical(id="window"):
            yield Static(Text(title), id="question")
            yield Static(Text(COMPARE if count else CHANGED), id="explanation")
            yield Reader(self._signs, id="keys")
            with Horizontal(id="answers"):
                if count:
                    yield Button(Text(f"Accept {'all ' * (count > 1)}{count} (y)"), id="yes", compact=True)
                yield Button(Text("Not now (n)" if count else "Close (n)"), id="no", variant="primary", compact=True)

    def on_mount(self) -> None:
        self.on_resize()

    def on_resize(self) -> None:
        lines = self._lines()
        self.query_one(Reader).show("keys", lines)
        # The buttons stay in view whatever the number of keys.
        self.set_class(len(lines) > self.app.size.height - AROUND, "-many")

    def _lines(self) -> list[Span]:
        """Changed keys first: they are what must not be overlooked."""
        lines: list[Span] = []
        if self._changed and self._unknown:
            lines += [(f"{len(self._changed)} CHANGED. {CHANGED}", "bad"), ("", "")]
        for key in self._changed:
            lines += [(f"{key.name}  {key.place}".rstrip(), "bad"), (f"  {key.changed}", ""), ("", "")]
        width = max((len(key.name) for key in self._unknown), default=8)
        return [*lines, *(line for key in self._unknown for line in self._line(key, width))]

    def _line(self, key: ShownKey, width: int) -> list[Span]:
        if self.app.size.width >= ONE_LINE:
            return [(f"{key.name:<{width}}  {key.place:<22} {key.kind:<20} {key.fingerprint}", "")]
        return [(f"{key.name}  {key.place}  {key.kind}", "strong"), (f"  {key.fingerprint}", "")]

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_accept(self) -> None:
        if self._unknown:
            self.dismiss(True)
