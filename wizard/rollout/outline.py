"""A plan for reading, as lines and as JSON values."""

from collections.abc import Iterable

from wizard.hosts.facts import Facts
from wizard.rollout.plan import Plan, Stage
from wizard.rollout.step import File, Survey
from wizard.times import duration


def plan_lines(plan: Plan, survey: Survey, *, files: bool = True) -> Iterable[str]:
    """Yield a plan for reading: stages, batches, steps, and with `files` each file's content, secrets masked."""
    yield f"Cluster {plan.cluster}, plan {plan.digest}, predicted {duration(plan.expected_s())}"
    if plan.notice:
        yield f"  ! {plan.notice}"
    for note in plan.notes:
        yield f"  ! {note}"
    for stage in plan.stages:
        yield ""
        yield f"{stage.title}: {count(len(stage.nodes))}, predicted {duration(stage.expected_s())}"
        if len(stage.nodes) > 1:
            order = "rolling" if stage.rolling else "batches"
            yield f"  order {order}, at most {stage.at_once} at a time; stops when more than {stage.max_failed} failed"
        for number, batch in enumerate(stage.batches, 1):
            label = f"batch {number} of {len(stage.batches)}"
            canary = " (canary)" if stage.canary and number == 1 and len(stage.batches) > 1 else ""
            yield f"  {label}{canary}: {_names(batch, whole=files)}"
        yield "  steps of each node:"
        for step in stage.steps:
            done = sum(step.settled(node, survey) for node in stage.nodes)
            there = f"  [in place on {done} of {len(stage.nodes)}]" if done else ""
            yield f"    {step.key:<14} {step.title}{there}"
    if plan.settled:
        yield ""
        yield f"Nothing to do on: {_names(plan.settled, whole=files)}"
    if files:
        yield from _file_lines(plan, survey)


def _names(names: tuple[str, ...], *, whole: bool) -> str:
    if whole or len(names) <= 6:
        return ", ".join(names)
    return f"{', '.join(names[:3])} … {names[-1]} ({len(names)} nodes)"


def _file_lines(plan: Plan, survey: Survey) -> Iterable[str]:
    for stage in plan.stages:
        for node in stage.nodes:
            for file, state in _files(stage, node, survey):
                yield ""
                yield f"--- {node}:{file.path} (mode {file.mode:04o}, {state})"
                yield from (f"    {line}" for line in file.shown.splitlines())


def _files(stage: Stage, node: str, survey: Survey) -> Iterable[tuple[File, str]]:
    """Each file that the stage writes on a node, and how it stands to what is there."""
    for step in stage.steps:
        for file in step.files(node):
            yield file, file_state(file, survey.facts.get(node), needed=not step.settled(node, survey))


def file_state(file: File, facts: Facts | None, *, needed: bool) -> str:
    """Return how a planned file stands to what the node has; `needed` is False once its step is settled."""
    if facts is None:
        return "not looked at"
    if file.in_place(facts):
        return "in place"
    if not needed:
        return "not needed on this node"
    return "will be changed" if file.path in facts.files else "new"


def count(nodes: int) -> str:
    """Return `1 node`, `12 nodes`."""
    return f"{nodes} node{'s' * (nodes != 1)}"


def plan_record(plan: Plan, survey: Survey) -> dict[str, object]:
    """Return a plan as JSON values: all that `plan_lines` says."""
    return {
        "cluster": plan.cluster,
        "digest": plan.digest,
        "expected_s": round(plan.expected_s(), 1),
        "notice": plan.notice,
        "notes": list(plan.notes),
        "unreachable": {name: error.message for name, error in survey.failures.items()},
        "settled": list(plan.settled),
        "stages": [_stage_record(stage, survey) for stage in plan.stages],
    }


def _stage_record(stage: Stage, survey: Survey) -> dict[str, object]:
    return {
        "key": stage.key,
        "title": stage.title,
        "expected_s": round(stage.expected_s(), 1),
        "at_once": stage.at_once,
        "order": "rolling" if stage.rolling else "batches",
        "max_failed": stage.max_failed,
        "canary": stage.canary,
        "soak_s": stage.soak_s,
        "batches": [list(batch) for batch in stage.batches],
        "nodes": {node: _node_record(stage, node, survey) for node in stage.nodes},
    }


def _node_record(stage: Stage, node: str, survey: Survey) -> dict[str, object]:
    return {
        "steps": [
            {"key": step.key, "title": step.title, "in_place": step.settled(node, survey)} for step in stage.steps
        ],
        "files": [
            {"path": file.path, "mode": f"{file.mode:04o}", "state": state, "content": file.shown}
            for file, state in _files(stage, node, survey)
        ],
    }
