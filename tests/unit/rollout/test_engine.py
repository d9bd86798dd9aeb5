import asyncio
from datetime import datetime, timedelta

import pytest

from tests.unit.rollout.conftest import Run, SmallStep, stage_of
from wizard.errors import WizardError
from wizard.rollout import engine
from wizard.rollout import events as ev
from wizard.rollout.progress import Progress
from wizard.spec.hours import Hours


async def test_a_plan_is_carried_out_stage_by_stage_and_each_node_step_by_step(nodes):
    first, second = SmallStep("one"), SmallStep("two")
    run = Run(
        stage_of("s1", steps=(first, second), key="servers"), stage_of(*nodes, steps=(first,), key="agents", at_once=3)
    )
    assert await run.carry_out() == "done"
    assert first.ran[0] == "s1"
    assert second.ran == ["s1"]
    assert set(run.outcomes().values()) == {"done"}
    assert [event.nodes for event in run.of(ev.BatchStarted)][1:] == [nodes[:3], nodes[3:6], nodes[6:]]


async def test_no_more_nodes_run_together_than_the_stage_allows(nodes):
    step = SmallStep()
    await Run(stage_of(*nodes, steps=(step,), at_once=3)).carry_out()
    assert step.most_under_way == 3


async def test_servers_go_strictly_one_at_a_time(nodes):
    step = SmallStep()
    await Run(stage_of(*nodes, steps=(step,), key="servers")).carry_out()
    assert step.most_under_way == 1


async def test_a_rolling_stage_starts_the_next_node_when_one_is_done(nodes):
    straggler = asyncio.Event()
    step = SmallStep(waits={"n1": straggler})
    run = Run(stage_of(*nodes, steps=(step,), at_once=2, rolling=True))

    def release(event: ev.Event) -> None:
        if isinstance(event, ev.NodeEnded) and event.node == "n7":
            straggler.set()

    run.seen = release
    assert await run.carry_out() == "done"
    assert step.most_under_way == 2


async def test_a_failed_step_stops_its_node_and_tells_what_was_seen_the_cause_and_the_next_move():
    first, second = SmallStep("one", fails={"n1": 1}), SmallStep("two")
    run = Run(stage_of("n1", "n2", steps=(first, second), max_failed=1))
    assert await run.carry_out() == "partly"
    assert second.ran == ["n2"]
    failed = next(event for event in run.of(ev.StepEnded) if event.outcome == "failed")
    assert (failed.saw, failed.cause, failed.next_move) == ("it broke", "it was made so", "mend it")


@pytest.mark.parametrize("rolling", [False, True])
async def test_a_stage_over_its_failure_budget_starts_no_further_node(nodes, rolling):
    step = SmallStep(fails={"n1": 1, "n2": 1})
    later = SmallStep("later")
    run = Run(
        stage_of(*nodes, steps=(step,), max_failed=1, rolling=rolling), stage_of("x", steps=(later,), key="later")
    )
    assert await run.carry_out() == "failed"
    assert step.ran == ["n1", "n2"]
    assert not later.ran
    assert "n3" in run.of(ev.RolloutEnded)[0].said


async def test_a_settled_step_is_not_carried_out_until_something_changed_before_it():
    write, start = SmallStep("write", holds={"n1"}), SmallStep("start", holds={"n1", "n2"})
    run = Run(stage_of("n1", "n2", steps=(write, start), max_failed=0))
    await run.carry_out()
    assert write.ran == ["n2"]
    assert start.ran == ["n2"]  # its facts said "running", but with the former configuration
    assert run.outcomes() == {"n1": "unchanged", "n2": "done"}


async def test_a_dropped_link_is_waited_for_and_the_step_goes_on():
    step = SmallStep(drops={"n1": 2})
    run = Run(stage_of("n1", steps=(step,)))
    assert await run.carry_out() == "done"
    assert step.ran == ["n1"] * 3
    assert len(run.of(ev.NodeWaiting)) == len(run.of(ev.NodeBack)) == 2


async def test_a_node_that_does_not_come_back_fails_with_its_next_move():
    step = SmallStep(drops={"n1": 1})
    run = Run(stage_of("n1", steps=(step,)))
    run.hosts["n1"].came_back = False
    assert await run.carry_out() == "failed"
    assert run.of(ev.StepEnded)[-1].next_move == "Look at its console."


async def test_a_step_that_does_not_end_is_given_up_after_its_timeout():
    step = SmallStep(timeout_s=0.05, waits={"n1": asyncio.Event()})
    run = Run(stage_of("n1", steps=(step,)))
    assert await run.carry_out() == "failed"
    assert "no end after" in run.of(ev.StepEnded)[-1].saw


