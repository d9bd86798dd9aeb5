"""One node in one line: glyph and word, name, step, how far or what is awaited, elapsed."""

from dataclasses import dataclass
from functools import lru_cache

from rich.cells import cell_len

from screens.glyphs import Glyphs
from screens.widgets.ink import Span, fit
from wizard.rollout.whereabouts import NodeProgress, NodeState
from wizard.times import duration

INK: dict[NodeState, str] = {
    "waiting": "muted",
    "running": "busy",
    "unreachable": "warn",
    "done": "good",
    "unchanged": "good",
    "failed": "bad",
    "skipped": "muted",
    "interrupted": "warn",
}
_CURSOR, _STATE, _PERCENT, _ELAPSED = 2, 14, 6, 8


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths in cells of the columns that grow; the others are fixed."""

    name: int
    step: int
    rest: int

    @classmethod
    @lru_cache(maxsize=8)
    def of(cls, width: int, *, longest_name: int) -> "Columns":
        """Share `width` cells out; names get what the longest needs, up to a quarter."""
        name = max(6, min(longest_name, width // 4)) + 2
        free = max(0, width - _CURSOR - _STATE - name - _ELAPSED)
        step = min(40, free * 58 // 100)
        return cls(name=name, step=step, rest=free - step)


def row(node: NodeProgress, columns: Columns, glyphs: Glyphs, *, turn: str, selected: bool, now: float) -> list[Span]:
    """Return the line of `node`; `turn` says when a waiting one will be dealt with."""
    ink = INK[node.state]
    cut = glyphs.ellipsis
    elapsed = duration(node.elapsed_s(now)) if node.started else ""
    return [
        (fit(glyphs.cursor if selected else "", _CURSOR), "mark"),
        (fit(f"{glyphs.states[node.state]} {node.state}", _STATE), ink),
        (fit(glyphs.text(node.name), columns.name - 2, ellipsis=cut) + "  ", "strong" if selected else ""),
        (_step(node, columns.step - 2, glyphs) + "  ", "" if node.state == "running" else "muted"),
        *_rest(node, columns.rest, glyphs, turn=turn),
        (elapsed.rjust(_ELAPSED), "muted"),
    ]


def _step(node: NodeProgress, width: int, glyphs: Glyphs) -> str:
    """The step in hand and its number, which is kept when the title has to be cut."""
    if node.state == "done" or node.awaits:
        done = node.steps if node.state == "done" else node.steps_done
        return fit(f"{done} of {node.steps} steps", width, ellipsis=glyphs.ellipsis)
    if not node.step or node.state in ("waiting", "unchanged"):
        return fit("", width)
    number = f" ({min(node.steps, node.steps_done + 1)}/{node.steps})"
    title = glyphs.text(node.step_title)
    room = width - len(number)
    return fit((title if cell_len(title) <= room else fit(title, room, ellipsis=glyphs.ellipsis)) + number, width)


def _rest(node: NodeProgress, width: int, glyphs: Glyphs, *, turn: str) -> list[Span]:
    """How far the node is, or what it waits for."""
    cut = glyphs.ellipsis
    if node.state == "running":
        percent = f"{node.percent:>3} %"
        return [(fit(percent, _PERCENT), ""), (fit(glyphs.text(node.doing), width - _PERCENT, ellipsis=cut), "muted")]
    words = {
        "waiting": f"then: {glyphs.text(node.awaits)}" if node.awaits else turn,
        "unchanged": "nothing to do",
        "unreachable": f"waits: {glyphs.text(node.awaited)}",
        "failed": glyphs.text(node.failure.saw.partition("\n")[0]) if node.failure else "",
    }
    ink = INK[node.state] if node.state in ("failed", "unreachable") else "muted"
    return [(fit(words.get(node.state, ""), width, ellipsis=cut), ink.replace("bad", "warn"))]
