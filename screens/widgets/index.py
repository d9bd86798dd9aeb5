"""The list of a review's parts: a title and how it stands, in one line each."""

from collections.abc import Sequence

from rich.cells import cell_len

from screens.glyphs import Glyphs
from screens.widgets.ink import Span, fit
from screens.widgets.parts import Part
from screens.widgets.rows import RowList


class Index(RowList):
    """Parts in the order of reading; the selected one's text stands beside or beneath."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._signs = glyphs
        self._parts: dict[str, Part] = {}
        self._longest = 0

    def fill(self, parts: Sequence[Part]) -> None:
        """Show these parts; the selection stays where it was."""
        self._parts = {part.key: part for part in parts}
        self._longest = max((cell_len(part.title) for part in parts), default=0)
        self.show(list(self._parts))

    @property
    def part(self) -> Part | None:
        """The selected part."""
        return self._parts.get(self.selected or "")

    def row(self, key: str, width: int, *, selected: bool) -> list[Span]:
        part, signs = self._parts[key], self._signs
        title = min(self._longest + 2, width // 2)
        return [
            (signs.cursor.ljust(2) if selected else "  ", "mark"),
            (fit(signs.text(part.title), title - 1, ellipsis=signs.ellipsis) + " ", ""),
            (fit(signs.text(part.state), max(0, width - title - 2), ellipsis=signs.ellipsis), part.ink),
        ]