async def test_pause_lets_the_step_in_hand_finish_and_starts_no_other():
    gate = asyncio.Event()
    first, second = SmallStep("one", waits={"n1": gate}), SmallStep("two")
    run = Run(stage_of("n1", steps=(first, second)))
    task = asyncio.create_task(run.carry_out())
    while not first.ran:
        await asyncio.sleep(0)
    run.engine.command("pause", "")
    gate.set()
    while not run.of(ev.StepEnded):
        await asyncio.sleep(0)
    await asyncio.sleep(0.05)
    assert not second.ran
    run.engine.command("resume", "")
    assert await task == "done"


async def test_abort_finishes_the_step_in_hand_and_leaves_nodes_in_a_named_state(nodes):
    gate = asyncio.Event()
    first, second = SmallStep("one", waits={"n1": gate}), SmallStep("two")
    run = Run(stage_of(*nodes, steps=(first, second)))
    task = asyncio.create_task(run.carry_out())
    while not first.ran:
        await asyncio.sleep(0)
    run.engine.command("abort", "")
    gate.set()
    assert await task == "aborted"
    assert first.ran == ["n1"]
    assert run.outcomes() == {"n1": "interrupted"}
    assert run.of(ev.RolloutEnded)[0].next_move


async def test_abort_does_not_wait_for_a_node_that_is_gone():
    step = SmallStep(drops={"n1": 1})
    run = Run(stage_of("n1", steps=(step,)))

    async def forever(*, patience_s: float) -> None:
        await asyncio.Event().wait()

    run.hosts["n1"].reconnect = forever
    run.seen = lambda event: run.engine.command("abort", "") if isinstance(event, ev.NodeWaiting) else None
    assert await run.carry_out() == "aborted"


async def test_a_held_rollout_goes_on_after_a_retry():
    step = SmallStep(fails={"n1": 1})
    run = Run(stage_of("n1", "n2", steps=(step,)), hold_s=5)
    run.seen = lambda event: run.engine.command("retry", "n1") if isinstance(event, ev.Held) else None
    assert await run.carry_out() == "done"
    assert step.ran == ["n1", "n1", "n2"]


async def test_a_held_rollout_goes_on_after_a_skip_and_is_partly_done():
    step = SmallStep(fails={"n1": 1})
    run = Run(stage_of("n1", "n2", steps=(step,)), hold_s=5)
    run.seen = lambda event: run.engine.command("skip", "n1") if isinstance(event, ev.Held) else None
    assert await run.carry_out() == "partly"
    assert run.outcomes() == {"n1": "skipped", "n2": "done"}


async def test_a_hold_that_nobody_ends_ends_by_itself():
    run = Run(stage_of("n1", steps=(SmallStep(fails={"n1": 1}),)), hold_s=0.05)
    assert await run.carry_out() == "failed"


async def test_failures_within_the_budget_may_be_retried_at_the_end():
    step = SmallStep(fails={"n1": 1})
    run = Run(stage_of("n1", "n2", steps=(step,), max_failed=1), hold_s=5)
    run.seen = lambda event: run.engine.command("retry", "n1") if isinstance(event, ev.Held) else None
    assert await run.carry_out() == "done"


async def test_a_node_skipped_before_its_turn_is_left_alone(nodes):
    step = SmallStep()
    run = Run(stage_of(*nodes, steps=(step,)))
    run.engine.command("skip", "n5")
    assert await run.carry_out() == "partly"
    assert "n5" not in step.ran


async def test_only_a_node_that_has_failed_can_be_retried():
    run = Run(stage_of("n1", steps=(SmallStep(),)))
    with pytest.raises(WizardError, match="only a node that has failed"):
        run.engine.command("retry", "n1")


@pytest.mark.parametrize("command", ["retry", "skip"])
@pytest.mark.parametrize("node", ["", "worker-O1", "\x1b]0;x\x07"])
async def test_an_unknown_node_is_refused_and_the_nearest_known_one_named(command, node):
    run = Run(stage_of("worker-01", steps=(SmallStep(),)))
    with pytest.raises(WizardError, match="no node of this rollout") as refused:
        run.engine.command(command, node)
    assert "\x1b" not in refused.value.message
    assert ("worker-01" in refused.value.hint) == (node == "worker-O1")


async def test_the_canary_goes_first_and_soaks(nodes):
    step = SmallStep()
    run = Run(stage_of(*nodes, steps=(step,), at_once=3, canary=1, soak_s=0.01))
    assert await run.carry_out() == "done"
    assert [event.nodes for event in run.of(ev.BatchStarted)][0] == ("n1",)
    assert run.of(ev.StageSoaking)


async def test_a_canary_that_is_not_well_after_its_soak_stops_the_stage(nodes):
    act, well = SmallStep("act"), SmallStep("well")
    run = Run(stage_of(*nodes, steps=(act, well), at_once=3, canary=1, soak_s=0.01))

    def fall_ill(event: ev.Event) -> None:
        if isinstance(event, ev.StageSoaking):
            well.fails["n1"] = 1

    run.seen = fall_ill
    assert await run.carry_out() == "failed"
    assert act.ran == ["n1"]
    assert run.outcomes()["n1"] == "failed"


