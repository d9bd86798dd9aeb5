"""The nodes of a rollout, a row each: the selection goes with the work."""

from collections.abc import Iterable
from typing import Literal, get_args

from screens.glyphs import Glyphs
from screens.widgets.ink import Span
from screens.widgets.node_row import Columns, row
from screens.widgets.rows import RowList
from wizard.rollout.progress import Progress
from wizard.rollout.whereabouts import NodeState

Kind = Literal["all", "failed", "running"]
KINDS: dict[Kind, frozenset[NodeState]] = {
    "all": frozenset(get_args(NodeState)),
    "failed": frozenset({"failed", "interrupted"}),
    "running": frozenset({"running", "unreachable"}),
}
_LIVE = KINDS["running"]


class NodeList(RowList):
    """Nodes in the order of the plan; the selection follows the work until the operator moves it."""

    def __init__(self, progress: Progress, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.following = True
        self.kind: Kind = "all"
        self._fold = progress
        self._signs = glyphs
        self._now_s = 0.0
        self._turns: dict[str, str] = {}
        self._longest = 8

    def drain(self, touched: Iterable[str], now: float) -> None:
        """Paint what changed: the rows of `touched`, and running ones whose clock moved on."""
        ticked = int(now) != int(self._now_s)
        self._now_s = now
        if len(self._turns) != len(self._fold.nodes):
            self._plan_anew()
        shown = self._of_kind()
        if shown != self._shown:
            self.show(shown)
        else:
            self.repaint({*touched, *(self._live_in_view() if ticked else ())})
        if self.following:
            self._follow()

    def choose(self, kind: Kind) -> None:
        """Show only the nodes of `kind`."""
        self.kind = kind
        self.show(self._of_kind())

    def follow(self) -> None:
        """Let the selection go with the work again."""
        self.following = True
        self._follow()

    def row(self, key: str, width: int, *, selected: bool) -> list[Span]:
        return row(
            self._fold.nodes[key],
            Columns.of(width, longest_name=self._longest),
            self._signs,
            turn=self._turns.get(key, ""),
            selected=selected,
            now=self._now_s,
        )

    def nothing(self) -> str:
        return f"no node is {self.kind}" if self.kind != "all" else ""

    def _of_kind(self) -> list[str]:
        return [name for name, node in self._fold.nodes.items() if node.state in KINDS[self.kind]]

    def _live_in_view(self) -> Iterable[str]:
        return (name for _, name in self._in_view() if self._fold.nodes[name].state in _LIVE)

    def _pick(self, place: int) -> None:
        self.following = False
        super()._pick(place)

    def _plan_anew(self) -> None:
        self._turns = dict.fromkeys(self._fold.nodes, "")
        for stage in self._fold.stages.values():
            batches = stage.outline.batches
            for number, batch in enumerate(batches, 1):
                turn = f"batch {number} of {len(batches)}" if len(batches) > 1 else "waits for its turn"
                self._turns.update(dict.fromkeys(batch, turn))
        self._longest = max((len(name) for name in self._fold.nodes), default=8)

    def _follow(self) -> None:
        nodes = self._fold.nodes
        if self.selected in nodes and nodes[self.selected].state in _LIVE:
            return
        for wanted in ("running", "unreachable", "failed"):
            for name in self._shown:
                if nodes[name].state == wanted:
                    self.select(name)
                    return
