"""The parts of a review: what each is called, how it stands, and its text."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from screens.widgets.ink import Span
from wizard.checks.matrix import Matrix
from wizard.checks.report import finding_lines, summary
from wizard.design.answers import Assumption
from wizard.review import Review
from wizard.rollout.outline import count, plan_lines
from wizard.times import duration

NOTHING_CHANGED = "Nothing on any node was changed."
_DIFF_INKS = {"+": "good", "-": "bad", "@": "muted"}


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the review's list; `text` is asked for when it is read."""

    key: str
    title: str
    state: str
    ink: str
    text: Callable[[], Sequence[Span]]


def parts(review: Review, assumptions: Sequence[Assumption]) -> tuple[Part, ...]:
    """Return all parts of a review, in the order in which they should be read."""
    found = [_problems(review)] if review.problems else []
    found += [_plan(review)] if review.plan else []
    found += [_checks(review, review.checks)] if review.checks else []
    found += [
        _warnings(review),
        Part(
            "assumptions",
            "Assumptions",
            _number(len(assumptions), "none"),
            "warn" if assumptions else "good",
            lambda: _assumed(assumptions),
        ),
        _changes(review),
        Part("spec", review.path.name, f"{len(review.text.splitlines())} lines", "", lambda: _plain(review.text)),
    ]
    found += [_commands(review)] if review.plan else []
    return (*found, *_nodes(review))


def verdict(review: Review) -> Span:
    """Return in one sentence whether this can be started."""
    if review.problems:
        return f"{_number(len(review.problems), '')} to mend before anything can be started. {NOTHING_CHANGED}", "bad"
    if stops := len(review.stops):
        return f"{stops} check{'s' * (stops != 1)} must be mended first: see Checks. {NOTHING_CHANGED}", "bad"
    plan = review.plan
    if plan is None or plan.empty:
        return "Nothing to do: every node is as the spec wants it.", "good"
    took = duration(plan.expected_s())
    unseen = "" if review.looked_at else ", not looked at"
    return f"Ready{unseen}: {count(len(plan.nodes))}, {took}. {NOTHING_CHANGED}", "good"


def _number(many: int, none: str) -> str:
    return str(many) if many else none


def _problems(review: Review) -> Part:
    return Part(
        "problems", "Problems", str(len(review.problems)), "bad", lambda: [(one, "") for one in review.problems]
    )


def _plan(review: Review) -> Part:
    plan, survey = review.plan, review.survey
    assert plan is not None  # noqa: S101 - asked by the caller
    assert survey is not None  # noqa: S101 - likewise
    state = "nothing to do" if plan.empty else f"{count(len(plan.nodes))}, {duration(plan.expected_s())}"

    def text() -> Iterable[Span]:
        for line in plan_lines(plan, survey, files=False):
            yield line, "strong" if line and not line.startswith(" ") else ""

    return Part("plan", "Plan", state, "strong", lambda: tuple(text()))


def _checks(review: Review, matrix: Matrix) -> Part:
    stops = {(node, each.check) for node, each in review.stops}
    found: list[Span] = [(f"{summary(matrix)}.", "strong"), ("", "")]
    for node, finding in matrix.open():
        said, *move = finding_lines(node, finding)
        found += [(said, "bad" if (node, finding.check) in stops else "warn"), *((one, "") for one in move)]
    known = f"{sum(1 for _ in matrix.open()) or 'nothing'} to know of"
    state = f"{len(stops)} must be mended" if stops else known
    return Part("checks", "Checks", state, "bad" if stops else "", lambda: found)


def _warnings(review: Review) -> Part:
    warnings = review.warnings
    lines = [(one, "") for one in warnings] or [("Nothing in this spec is worth a second thought.", "muted")]
    return Part("warnings", "Warnings", _number(len(warnings), "none"), "warn" if warnings else "good", lambda: lines)


def _assumed(assumptions: Sequence[Assumption]) -> Sequence[Span]:
    if not assumptions:
        return [("Every question was answered.", "muted")]
    found: list[Span] = [("These questions were left open. This is assumed instead:", "muted"), ("", "")]
    for one in assumptions:
        found += [(one.question, "strong"), (f"  {one.assumed}", ""), (f"  {one.matters}", "muted"), ("", "")]
    return found


def _changes(review: Review) -> Part:
    changed = sum(one.count for one in review.differences)
    state = "a new file" if not review.differences else f"{changed} lines" if changed else "none"
    return Part("differences", "Differences", state, "warn" if changed else "", lambda: _differences(review))


def _differences(review: Review) -> Sequence[Span]:
    if not review.differences:
        return [(f"There is no {review.path.name} yet, and no rollout of this cluster on this host.", "muted")]
    found: list[Span] = []
    for one in review.differences:
        found.append((f"Against {one.against}: {one.count or 'no'} lines differ", "strong"))
        found += [(line, _DIFF_INKS.get(line[:1], "")) for line in one.lines]
        found.append(("", ""))
    return found


def _plain(text: str) -> Sequence[Span]:
    return [(line, "muted" if line.lstrip().startswith("#") else "") for line in text.splitlines()]


def _commands(review: Review) -> Part:
    found: list[Span] = [("The same without a screen, once the spec is saved:", "muted"), ("", "")]
    found += [(command, "strong") for command in review.commands]
    return Part("commands", "Headless", f"{len(review.commands)} commands", "", lambda: found)


def _nodes(review: Review) -> Iterable[Part]:
    if review.spec is None or review.plan is None:
        return
    busy = set(review.plan.nodes)
    for node in review.spec.nodes:
        state = node.role if node.name in busy else f"{node.role}, nothing to do"
        name = node.name
        yield Part(f"node:{name}", name, state, "", partial(_files, review, name))


def _files(review: Review, node: str) -> Sequence[Span]:
    found: list[Span] = []
    for file in review.files(node):
        found.append((f"{file.path}  mode {file.mode:04o}  {file.state}", "strong"))
        found += [(f"  {line}", "") for line in file.text.splitlines()]
        found.append(("", ""))
    return found or [(f"Nothing is written on {node}: it is as the spec wants it.", "muted")]
