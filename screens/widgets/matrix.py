"""A matrix on the line API: rows as in a list, columns that are scrolled to, one cell selected."""

from collections.abc import Mapping
from dataclasses import dataclass

from textual.binding import Binding
from textual.events import Click

from screens.glyphs import Glyphs
from screens.widgets.ink import Span, fit
from screens.widgets.rows import RowList

_CURSOR = 2


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns are in view and how many cells of the terminal each takes; `name` is the width of the rows' own."""

    name: int
    each: int
    first: int
    last: int

    @classmethod
    def of(cls, width: int, *, number: int, at: int, name: int, least: int, most: int, before: int) -> "Columns":
        """Share `width` out among a name and `number` columns of `least` to `most`; column `at` is in view.

        `before` is what was the first column in view: nothing moves without need.
        """
        name = max(8, min(name, width // 3)) + 1
        room = max(least, width - _CURSOR - name)
        shown = max(1, min(number, room // least))
        first = max(0, min(max(min(before, at), at - shown + 1), number - shown))
        return cls(name, max(least, min(most, room // shown)), first, first + shown)


class Matrix(RowList):
    """Rows and columns by their keys; a subclass paints the cells."""

    BINDINGS = [
        Binding("left,h", "column(-1)", "Left", show=False),
        Binding("right,l", "column(1)", "Right", show=False),
    ]

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.column = ""
        """The key of the selected column."""
        self._signs = glyphs
        self._titles: dict[str, str] = {}
        self._least, self._most = 4, 7
        self._longest = 8
        self._first = 0

    def cell(self, key: str, column: str, width: int) -> Span:
        """Return what stands in a cell of `width`."""
        raise NotImplementedError

    def called(self, key: str) -> str:
        """Return how a row is called."""
        return key

    def name_ink(self, key: str) -> str:
        """Return the ink of a row's name."""
        return ""

    def lay_out(self, titles: Mapping[str, str], *, at: str, least: int, most: int, longest_name: int) -> None:
        """Show these columns, each `least` to `most` cells wide, with column `at` selected."""
        self._titles, self._least, self._most, self._longest = dict(titles), least, most, longest_name
        self.column = at if at in self._titles else next(iter(self._titles), "")
        self._first = 0
        self.refresh()

    @property
    def columns(self) -> Columns:
        """The columns in view."""
        found = Columns.of(
            self.scrollable_content_region.width,
            number=len(self._titles),
            at=list(self._titles).index(self.column) if self.column else 0,
            name=self._longest,
            least=self._least,
            most=self._most,
            before=self._first,
        )
        self._first = found.first
        return found

    def head(self) -> list[Span]:
        """Return the line above the rows."""
        columns, keys, signs = self.columns, list(self._titles), self._signs
        more = f"{'<' * (columns.first > 0)}{'>' * (columns.last < len(keys))}"
        spans: list[Span] = [(fit(f"  {more}", _CURSOR + columns.name), "muted")]
        for key in keys[columns.first : columns.last]:
            title = fit(signs.text(self._titles[key]), columns.each - 1, ellipsis="" if columns.each < 7 else "…")
            spans += [(title, "mark" if key == self.column else "muted"), (" ", "")]
        return spans

    def row(self, key: str, width: int, *, selected: bool) -> list[Span]:
        columns, signs = self.columns, self._signs
        name = fit(signs.text(self.called(key)), columns.name - 1, ellipsis=signs.ellipsis) + " "
        spans: list[Span] = [
            (fit(signs.cursor if selected else "", _CURSOR), "mark"),
            (name, self.name_ink(key) or ("strong" if selected else "")),
        ]
        for column in list(self._titles)[columns.first : columns.last]:
            text, ink = self.cell(key, column, columns.each - 1)
            here = selected and column == self.column
            spans += [(fit(text, columns.each - 1, ellipsis=""), "cell" if here else ink), (" ", "")]
        return spans

    def go_to(self, key: str, column: str) -> None:
        """Select a cell and bring it into view."""
        if column in self._titles:
            self.select(key)
            self._to(list(self._titles).index(column))

    def on_click(self, event: Click) -> None:
        columns = self.columns
        place = columns.first + (event.x - _CURSOR - columns.name) // columns.each
        if columns.first <= place < columns.last:
            self._to(place)

    def action_column(self, by: int) -> None:
        if self._titles:
            self._to(list(self._titles).index(self.column) + by)

    def _to(self, place: int) -> None:
        keys, before = list(self._titles), self._first
        self.column = keys[max(0, min(place, len(keys) - 1))]
        if self.columns.first != before:
            self.refresh()
        else:
            self._repaint_selected()
        self.post_message(self.Picked())
