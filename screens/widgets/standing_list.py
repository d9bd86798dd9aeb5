"""The nodes of a running cluster, a row each."""

from collections.abc import Sequence

from screens.glyphs import Glyphs
from screens.widgets.ink import Span, fit
from screens.widgets.rows import RowList
from wizard.rollout.whereabouts import NodeState
from wizard.upkeep.standing import Standing
from wizard.upkeep.standing_lines import TITLES, WIDTHS, cells

SIGNS: dict[str, tuple[NodeState, str]] = {
    "Ready": ("done", "good"),
    "active": ("done", "good"),
    "asked": ("running", "busy"),
    "silent": ("unreachable", "bad"),
}
"""Sign and ink of a node's state; of every other, that it is not well."""
_CURSOR, _SIGN, _ROLE = 2, 2, 7


class StandingList(RowList):
    """Nodes in the order of the spec; those that are not well, or have a piece of text in their name, where asked."""

    def __init__(self, glyphs: Glyphs, *, id: str) -> None:
        super().__init__(id=id)
        self._signs = glyphs
        self._standing: Standing | None = None
        self._longest = 4

    def fill(self, standing: Standing, names: Sequence[str]) -> None:
        """Show `names` as they stand."""
        self._standing = standing
        self._longest = min(max(map(len, standing.nodes)), 30)
        if list(names) != self._shown:
            self.show(names)
        self.repaint(standing.nodes.keys())

    def head(self) -> list[Span]:
        """Return the line above the rows."""
        width = self.scrollable_content_region.width
        texts = [fit(title, room) + " " for title, room in zip(TITLES, self._rooms(width), strict=True)]
        start = fit("", _CURSOR + _SIGN) + fit("name", self._longest) + " " + fit("role", _ROLE)
        return [(start + "".join(texts), "muted")]

    def nothing(self) -> str:
        return "no node is like that; f shows all, esc ends the search"

    def row(self, key: str, width: int, *, selected: bool) -> Sequence[Span]:
        assert self._standing is not None  # noqa: S101 - rows come by fill
        standing, signs = self._standing, self._signs
        sign, ink = SIGNS.get(standing.state(key), ("failed", "bad"))
        state, *others = cells(standing, key)
        rooms = self._rooms(width)
        return [
            (fit(signs.cursor if selected else "", _CURSOR), "mark"),
            (fit(signs.states[sign], _SIGN), ink),
            (fit(signs.text(key), self._longest, ellipsis=signs.ellipsis) + " ", "strong" if selected else ""),
            (fit(standing.nodes[key].role, _ROLE), "muted"),
            (fit(state, rooms[0]) + " ", ink),
            *(
                (fit(signs.text(text), room, ellipsis=signs.ellipsis) + " ", "")
                for text, room in zip(others, rooms[1:], strict=True)
            ),
        ]

    def _rooms(self, width: int) -> list[int]:
        """Share out what is left of `width`: columns further to the right get what is over."""
        left = width - _CURSOR - _SIGN - self._longest - 1 - _ROLE
        rooms = []
        for wanted in WIDTHS:
            rooms.append(max(0, min(wanted, left - 1)))
            left -= rooms[-1] + 1
        return rooms
