"""The head of the rollout screen: cluster and phase, stages, how far and how long."""

from screens.glyphs import Glyphs
from screens.widgets.ink import Span, cells, fit
from wizard.rollout.progress import Phase, Progress
from wizard.rollout.whereabouts import NodeState, StageProgress
from wizard.times import clock, duration, until

_PHASES: dict[Phase, str] = {
    "starting": "muted",
    "running": "busy",
    "pausing": "warn",
    "paused": "warn",
    "held": "warn",
    "aborting": "bad",
    "ended": "strong",
}
_INKS: dict[NodeState, str] = {
    "running": "busy",
    "unreachable": "warn",
    "failed": "bad",
    "interrupted": "warn",
    "skipped": "muted",
}


def title(progress: Progress, width: int, *, simulated: bool, lost: bool) -> list[Span]:
    """Return the first line: whose rollout this is, and its phase in a word at the right."""
    left: list[Span] = [(" rancher-wizard ", "muted"), (progress.cluster or "...", "strong")]
    if simulated:
        left.append(("  simulated", "mark"))
    word, ink = _phase(progress, lost=lost)
    notice = progress.notice.partition(":")[0]
    if notice and cells(left) + len(notice) + len(word) + 4 <= width:
        left.append((f"  {notice}", "warn"))
    gap = max(1, width - cells(left) - len(word) - 1)
    return [*left, (" " * gap, ""), (word, ink)]


def _phase(progress: Progress, *, lost: bool) -> Span:
    if lost:
        return "engine stopped" if progress.phase != "starting" else "no engine", "bad"
    if progress.ending:
        return progress.ending.outcome, "good" if progress.ending.outcome in ("done", "unchanged") else "bad"
    return progress.phase, _PHASES[progress.phase]


def stages(progress: Progress, width: int, glyphs: Glyphs) -> list[Span]:
    """Return the second line: every stage in order where they fit, else the one under way."""
    spans: list[Span] = [(" ", "")]
    for place, stage in enumerate(progress.stages.values()):
        if place:
            spans.append((f" {glyphs.then} ", "muted"))
        spans.append(_stage(stage, glyphs, here=stage.outline.key == progress.stage and not progress.ending))
    if cells(spans) <= width:
        return spans
    keys = list(progress.stages)
    number = keys.index(progress.stage) + 1 if progress.stage in keys else 1
    line = f" stage {number} of {len(keys)}: {progress.stages[keys[number - 1]].line}"
    return [(fit(line, width, ellipsis=glyphs.ellipsis), "strong")]


def _stage(stage: StageProgress, glyphs: Glyphs, *, here: bool) -> Span:
    if stage.ended:
        return f"{glyphs.states['done']} {stage.outline.title}", "muted"
    if here:
        return stage.line, "strong"
    return stage.outline.title, "muted"


def bar(progress: Progress, width: int, glyphs: Glyphs, *, now: float, remaining_s: float, lost: bool) -> list[Span]:
    """Return the third line: overall progress, elapsed time and predicted end."""
    share = min(1.0, max(0.0, progress.fraction))
    words: list[Span] = [
        (f" {int(share * 100):>3} %", "strong"),
        (f"  {_times(progress, now, remaining_s, lost=lost)} ", ""),
    ]
    room = max(10, width - cells(words) - 1)
    full = int(room * share)
    return [(" ", ""), (glyphs.full * full, "busy"), (glyphs.empty * (room - full), "track"), *words]


def _times(progress: Progress, now: float, remaining_s: float, *, lost: bool) -> str:
    if not progress.started:
        return f"ended {clock(progress.ending.at)}" if progress.ending else "waiting for the engine"
    if progress.ending:
        took = f"took {duration(progress.took_s)} of {duration(progress.predicted_s)} predicted"
        return f"{took}, ended {clock(progress.ending.at)}"
    elapsed = f"{duration(now - progress.started)} so far"
    if progress.phase in ("pausing", "paused", "held") or lost:
        return f"{elapsed}, {duration(remaining_s)} of work left"
    return f"{elapsed}, ends about {clock(now + remaining_s)} ({until(remaining_s)})"


def counts(progress: Progress, *, kind: str, following: bool) -> list[Span]:
    """Return the title of the list of nodes: how many there are, and in which state."""
    spans: list[Span] = [(f" {len(progress.nodes)} nodes", "strong")]
    done = progress.count("done", "unchanged")
    spans += [(f"  {done} done", "good")] if done else []
    for state, ink in _INKS.items():
        number = progress.count(state)
        spans += [(f"  {number} {state}", ink)] if number else []
    if kind != "all":
        spans.append((f"  only {kind} (f: next)", "mark"))
    if not following:
        spans.append(("  . follows", "muted"))
    return spans
