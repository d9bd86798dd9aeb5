"""A bundle's entries, one a line: how each stands, its kind, size and name."""

from screens.glyphs import Glyphs
from screens.widgets.ink import Span, fit
from screens.widgets.rows import RowList
from wizard.bundle.format.manifest import Entry
from wizard.bundle.proving import Proving, State
from wizard.bundle.sizes import size

_INKS: dict[State, str] = {"waiting": "muted", "running": "busy", "done": "good", "failed": "bad"}


class EntryList(RowList):
    """The entries of one kind, or of all."""

    def __init__(self, proving: Proving, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._proving = proving
        self._signs = glyphs
        self._entries = {f"{each.kind} {each.name}": each for each in proving.bundle.manifest.entries}
        self._drawn: dict[str, State] = {}
        self._kind = ""

    def choose(self, kind: str) -> None:
        """Show the entries of a kind; "" for all."""
        self._kind = kind
        self.show([key for key, entry in self._entries.items() if kind in ("", entry.kind)])

    def next_kind(self) -> None:
        """Show the kind after the one that is shown, and all after the last."""
        kinds = ["", *dict.fromkeys(entry.kind for entry in self._entries.values())]
        self.choose(kinds[(kinds.index(self._kind) + 1) % len(kinds)])

    def drain(self) -> None:
        """Paint those anew that stand otherwise than they were drawn."""
        seen = {key: self._proving.state(self._entries[key]) for _, key in self._in_view()}
        self.repaint([key for key, state in seen.items() if self._drawn.get(key) != state])
        self._drawn |= seen

    @property
    def entry(self) -> Entry | None:
        """The selected entry."""
        return self._entries.get(self.selected or "")

    def heading(self) -> list[Span]:
        """Return the title of the text on the selected entry, and which are shown."""
        shown = f" {len(self._shown)} {self._kind or 'entries'}"
        return [(shown, "strong"), ("  f: next kind", "muted")]

    def about(self) -> list[Span]:
        """Return all that is known of the selected entry."""
        entry = self.entry
        if entry is None:
            return []
        told = {
            "from": entry.source,
            "sha256": entry.sha256,
            "size": size(self._bytes(entry)),
            "version": entry.version,
            "licence": entry.licence,
            "processors": entry.arch,
            "for": ", ".join(entry.roles),
            "parts": str(len(entry.parts) or ""),
        }
        return [(entry.name, "strong"), *((f"{key:<11}{value}", "") for key, value in told.items() if value)]

    def row(self, key: str, width: int, *, selected: bool) -> list[Span]:
        entry, signs = self._entries[key], self._signs
        state = self._proving.state(entry)
        return [
            (signs.cursor.ljust(2) if selected else "  ", "mark"),
            (f"{signs.states[state]} ", _INKS[state]),
            (f"{entry.kind:<8}{size(self._bytes(entry)):>10}  ", "muted"),
            (fit(signs.text(entry.name), max(0, width - 24), ellipsis=signs.ellipsis), ""),
        ]

    def _bytes(self, entry: Entry) -> int:
        sizes = self._proving.bundle.manifest.sizes
        return sum(sizes[digest] for digest in set(entry.digests))
