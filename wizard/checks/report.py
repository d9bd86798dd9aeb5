"""Checks as text: lines for a terminal, Markdown for a report, JUnit for a build server."""

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator

from wizard.checks.check import GROUPS
from wizard.checks.finding import Finding
from wizard.checks.matrix import Matrix
from wizard.checks.network.report import markdown as network
from wizard.markdown import escaped

NODES_IN_TABLE = 60
"""Nodes beyond this many are in the table only where something is not ok."""
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def finding_lines(node: str, finding: Finding) -> Iterator[str]:
    """Yield a finding as one line, and its next move as another."""
    weight = "" if finding.verdict == "skipped" else f" {finding.severity}"
    yield f"{node}: {finding.verdict}{weight} {finding.check}: {finding.saw}"
    if finding.next_move and not finding.good:
        yield f"  -> {finding.next_move}"


def summary(matrix: Matrix) -> str:
    """Return in one line how many findings of each kind there are."""
    counts = Counter(each.verdict for found in matrix.findings.values() for each in found.values())
    parts = [f"{counts['ok']} ok", _count(counts["warn"], "warning"), f"{counts['fail']} failed"]
    if counts["skipped"]:
        parts.append(f"{counts['skipped']} skipped")
    if covered := sum(1 for node, each in _all(matrix) if matrix.waiver(node, each)):
        parts.append(f"{covered} waived")
    stops = len(matrix.stops())
    return f"{_count(len(matrix.findings), 'node')}: {', '.join(parts)}" + (
        f"; {stops} must be mended" if stops else ""
    )


def markdown(matrix: Matrix) -> Iterator[str]:
    """Yield the lines of a report: a table of nodes and groups, what is not ok, and what was waived and why."""
    yield summary(matrix) + "."
    yield ""
    yield from _table(matrix)
    if matrix.links:
        yield "### Between the nodes"
        yield ""
        yield from network(matrix.links)
    waived = [(node, each) for node, each in _all(matrix) if matrix.waiver(node, each)]
    for title, found in (("What is not ok", list(matrix.open())), ("What was waived", waived)):
        if found:
            yield f"### {title}"
            yield ""
            yield from _rows(matrix, found)


def junit(matrix: Matrix) -> bytes:
    """Return a JUnit file: a suite a node, a case a check; a failed check fails, a warning only says so."""
    root = ET.Element("testsuites", name="rancher-wizard check")
    for node, found in matrix.findings.items():
        bad = [each for each in found.values() if each.verdict == "fail" and not matrix.waiver(node, each)]
        suite = ET.SubElement(root, "testsuite", name=node, tests=str(len(found)), failures=str(len(bad)))
        for each in found.values():
            _case(suite, node, each, failed=each in bad)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _case(suite: ET.Element, node: str, finding: Finding, *, failed: bool) -> None:
    case = ET.SubElement(suite, "testcase", classname=node, name=finding.check)
    said = _NO_XML.sub("", f"{finding.saw}\nwanted: {finding.wanted}\nnext: {finding.next_move}")
    if failed:
        ET.SubElement(case, "failure", type=finding.severity, message=_NO_XML.sub("", finding.saw)).text = said
    elif finding.verdict == "skipped":
        ET.SubElement(case, "skipped", message=_NO_XML.sub("", finding.saw))
    elif finding.verdict != "ok":
        ET.SubElement(case, "system-out").text = said


def _table(matrix: Matrix) -> Iterator[str]:
    groups = [key for key in GROUPS if any(each.group == key for each in matrix.checks)]
    sick = {node for node, _ in matrix.open()}
    judged = [node for node in matrix.nodes if node in matrix.findings]
    shown = [node for node in judged if len(judged) <= NODES_IN_TABLE or node in sick]
    yield "| Node | " + " | ".join(GROUPS[key] for key in groups) + " |"
    yield "|---" * (len(groups) + 1) + "|"
    for node in shown:
        yield f"| {escaped(node)} | " + " | ".join(matrix.worst(node, key) or "-" for key in groups) + " |"
    if rest := len(judged) - len(shown):
        yield ""
        yield f"On the other {_count(rest, 'node')} everything is ok."
    yield ""


def _rows(matrix: Matrix, found: list[tuple[str, Finding]]) -> Iterator[str]:
    yield "| Node | Check | Verdict | Saw | Wanted | Next move |"
    yield "|---|---|---|---|---|---|"
    for node, each in found:
        waiver = matrix.waiver(node, each)
        move = f"waived: {waiver.reason}" if waiver else each.next_move
        cells = (node, each.check, f"{each.verdict} ({each.severity})", each.saw, each.wanted, move)
        yield "| " + " | ".join(map(escaped, cells)) + " |"
    yield ""


def _all(matrix: Matrix) -> Iterator[tuple[str, Finding]]:
    return ((node, each) for node in matrix.nodes for each in matrix.findings.get(node, {}).values())


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
