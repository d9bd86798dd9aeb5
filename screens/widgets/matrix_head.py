"""The two lines above a matrix: what is checked and what is being done, and how it stands in the end."""

from screens.glyphs import Glyphs
from screens.widgets.ink import Span, cells, fit
from screens.widgets.matrix_checks import INKS, CheckMatrix, signs
from wizard.checking import Checking
from wizard.rollout.outline import count

FILTERS = {"all": "all nodes", "not ok": "only not ok", "fail": "only failed"}


def title(checking: Checking, width: int, glyphs: Glyphs) -> list[Span]:
    """Return the cluster and what is being done, in `width` cells."""
    matrix = checking.board.matrix
    left: list[Span] = [(" rancher-wizard ", "muted"), (" checks ", "mark"), (f" {checking.spec.name} ", "strong")]
    text, ink = _doing(checking)
    room = max(0, width - cells(left) - cells([(text, "")]) - 2)
    size = fit(f" {count(len(matrix.nodes))} × {len(matrix.checks)} checks", room, ellipsis=glyphs.ellipsis)
    return [(glyphs.text(words), of) for words, of in (*left, (size, "muted"), (f" {text} ", ink))]


def _doing(checking: Checking) -> Span:
    doing = checking.doing
    if not doing:
        return ("done" if checking.complete else "stopped"), "good"
    many, looking = len(checking.board.matrix.nodes), len(checking.board.matrix.looking)
    if not checking.complete and checking.board.judged < many:
        return f"looked at {checking.board.judged} of {many}", "busy"
    words = doing[0] if looking or checking.complete else "nodes ask each other"
    return words + (f", {len(doing) - 1} more to come" if len(doing) > 1 else ""), "busy"


def verdict(checking: Checking, matrix: CheckMatrix, glyphs: Glyphs) -> list[Span]:
    """Return how all of it stands, and which nodes are shown."""
    board, glyph = checking.board, signs(glyphs)
    totals = board.totals
    spans: list[Span] = [(f" {board.stops} must be mended ", "bad")] if board.stops else []
    for sign in ("fail", "warn", "waived", "skipped", "ok"):
        if totals[sign]:
            spans.append((f" {glyph[sign]} {totals[sign]} {sign} ", INKS[sign]))
    if not board.judged:
        spans.append((" the first node is awaited ", "muted"))
    spans.append((f"  f: {FILTERS[matrix.kind]}", "" if matrix.kind == "all" else "mark"))
    if matrix.needle:
        spans.append((f"  /{glyphs.text(matrix.needle)}", "mark"))
    if matrix.kind != "all" or matrix.needle:
        spans.append((f"  {len(matrix.shown)} of {count(len(board.matrix.nodes))}", "muted"))
    return spans
