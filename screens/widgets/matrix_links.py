"""Who reaches whom: the pairs of nodes in a list, the worst first, and nodes × nodes."""

from collections.abc import Iterable, Mapping, Sequence

from screens.glyphs import Glyphs
from screens.widgets.ink import Span, fit
from screens.widgets.matrix import Matrix
from screens.widgets.rows import RowList
from wizard.checks.network.links import GOOD, Answer, Links, Way
from wizard.checks.network.pairs import Pair

WORDS: Mapping[Answer, str] = {
    "open": "open",
    "in_use": "open",
    "filtered": "no answer",
    "rejected": "rejected",
    "refused": "refused",
    "wrong": "another host",
    "unreachable": "no route",
    "untried": "not tried",
}
_CURSOR, _ANSWER, _TIMES = 2, 15, 30
_ARROW = " > "


def sign(answer: Answer, glyphs: Glyphs) -> str:
    """Return the sign of an answer, which stands beside its word."""
    if answer in GOOD:
        return glyphs.states["done"]
    return {"wrong": "!", "unreachable": "#", "untried": "?"}.get(answer, glyphs.states["failed"])


def ink(answer: Answer) -> str:
    """Return the ink of an answer."""
    return "good" if answer in GOOD else "warn" if answer == "untried" else "bad"


def legend(glyphs: Glyphs) -> list[Span]:
    """Return what the signs mean, in words."""
    return [
        (f" {glyphs.states['done']} open ", "good"),
        (f" {glyphs.states['failed']} closed  ! another host  # no route ", "bad"),
        (" ? not tried ", "warn"),
        (" . not asked", "muted"),
    ]


def times(way: Way | None) -> str:
    """Return how a way carries, in a few words: round trip, loss, and a path that is too narrow."""
    if way is None:
        return ""
    words = [f"{way.median_ms:.2f} ms"] if way.by else []
    words += [f"{way.loss_percent:.0f} % lost"] if way.loss_percent else []
    words += [f"mtu {way.mtu or '<1280'}"] if way.mtu < way.mtu_wanted else []
    return "  ".join(words)


class PairList(RowList):
    """Pairs in the order given."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.empty = ""
        """What is said where there is no pair."""
        self._signs = glyphs
        self._pairs: dict[str, Pair] = {}
        self._longest = 8

    def fill(self, pairs: Iterable[Pair]) -> None:
        """Show these pairs; the selection stays where it was."""
        self._pairs = {"/".join(pair.key): pair for pair in pairs}
        self._longest = max((len(name) for pair in self._pairs.values() for name in pair.key), default=8)
        self.show(list(self._pairs))

    @property
    def pair(self) -> tuple[str, str] | None:
        """The selected pair."""
        found = self._pairs.get(self.selected or "")
        return found.key if found else None

    def nothing(self) -> str:
        return self.empty

    def row(self, key: str, width: int, *, selected: bool) -> list[Span]:
        pair, signs = self._pairs[key], self._signs
        name = max(8, min(self._longest, (width - _CURSOR - _ANSWER - _TIMES) // 2))
        rest = max(0, width - _CURSOR - _ANSWER - 2 * name - len(_ARROW) - 2)
        bad = f"{' '.join(pair.bad)} ({len(pair.bad)} of {pair.asked})  " if pair.bad else ""
        poor = pair.narrow or (pair.way and pair.way.loss_percent)
        return [
            (signs.cursor.ljust(_CURSOR) if selected else " " * _CURSOR, "mark"),
            (fit(f"{sign(pair.worst, signs)} {WORDS[pair.worst]}", _ANSWER), ink(pair.worst)),
            (fit(signs.text(pair.source), name, ellipsis=signs.ellipsis), "strong" if selected else ""),
            (_ARROW, "muted"),
            (fit(signs.text(pair.target), name, ellipsis=signs.ellipsis) + "  ", "strong" if selected else ""),
            (fit(bad + times(pair.way), rest, ellipsis=signs.ellipsis), "warn" if bad or poor else "muted"),
        ]


class LinkMatrix(Matrix):
    """Who asks at the left, who is asked above, by number."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._links: Links | None = None
        self._numbers: dict[str, int] = {}

    def fill(self, links: Links, nodes: Sequence[str]) -> None:
        """Show the pairs among `nodes`; the selection stays where it was."""
        self._links = links
        if list(self._titles) != list(nodes):
            self._numbers = {name: number for number, name in enumerate(links.nodes, 1)}
            titles = {name: str(self._numbers.get(name, "")) for name in nodes}
            longest = max((len(self.called(name)) for name in nodes), default=8)
            self.lay_out(titles, at=self.column, least=4, most=5, longest_name=min(26, longest))
        self.show(list(nodes))

    @property
    def pair(self) -> tuple[str, str] | None:
        """The selected pair."""
        return (self.selected, self.column) if self.selected and self.column else None

    def called(self, key: str) -> str:
        return f"{self._numbers.get(key, ''):>2} {key}"

    def cell(self, key: str, column: str, width: int) -> Span:
        answer = self._links.worst(key, column) if self._links else None
        if key == column:
            return "\\", "muted"
        return (sign(answer, self._signs), ink(answer)) if answer else (".", "muted")
