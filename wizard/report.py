"""The report of a rollout as Markdown: what was done, how long it took, what failed, and where everything is."""

import contextlib
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

from wizard import __version__
from wizard.balancers.drill import drills
from wizard.checks.keep import kept
from wizard.checks.report import markdown
from wizard.design.amount import count
from wizard.errors import WizardError
from wizard.files import write_private
from wizard.markdown import escaped
from wizard.rollout import events as ev
from wizard.rollout.host_log import host_log
from wizard.rollout.journal import read_whole
from wizard.rollout.process import ENGINE_LOG, JOURNAL, PLAN, SPEC
from wizard.rollout.progress import Progress
from wizard.rollout.whereabouts import NodeProgress
from wizard.spec.load import load_spec
from wizard.times import duration

REPORT = "report.md"


def save_report(run_dir: Path) -> None:
    """Write the report of a rollout beside its journal (0600); a full disk leaves it out, as it can be told anew."""
    with contextlib.suppress(OSError, WizardError):
        write_private(run_dir / REPORT, report(run_dir).encode(errors="replace"))


def report(run_dir: Path) -> str:
    """Return the report of the rollout in `run_dir`, so far or to its end.

    Raises WizardError when its journal can't be read.
    """
    happened = read_whole(run_dir / JOURNAL)
    progress = Progress()
    for event in happened:
        progress.apply(event)
    parts = (
        _head(run_dir, progress),
        _failures(run_dir, progress),
        _table("Stages", ("Stage", "Nodes", "Batches", "Took", "Predicted"), _stages(progress)),
        _table("Nodes", ("Node", "Stage", "Outcome", "Took", "Longest step"), _nodes(progress, happened)),
        _table("Steps", ("Step", "Times", "Median", "Longest", "on"), _steps(progress, happened)),
        _table("What came between", ("Time", "Node", "What"), _between(happened)),
        _table("Drills of the balancers", ("When", "Stopped", "Took over", "No answer"), _drills(run_dir)),
        _checks(run_dir),
        _places(run_dir),
    )
    return "\n".join(line for part in parts for line in part) + "\n"


def _head(run_dir: Path, progress: Progress) -> Iterable[str]:
    simulated = " (simulated)" if progress.simulated else ""
    cluster = progress.cluster or run_dir.parent.parent.name
    yield f"# Rollout {run_dir.name} of {escaped(cluster)}{simulated}"
    yield ""
    ending = progress.ending
    said = f": {escaped(ending.said)}" if ending else ""
    yield f"- Outcome: **{ending.outcome if ending else 'not ended'}**{said}"
    if ending and ending.next_move:
        yield f"- Next: {escaped(ending.next_move)}"
    if progress.back and not (ending and ending.outcome in ("done", "unchanged")):
        yield f"- Back: {escaped(progress.back)}"
    if progress.started:
        took = f"{duration(progress.took_s)}; {duration(progress.predicted_s)} were predicted"
        yield f"- From {_moment(progress.started)} to {_moment(progress.now)}, {took}"
    if progress.notice:
        yield f"- {escaped(progress.notice)}"
    with contextlib.suppress(WizardError):
        spec = load_spec(run_dir / SPEC).spec
        nodes = f"{count(len(spec.servers), 'server')}, {count(len(spec.agents), 'agent')}"
        yield f"- {spec.distribution} {spec.version}, {nodes}, by rancher-wizard {__version__}"
    yield ""


def _failures(run_dir: Path, progress: Progress) -> Iterable[str]:
    failed = [node for node in progress.nodes.values() if node.failure]
    if not failed:
        return
    yield "## Failures"
    yield ""
    for node in failed:
        yield from _failure(run_dir, node)
    yield ""


def _failure(run_dir: Path, node: NodeProgress) -> Iterable[str]:
    assert node.failure is not None  # noqa: S101 - the caller chose those
    yield f"- **{node.name}**, {escaped(node.step_title)}: {escaped(node.failure.saw)}"
    if node.failure.cause:
        yield f"  - Likely cause: {escaped(node.failure.cause)}"
    if node.failure.next_move:
        yield f"  - Next: {escaped(node.failure.next_move)}"
    if node.back:
        yield f"  - Back: {escaped(node.back)}"
    yield f"  - Log: `{host_log(run_dir, node.name)}`"


