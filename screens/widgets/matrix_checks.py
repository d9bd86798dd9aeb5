"""Nodes × checks: a column for each group, or for each check of one group."""

from collections.abc import Mapping

from screens.glyphs import Glyphs
from screens.widgets.ink import Span
from screens.widgets.matrix import Matrix
from wizard.checks.board import KINDS, Board, Kind, Sign
from wizard.checks.check import GROUPS

INKS: Mapping[Sign, str] = {"ok": "good", "warn": "warn", "fail": "bad", "skipped": "muted", "waived": "track"}
_SHORT: Mapping[Sign, str] = {"skipped": "skip", "waived": "waiv"}
_WORDS = 6  # cells that a sign and its word take
_CHECK = 8  # cells below which the title of a check says nothing
_WIDEST_NAME = 26


def signs(glyphs: Glyphs) -> dict[Sign, str]:
    """Return the sign of each verdict, of the same shapes that a rollout's nodes have."""
    states = glyphs.states
    return {
        "ok": states["done"],
        "warn": states["interrupted"],
        "fail": states["failed"],
        "skipped": states["skipped"],
        "waived": "w",
    }


def legend(glyphs: Glyphs) -> list[Span]:
    """Return what the signs mean, in words."""
    spans: list[Span] = []
    for sign, glyph in reversed(signs(glyphs).items()):
        spans = [(f" {glyph} {sign} ", INKS[sign]), *spans]
    return [
        *spans,
        (f" {glyphs.states['waiting']} awaited ", "muted"),
        (f" {glyphs.states['running']} looked at", "busy"),
    ]


class CheckMatrix(Matrix):
    """Filled live from a board: `drain` paints the rows that changed."""

    def __init__(self, board: Board, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self.kind: Kind = "all"
        self.group = ""
        """The group whose checks are the columns; "" for one column a group."""
        self.needle = ""
        self._board = board
        self._glyph = signs(glyphs)

    def on_mount(self) -> None:
        self.open("")

    def open(self, group: str) -> None:
        """Show the checks of a group, or with "" all groups again."""
        at = self._worst(group) if group else self.group or self.column
        self.group = group
        titles = {each.id: each.title for each in self._board.checks(group)} if group else self._groups()
        longest = max((len(name) for name in self._board.matrix.nodes), default=8)
        self.lay_out(
            titles,
            at=at,
            least=_CHECK if group else 4,
            most=20 if group else 9,
            longest_name=min(longest, _WIDEST_NAME),
        )
        self.drain(())
        self.post_message(self.Picked())

    def _worst(self, group: str) -> str:
        """The check of a group that says the worst of the selected node."""
        found = self._board.findings(self.selected or "", group)
        return found[0].check if found else ""

    def choose(self, kind: Kind | None = None, *, needle: str | None = None) -> None:
        """Show only nodes that have a finding of `kind`, the next one when None, and `needle` in their name."""
        if needle is not None:
            self.needle = needle
        else:
            self.kind = kind or KINDS[(KINDS.index(self.kind) + 1) % len(KINDS)]
        self.drain(())

    def drain(self, touched: "set[str] | tuple[()]") -> None:
        """Paint what changed: the rows of `touched`, or all when other rows are shown than before."""
        shown = self._board.names(self.kind, needle=self.needle, group=self.group)
        if shown != self._shown:
            self.show(shown)
        else:
            self.repaint(touched)

    @property
    def shown(self) -> tuple[str, ...]:
        """The nodes that are listed."""
        return tuple(self._shown)

    def cell(self, key: str, column: str, width: int) -> Span:
        sign, number = self._board.cell(key, column)
        if sign is None:
            state = self._board.matrix.state(key)
            return self._signs.states["running" if state == "looking" else "waiting"], "muted"
        glyph = self._glyph[sign]
        if width >= _WORDS:
            word = sign if width > _WORDS + 2 else _SHORT.get(sign, sign)
            words = f"{glyph} {word}" + (f" {number}" if number > 1 and sign in ("fail", "warn") and width > 7 else "")
        else:
            words = f"{glyph}{number}" if sign in ("fail", "warn") and number > 1 else glyph
        return words, INKS[sign]

    def name_ink(self, key: str) -> str:
        return "busy" if self._board.matrix.state(key) == "looking" else ""

    def nothing(self) -> str:
        if self.needle:
            return f"no node has {self._signs.text(self.needle)} in its name here; esc shows all"
        if not self._board.judged:
            return "no node is judged yet; they come one by one"
        where = f" in {GROUPS[self.group]}" if self.group else ""
        return "no node has failed" + where if self.kind == "fail" else f"everything is ok{where}; f shows all nodes"

    def _groups(self) -> dict[str, str]:
        return {key: GROUPS[key] for key in self._board.groups}
