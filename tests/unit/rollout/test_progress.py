from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.rollout.conftest import Run, SmallStep, stage_of
from wizard.cli.showing import Lines, status_lines
from wizard.rollout import events as ev
from wizard.rollout.plan import Stage
from wizard.rollout.progress import Progress


def outline(*batches: tuple[str, ...], at_once: int = 10) -> ev.StageOutline:
    steps = (
        ev.StepOutline(key="a", title="A", expected_s=10.0),
        ev.StepOutline(key="b", title="B", expected_s=30.0),
    )
    return ev.StageOutline(key="agents", title="Agents", noun="agents", batches=batches, steps=steps, at_once=at_once)


def folded(*events: ev.Event) -> Progress:
    progress = Progress()
    for number, event in enumerate(events):
        progress.apply(replace(event, at=event.at or 1000.0 + number))
    return progress


def started(*batches: tuple[str, ...]) -> ev.RolloutStarted:
    return ev.RolloutStarted(cluster="c", run="r", digest="d", stages=(outline(*batches),), settled=("old",))


def test_a_stage_says_which_nodes_of_how_many_and_which_batch():
    names = tuple(f"n{number:02}" for number in range(97))
    lots = tuple(names[start : start + 10] for start in range(0, 97, 10))
    progress = folded(started(*lots), ev.BatchStarted(stage="agents", number=2, nodes=lots[1]))
    assert progress.stages["agents"].line == "agents 11-20 of 97, batch 2 of 10"


def test_prediction_counts_batches_one_after_the_other_and_nodes_of_one_together():
    progress = folded(started(("n1", "n2"), ("n3", "n4")))
    assert progress.remaining_s(1000.0) == 80.0


def test_prediction_follows_the_pace_that_was_measured():
    progress = folded(
        started(("n1",), ("n2",)),
        ev.StepStarted(stage="agents", node="n1", step="a"),
        ev.StepEnded(stage="agents", node="n1", step="a", outcome="done", took_s=20.0),
    )
    assert progress.pace == 2.0
    assert progress.remaining_s(1002.0) > 120


def test_a_settled_node_is_unchanged_and_takes_no_time():
    progress = folded(started(("n1",)))
    assert progress.nodes["old"].state == "unchanged"


def test_a_lost_node_says_what_is_awaited_and_a_retry_starts_afresh():
    progress = folded(
        started(("n1",)),
        ev.StepStarted(stage="agents", node="n1", step="a"),
        ev.NodeWaiting(node="n1", awaited="ssh n1:22", until=2000.0),
    )
    assert (progress.nodes["n1"].state, progress.nodes["n1"].awaited) == ("unreachable", "ssh n1:22")
    progress.apply(ev.NodeBack(node="n1", after_s=3.0, at=1010.0))
    progress.apply(ev.StepEnded(stage="agents", node="n1", step="a", outcome="failed", saw="x", at=1011.0))
    progress.apply(ev.NodeEnded(stage="agents", node="n1", outcome="failed", at=1012.0))
    assert progress.nodes["n1"].failure
    progress.apply(ev.CommandTaken(command="retry", node="n1", at=1013.0))
    assert (progress.nodes["n1"].state, progress.nodes["n1"].failure) == ("waiting", None)


def test_events_about_unknown_nodes_and_stages_are_no_crash():
    progress = folded(
        started(("n1",)),
        ev.StepStarted(stage="?", node="?", step="?"),
        ev.NodeEnded(stage="?", node="?", outcome="done"),
        ev.BatchStarted(stage="?", number=1, nodes=("?",)),
        ev.BatchStarted(stage="agents", number=1, nodes=()),
    )
    assert progress.stages["agents"].line


async def test_the_fold_of_a_real_rollout_ends_where_the_engine_does(nodes):
    step = SmallStep(fails={"n2": 1})
    stage = stage_of(*nodes, steps=(SmallStep("zero"), step), at_once=3, max_failed=1)
    run = Run(stage)
    await run.carry_out()
    progress = folded(ev.RolloutStarted(cluster="c", run="r", digest="d", stages=(stage.outline(),)), *run.told)
    assert progress.phase == "ended"
    assert {name: node.state for name, node in progress.nodes.items()} == run.outcomes()


def test_what_back_means_is_that_of_the_latest_step_which_says_so():
    steps = tuple(
        ev.StepOutline(key=key, title=key, expected_s=1, back=back)
        for key, back in (("reach", "abort"), ("install", "{node} in place"), ("ready", ""))
    )
    outline = ev.StageOutline(key="s", title="S", noun="servers", batches=(("n1",), ("n2",)), steps=steps)
    progress = Progress()
    progress.apply(ev.RolloutStarted(cluster="c", run="r", digest="d", stages=(outline,)))
    assert progress.back == ""
    for node, step, back in (
        ("n1", "reach", "abort"),
        ("n1", "install", "n1 in place"),
        ("n1", "ready", "n1 in place"),
    ):
        progress.apply(ev.StepStarted(stage="s", node=node, step=step))
        assert (progress.back, progress.nodes[node].back) == (back, back)
    progress.apply(ev.StepStarted(stage="s", node="n2", step="reach"))
    assert (progress.back, progress.nodes["n1"].back) == ("abort", "n1 in place")
    assert ev.from_line(ev.to_line(progress_started(outline), 0)) == progress_started(outline)


def progress_started(outline):
    return ev.RolloutStarted(cluster="c", run="r", digest="d", stages=(outline,))


def two_stages() -> ev.RolloutStarted:
    """One node that is in both stages, of 40 s each, and one that is in the second alone."""
    first = replace(outline(("n1",)), key="first")
    return ev.RolloutStarted(cluster="c", run="r", digest="d", stages=(first, outline(("n1",), ("n2",))))