def _stages(progress: Progress) -> Iterable[Sequence[str]]:
    for stage in progress.stages.values():
        end = stage.ended or progress.now
        took = duration(end - stage.started) if stage.started else "not begun"
        nodes, runs = str(len(stage.outline.nodes)), str(len(stage.outline.batches))
        yield stage.outline.title, nodes, runs, took, duration(stage.outline.expected_s())


def _nodes(progress: Progress, happened: Iterable[ev.Event]) -> Iterable[Sequence[str]]:
    longest: dict[str, ev.StepEnded] = {}
    for event in happened:
        if isinstance(event, ev.StepEnded) and event.took_s >= getattr(longest.get(event.node), "took_s", 0.0):
            longest[event.node] = event
    for node in progress.nodes.values():
        slow = longest.get(node.name)
        stage = progress.stages.get(node.stage)
        took = duration(node.elapsed_s(progress.now)) if node.started else ""
        step = f"{progress.title(slow.stage, slow.step)} ({duration(slow.took_s)})" if slow and slow.took_s else ""
        yield node.name, stage.outline.title if stage else "", node.state, took, step


def _steps(progress: Progress, happened: Iterable[ev.Event]) -> Iterable[Sequence[str]]:
    took: dict[str, list[tuple[float, str]]] = {}
    for event in happened:
        if isinstance(event, ev.StepEnded) and event.outcome == "done":
            took.setdefault(progress.title(event.stage, event.step), []).append((event.took_s, event.node))
    for title, times in took.items():
        longest_s, node = max(times)
        yield title, str(len(times)), _seconds(median(s for s, _ in times)), _seconds(longest_s), node


def _between(happened: Iterable[ev.Event]) -> Iterable[Sequence[str]]:
    for event in happened:
        match event:
            case ev.CommandTaken():
                yield _moment(event.at), event.node, f"operator: {event.command}: {event.said}"
            case ev.NodeWaiting():
                yield _moment(event.at), event.node, f"waited: {event.awaited}"
            case ev.NodeBack():
                yield _moment(event.at), event.node, f"back after {duration(event.after_s)}"
            case ev.Held():
                yield _moment(event.at), "", f"held: {event.why}"
            case ev.StageSoaking():
                yield _moment(event.at), "", f"the canary was left alone for {duration(event.seconds)}"
            case ev.StageClosed():
                yield _moment(event.at), "", f"no node was begun before {_moment(event.until)}: not the hour for it"


def _checks(run_dir: Path) -> Iterable[str]:
    if matrix := kept(run_dir):
        yield from ("## Checks before it", "", *markdown(matrix))


def _places(run_dir: Path) -> Iterable[str]:
    state = run_dir.parent.parent
    places = {
        "Kubeconfig": state / "kubeconfig",
        "Spec as applied": run_dir / SPEC,
        "Plan, with each file (secrets masked)": run_dir / PLAN,
        "Journal": run_dir / JOURNAL,
        "Log of each node": host_log(run_dir, "NODE").parent,
        "Words of the engine itself": run_dir / ENGINE_LOG,
        "Sealed secrets and the key to them (back both up)": state,
    }
    yield "## Where things are"
    yield ""
    yield from (f"- {what}: `{path}`" for what, path in places.items() if path.exists())


def _drills(run_dir: Path) -> Iterable[Sequence[str]]:
    for drill in drills(run_dir.parent.parent):
        gaps = ", ".join(f"{port}: {gap:.2f} s" for port, gap in drill.gaps_s.items())
        yield _moment(drill.at), drill.stopped, drill.took_over, gaps


def _table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    found = list(rows)
    if not found:
        return
    yield f"## {title}"
    yield ""
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    yield from (f"| {' | '.join(map(escaped, row))} |" for row in found)
    yield ""


def _moment(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else duration(seconds)
