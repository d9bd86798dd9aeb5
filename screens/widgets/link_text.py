"""What is to be read of a pair of nodes: every port that was asked, how the way carries, and what mends it."""

from collections.abc import Iterator

from screens.glyphs import Glyphs
from screens.widgets.ink import Span
from screens.widgets.matrix_links import WORDS, ink, sign
from wizard.checks.board import Board
from wizard.checks.network.links import Links, Way

GROUP = "network"


def pair_text(board: Board, links: Links, source: str, target: str, glyphs: Glyphs) -> list[Span]:
    """Return all that is known of a pair: what is closed first, then the moves, then what is open."""
    asked = links.between(source, target)
    if not asked:
        return [(_not_asked(links, source, target), "muted")]
    lines: list[Span] = []
    for link in sorted(asked, key=lambda link: link.good):
        said = f": {link.said}" if link.said else ""
        why = "" if link.good else f" ({link.why})"
        lines.append(
            (f"{sign(link.answer, glyphs)} {link.label:<11} {WORDS[link.answer]}{said}{why}", ink(link.answer))
        )
    moves = list(_moves(board, source, target))
    bad = sum(not link.good for link in asked)
    return [*lines[:bad], *moves, *_carried(links.ways.get((source, target))), *lines[bad:]]


def _moves(board: Board, source: str, target: str) -> Iterator[Span]:
    """What the checks say of the two nodes: the node that has to be mended may be either."""
    for node in dict.fromkeys((target, source)):
        if node not in board.matrix.nodes:
            continue
        for finding in board.findings(node, GROUP):
            if not finding.good:
                yield f"{node}: {finding.check}: {finding.saw}", "strong"
                yield f"  Next    {finding.next_move}", ""


def _carried(way: Way | None) -> Iterator[Span]:
    if way is None:
        return
    if way.by:
        yield f"Round trip {way.median_ms:.2f} ms, slowest {way.p99_ms:.2f} ms (by {way.by})", ""
    if way.sent:
        poor = "warn" if way.loss_percent else ""
        yield f"Lost {way.sent - way.received} of {way.sent} packets, {way.loss_percent:.1f} %", poor
    if way.mtu_wanted:
        carries = f"{way.mtu} bytes" if way.mtu else "less than 1280 bytes"
        yield f"{carries} come through undivided, {way.mtu_wanted} wanted", "warn" if way.mtu < way.mtu_wanted else ""
    if way.mbit_s:
        yield f"{way.mbit_s:.0f} Mbit/s", ""


def _not_asked(links: Links, source: str, target: str) -> str:
    if source == target:
        return "A node does not ask itself."
    return links.sampled or f"{source} has nothing to ask of {target}, or one of them could not take part."