async def test_abort_ends_a_soak(nodes):
    step = SmallStep()
    run = Run(stage_of(*nodes, steps=(step,), at_once=3, canary=1, soak_s=3600))
    run.seen = lambda event: run.engine.command("abort", "") if isinstance(event, ev.StageSoaking) else None
    assert await run.carry_out() == "aborted"
    assert step.ran == ["n1"]


async def test_a_failed_canary_stops_the_stage(nodes):
    step = SmallStep(fails={"n1": 1})
    run = Run(stage_of(*nodes, steps=(step,), at_once=3, canary=1))
    assert await run.carry_out() == "failed"
    assert step.ran == ["n1"]


async def test_a_rollout_that_can_not_be_recorded_stops_with_one_word_about_it(nodes):
    step = SmallStep()
    run = Run(stage_of(*nodes, steps=(step, step), at_once=3))

    def full(event: ev.Event) -> None:
        if isinstance(event, ev.StepEnded):
            raise WizardError("the journal can not be written")

    run.seen = full
    with pytest.raises(WizardError, match="the journal can not be written"):
        await run.carry_out()
    assert len(step.ran) <= 3


async def test_no_node_is_begun_outside_of_the_hours_and_one_that_is_begun_is_finished(nodes, monkeypatch):
    clock = [datetime(2026, 3, 1, 22, 59)]

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return clock[0]

    monkeypatch.setattr(engine, "datetime", Clock)
    monkeypatch.setattr(engine, "CLOCK_S", 0.01)
    first, second = SmallStep("one"), SmallStep("two")
    run = Run(stage_of("n1", "n2", steps=(first, second), hours=Hours.of("22:00-23:00")))

    def pass_time(event: ev.Event) -> None:
        match event:
            case ev.StepStarted(node="n1", step="one"):
                clock[0] = datetime(2026, 3, 1, 23, 5)
            case ev.StageClosed():
                assert (first.ran, second.ran) == (["n1"], ["n1"])
                assert datetime.fromtimestamp(event.until) == datetime(2026, 3, 2, 22, 0)
                clock[0] = datetime(2026, 3, 2, 22, 0)

    run.seen = pass_time
    assert await run.carry_out() == "done"
    assert second.ran == ["n1", "n2"]
    assert [len(run.of(kind)) for kind in (ev.StageClosed, ev.StageOpened)] == [1, 1]


async def test_abort_does_not_wait_for_the_hours(nodes, monkeypatch):
    now = datetime.now()
    shut = f"{(now + timedelta(hours=3)):%H:%M}-{(now + timedelta(hours=4)):%H:%M}"
    step = SmallStep()
    run = Run(stage_of(*nodes, steps=(step,), hours=Hours.of(shut)))
    run.seen = lambda event: run.engine.command("abort", "") if isinstance(event, ev.StageClosed) else None
    assert await run.carry_out() == "aborted"
    assert step.ran == []


def held_for(*words: tuple[str, str], run: Run) -> None:
    """Say one word each time that the rollout is held."""
    left = list(words)

    def answer(event: ev.Event) -> None:
        if isinstance(event, ev.Held):
            asyncio.get_running_loop().call_soon(run.engine.command, *(left.pop(0) if left else ("abort", "")))

    run.seen = answer


async def test_a_failed_node_is_put_back_and_left_out_while_the_others_go_on():
    step, undo = SmallStep("act", fails={"n1": 1}), SmallStep("undo")

    async def back(node, hosts):
        return stage_of(node, steps=(undo,), key=f"back-{node}")

    stage = stage_of("n1", "n2", steps=(step,))
    run = Run(stage, hold_s=5, back=back)
    held_for(("back", "n1"), run=run)
    assert await run.carry_out() == "partly"
    assert (undo.ran, step.ran) == (["n1"], ["n1", "n2"])
    assert run.outcomes() == {"n1": "skipped", "n2": "done"}
    assert [event.node for event in run.of(ev.StageAdded)] == ["n1"]
    progress = Progress()
    for event in (ev.RolloutStarted(cluster="c", run="r", digest="d", stages=(stage.outline(),)), *run.told):
        progress.apply(event)
    assert progress.nodes["n1"].state == "skipped"
    assert progress.title("back-n1", "undo") == undo.title


async def test_a_node_that_can_not_go_back_says_why_and_may_still_be_retried():
    step = SmallStep("act", fails={"n1": 1})

    async def back(node, hosts):
        raise WizardError(f"{node}: its etcd has met the new one", hint="Go forward.")

    run = Run(stage_of("n1", steps=(step,)), hold_s=5, back=back)
    held_for(("back", "n1"), ("retry", "n1"), run=run)
    assert await run.carry_out() == "done"
    assert any("refused: n1: its etcd" in event.said for event in run.of(ev.CommandTaken))


async def test_where_nothing_can_be_put_back_the_word_is_refused():
    run = Run(stage_of("n1", steps=(SmallStep(),)))
    with pytest.raises(WizardError, match="nothing can be put back"):
        run.engine.command("back", "n1")
