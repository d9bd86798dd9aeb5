"""What is in a bundle, an entry a row: how it stands, what it is, how large."""

from collections.abc import Sequence

from screens.glyphs import Glyphs
from screens.widgets.ink import Span, fit
from screens.widgets.rows import RowList
from wizard.bundle.format.manifest import Entry
from wizard.bundle.proving import Proving, State
from wizard.bundle.sizes import size
from wizard.bundle.summary import entry_bytes
from wizard.rollout.whereabouts import NodeState

INKS: dict[State, str] = {"not yet": "muted", "running": "busy", "whole": "good", "wrong": "bad"}
STATES: dict[State, str] = {
    "not yet": "its bytes were not read",
    "running": "its bytes are read",
    "whole": "every byte is as it was made",
    "wrong": "its bytes are others than those that were signed",
}
_SIGNS: dict[State, NodeState] = {"not yet": "waiting", "running": "running", "whole": "done", "wrong": "failed"}
_KIND, _SIZE, _ROLES = 8, 10, 30


def sign(state: State, glyphs: Glyphs) -> str:
    """Return the sign of an entry's state."""
    return glyphs.states[_SIGNS[state]]


def key_of(entry: Entry) -> str:
    """Return what tells an entry from others."""
    return f"{entry.kind} {entry.name}"


class EntryList(RowList):
    """The entries of a bundle, those of one kind or with a piece of text in their name where that is asked for."""

    def __init__(self, proving: Proving, glyphs: Glyphs, *, id: str) -> None:
        super().__init__(id=id)
        self._proving = proving
        self._signs = glyphs
        self._entries = {key_of(each): each for each in proving.bundle.manifest.entries}

    @property
    def entry(self) -> Entry | None:
        """The selected entry."""
        return self._entries.get(self.selected or "")

    def pick(self, kind: str, needle: str) -> None:
        """Show the entries of `kind` ("" for all) that have `needle` in their name."""
        needle = needle.lower()
        self.show([key for key, one in self._entries.items() if kind in ("", one.kind) and needle in one.name.lower()])

    def drain(self, *, wrong: bool) -> None:
        """Paint what is in view as it stands now; where something is `wrong`, go to the entry that it is about."""
        self.repaint(self._entries.keys())
        found = (key for key, one in self._entries.items() if wrong and self._proving.state(one) == "wrong")
        if (key := next(found, None)) is not None:
            self.select(key)

    def nothing(self) -> str:
        return "no entry is like that; f shows all, esc ends the search" if self._entries else "nothing is in it"

    def row(self, key: str, width: int, *, selected: bool) -> Sequence[Span]:
        entry, signs = self._entries[key], self._signs
        state = self._proving.state(entry)
        roles = fit(", ".join(entry.roles), _ROLES, ellipsis=signs.ellipsis) if width > 90 else ""
        total = size(entry_bytes(self._proving.bundle.manifest, entry))
        name = max(8, width - 4 - _KIND - 1 - _SIZE - 2 - len(roles))
        text = fit(signs.text(entry.name), name - bool(roles), ellipsis=signs.ellipsis)
        return [
            (fit(signs.cursor if selected else "", 2), "mark"),
            (fit(sign(state, signs), 2), INKS[state]),
            (fit(entry.kind, _KIND) + " ", "muted"),
            (f"{total:>{_SIZE}}  ", ""),
            (f"{text} " if roles else text, "strong" if selected else ""),
            (roles, "muted"),
        ]