def ended(node: str, step: str, took_s: float, *, stage: str = "agents") -> ev.StepEnded:
    return ev.StepEnded(stage=stage, node=node, step=step, outcome="done", took_s=took_s)


def test_a_node_that_another_stage_awaits_is_not_done_and_its_work_is_still_counted():
    progress = folded(two_stages())
    assert progress.remaining_s(1000.0) == 120.0
    for event in (
        ev.StepStarted(stage="first", node="n1", step="a", at=1000.0),
        ended("n1", "a", 10.0, stage="first"),
        ev.StepStarted(stage="first", node="n1", step="b", at=1000.0),
        ended("n1", "b", 30.0, stage="first"),
        ev.NodeEnded(stage="first", node="n1", outcome="done", at=1000.0),
    ):
        progress.apply(event)
    node = progress.nodes["n1"]
    assert (node.state, node.steps_done, node.steps, progress.finished) == ("waiting", 2, 4, 0)
    assert progress.fraction == 2 / 6
    assert progress.remaining_s(1000.0) == 80.0
    progress.apply(ev.NodeEnded(stage="agents", node="n1", outcome="unchanged", at=1100.0))
    assert (node.state, progress.finished) == ("done", 1)
    assert progress.remaining_s(1100.0) == 40.0
    progress.apply(ev.CommandTaken(command="retry", node="n1", at=1100.0))
    assert progress.remaining_s(1100.0) == 120.0


def test_what_a_step_took_on_the_nodes_before_is_what_it_is_predicted_to_take():
    progress = folded(
        started(("n1",), ("n2",)),
        ev.StepStarted(stage="agents", node="n1", step="a", at=1000.0),
        ended("n1", "a", 1.0),
        ev.StepStarted(stage="agents", node="n1", step="b", at=1000.0),
        ended("n1", "b", 12.0),
        ev.NodeEnded(stage="agents", node="n1", outcome="done", at=1000.0),
    )
    assert progress.predicted_s == 80.0
    assert progress.remaining_s(1000.0) == 13.0


def fold_of(run: Run, *stages: Stage) -> Progress:
    """What a view makes of a rollout that has been carried out."""
    outlines = tuple(stage.outline() for stage in stages)
    return folded(ev.RolloutStarted(cluster="c", run="r", digest="d", stages=outlines), *run.told)


async def test_a_node_that_failed_within_the_budget_stays_failed_when_a_later_stage_goes_well():
    first = stage_of("n1", "n2", steps=(SmallStep("pull", fails={"n1": 1}),), key="first", max_failed=1)
    later = stage_of("n1", "n2", steps=(SmallStep("start"),), key="later", max_failed=1)
    run = Run(first, later)
    assert await run.carry_out() == "partly"
    progress = fold_of(run, first, later)
    node = progress.nodes["n1"]
    assert (node.state, node.stage, node.step) == ("failed", "first", "pull")
    assert node.failure
    assert node.failure.saw == "it broke"
    assert progress.ending
    assert progress.ending.said == "1 of 2 nodes done; not done: n1"
    assert any(line.split()[:2] == ["n1", "failed"] for line in status_lines(progress))


async def test_the_line_of_a_node_that_another_stage_awaits_does_not_call_it_done(capsys: pytest.CaptureFixture[str]):
    first, later = (stage_of("n1", "n2", steps=(SmallStep(),), key=key) for key in ("first", "later"))
    run = Run(first, later)
    await run.carry_out()
    lines = Lines(output=False)
    outlines = (first.outline(), later.outline())
    lines.show(ev.RolloutStarted(cluster="c", run="r", digest="d", stages=outlines, settled=("old",)))
    for event in run.told:
        lines.show(event)
    said = [line.partition(" ")[2] for line in capsys.readouterr().out.splitlines()]
    assert said[0] == "rollout r of c: 2 nodes to do"
    assert [line for line in said if line.startswith(("n1: DONE", "n2: DONE"))] == [
        "n1: DONE here, then: Later (0 of 2)",
        "n2: DONE here, then: Later (0 of 2)",
        "n1: DONE (1 of 2)",
        "n2: DONE (2 of 2)",
    ]


async def test_a_node_that_was_put_back_and_tried_again_is_done_in_the_end():
    step = SmallStep(fails={"n1": 1})
    stage, way = stage_of("n1", steps=(step,)), stage_of("n1", steps=(SmallStep("undo"),), key="back-n1")

    async def back(node: str, hosts: object) -> Stage:
        return way

    run = Run(stage, hold_s=30, back=back)

    def seen(event: ev.Event) -> None:
        if isinstance(event, ev.Held):
            run.engine.command("back", "n1")
        if isinstance(event, ev.NodeEnded) and event.outcome == "skipped":
            run.engine.command("retry", "n1")

    run.seen = seen
    assert await run.carry_out() == "done"
    assert fold_of(run, stage).nodes["n1"].state == "done"


@given(st.lists(st.sets(st.sampled_from(["n1", "n2", "n3"])), min_size=1, max_size=3), st.integers(0, 3))
async def test_the_nodes_that_a_view_calls_done_are_those_that_the_engine_counts(fails: list[set[str]], budget: int):
    names = ("n1", "n2", "n3")
    stages = tuple(
        stage_of(*names, steps=(SmallStep(fails=dict.fromkeys(bad, 1)),), key=f"s{place}", at_once=2, max_failed=budget)
        for place, bad in enumerate(fails)
    )
    run = Run(*stages)
    await run.carry_out()
    progress = fold_of(run, *stages)
    done = progress.count("done", "unchanged")
    assert progress.ending
    if progress.ending.outcome != "failed":
        assert progress.ending.said.startswith(f"{done} of 3 nodes done")
    assert progress.finished == sum(node.state != "waiting" for node in progress.nodes.values())
