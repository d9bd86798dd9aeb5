"""What is to be read of a cell: each finding with what was seen, wanted, why, the next move and where it is from."""

from collections.abc import Iterator, Sequence

from screens.glyphs import Glyphs
from screens.widgets.ink import Span
from screens.widgets.matrix_checks import INKS, signs
from wizard.checks.board import SIGNS, Board
from wizard.checks.check import GROUPS, Check
from wizard.checks.finding import Finding
from wizard.mending import Offer, Outcome

MUST = "A must can't be waived here. Where you know better: --force-check {id} --reason TEXT, for check and apply."


def heading(board: Board, node: str, column: str) -> list[Span]:
    """Return the line above: whose findings these are, and how many of each kind."""
    title = GROUPS.get(column) or board.check(column).title
    found = [board.sign(node, each) for each in board.findings(node, column)]
    counts = ", ".join(f"{found.count(sign)} {sign}" for sign in SIGNS if sign in found)
    return [(f" {node} ", "strong"), (f" {title}", "mark"), (f"  {counts or 'awaited'}", "muted")]


def cell_text(board: Board, node: str, column: str, offers: Sequence[Offer], glyphs: Glyphs) -> list[Span]:
    """Return a cell in full: what is not ok with all there is to say, what is ok in a line each."""
    found = board.findings(node, column)
    if not found:
        return _awaited(board, node, column)
    lines: list[Span] = []
    for each in found:
        full = not each.good or len(found) == 1
        lines += _finding(board, node, each, offers, glyphs) if full else [_short(board, node, each, glyphs)]
    return lines


def outcome_text(outcomes: Sequence[Outcome]) -> list[Span]:
    """Return what mends do or did, node by node: differences of files, commands, what stands in the way."""
    lines: list[Span] = []
    for each in outcomes:
        lines.append((f"{each.node}: {each.mend.title}", "strong"))
        if each.failed:
            lines += [(f"  {each.failed}", "bad"), (f"  {each.next_move}", "")]
        elif each.doing.nothing:
            lines.append(("  nothing to do: it is as it should be", "muted"))
        lines += [(f"  {line}", _line_ink(line)) for line in each.doing.lines()]
        lines.append(("", ""))
    return lines


def _line_ink(line: str) -> str:
    return {"+": "good", "-": "bad", "@": "muted"}.get(line[:1], "")


def _awaited(board: Board, node: str, column: str) -> list[Span]:
    state = board.matrix.state(node)
    if state == "looking":
        return [("This node is being looked at now.", "muted")]
    if state == "waiting":
        return [("This node has not been looked at yet: its turn comes.", "muted")]
    if column == "network" or column.startswith("network."):
        return [("The nodes ask each other once all of them have been looked at.", "muted")]
    return [("Told once all nodes have been looked at: it is found by comparing them.", "muted")]


def _short(board: Board, node: str, finding: Finding, glyphs: Glyphs) -> Span:
    sign = board.sign(node, finding)
    return f"{signs(glyphs)[sign]} {sign} {finding.check}: {finding.saw}", INKS[sign] if sign != "ok" else "muted"


def _finding(board: Board, node: str, finding: Finding, offers: Sequence[Offer], glyphs: Glyphs) -> Iterator[Span]:
    check, sign = board.check(finding.check), board.sign(node, finding)
    yield f"{signs(glyphs)[sign]} {sign}  {finding.severity}  {finding.check}: {check.title}", INKS[sign]
    for label, text in _rows(board, node, finding, check):
        yield f"  {label:<7} {text}", "strong" if label == "Next" else ""
    for offer in offers:
        if finding.check in offer.checks:
            yield f"  Fix     m shows what it would do here, and asks: {offer.mend.title}", "mark"
    yield "", ""


def _rows(board: Board, node: str, finding: Finding, check: Check) -> Iterator[tuple[str, str]]:
    waiver = board.matrix.waiver(node, finding)
    rows = (
        ("Saw", finding.saw),
        ("Wanted", finding.wanted),
        ("Next", finding.next_move),
        ("Waived", waiver.reason if waiver else ""),
        ("Why", check.why),
        ("Source", check.source),
        ("Must", MUST.format(id=check.id) if finding.stops and not waiver else ""),
    )
    return ((label, text) for label, text in rows if text)
