"""What the keys of the rollout screen do, and what the engine is told."""

import pytest

from screens import words
from tests.screens.conftest import drained, engine, seen, settled, showing
from tests.screens.rollouts import Run
from wizard.rollout import events as ev
from wizard.rollout.journal import read_whole
from wizard.rollout.process import JOURNAL
from wizard.rollout.progress import Progress


async def test_pause_and_resume_are_one_key(run: Run) -> None:
    run.running()
    async with engine(run) as told, showing(run) as pilot:
        await pilot.press("p")
        await settled(pilot)
        assert told == [("pause", "")]
        run.write(ev.CommandTaken(command="pause", said="paused"))
        await drained(pilot)
        assert "Paused" in seen(pilot.app)
        assert "p Resume" in seen(pilot.app)
        await pilot.press("p")
        await settled(pilot)
        assert told == [("pause", ""), ("resume", "")]


async def test_what_the_engine_answers_stays_in_the_status_line(run: Run) -> None:
    run.running()
    async with engine(run), showing(run) as pilot:
        await pilot.press("p")
        await settled(pilot)
        await drained(pilot)
        assert "pause taken" in seen(pilot.app)


async def test_what_the_engine_answered_on_the_way_is_gone_at_the_end(run: Run) -> None:
    run.running()
    async with engine(run), showing(run) as pilot:
        await pilot.press("p")
        await settled(pilot)
        run.write(ev.RolloutEnded(outcome="done", said="11 of 11 nodes done"))
        await drained(pilot)
        assert "11 of 11 nodes done" in seen(pilot.app)
        assert "pause taken" not in seen(pilot.app)


async def test_a_refusal_is_shown_with_its_hint(run: Run) -> None:
    run.failed()
    async with engine(run, refuses="worker-4: it is being retried"), showing(run) as pilot:
        await pilot.press("r")
        await settled(pilot)
        assert "worker-4: it is being retried. Wait for it." in seen(pilot.app)


async def test_a_long_refusal_is_shown_whole(run: Run) -> None:
    run.failed()
    async with engine(run, refuses="worker-4: " + "word " * 30 + "end"), showing(run) as pilot:
        await pilot.press("r")
        await settled(pilot)
        assert "end. Wait for it." in " ".join(seen(pilot.app).split())


async def test_retry_is_there_for_a_failed_node_alone(run: Run) -> None:
    run.failed()
    async with engine(run) as told, showing(run) as pilot:
        await pilot.press("r")
        await settled(pilot)
        assert told == [("retry", "worker-4")]
        await pilot.press("home", "r")
        await settled(pilot)
        assert told == [("retry", "worker-4")]
        assert "r Retry" not in seen(pilot.app)


@pytest.mark.parametrize(("key", "command"), [("a", ("abort", "")), ("s", ("skip", "worker-4"))])
async def test_abort_and_skip_ask_first(run: Run, key: str, command: tuple[str, str]) -> None:
    run.failed()
    async with engine(run) as told, showing(run) as pilot:
        await pilot.press(key)
        await pilot.pause()
        await pilot.press("enter")  # the harmless answer has the focus
        await settled(pilot)
        assert told == []
        await pilot.press(key)
        await pilot.pause()
        await pilot.press("y")
        await settled(pilot)
        assert told == [command]


async def test_the_question_says_what_abort_does(run: Run) -> None:
    run.running()
    async with showing(run) as pilot:
        await pilot.press("a")
        await pilot.pause()
        text = seen(pilot.app)
    assert "finishes the step that it is in" in text
    assert "interrupted" in text
    assert "rancher-wizard apply cluster.yaml" in text


async def test_detach_leaves_and_tells_the_engine_nothing(run: Run) -> None:
    run.running()
    async with engine(run) as told, showing(run) as pilot:
        await pilot.press("d")
        await pilot.pause()
        assert pilot.app.return_value == 0
        assert told == []


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_quitting_a_live_rollout_says_how_to_come_back(run: Run, key: str) -> None:
    run.running()
    async with showing(run) as pilot:
        await pilot.press(key)
        await pilot.pause()
        assert "rancher-wizard attach prod" in seen(pilot.app)
        await pilot.press("n")
        await pilot.pause()
        assert pilot.app.is_running
        assert pilot.app.return_value is None
        await pilot.press(key)
        await pilot.pause()
        await pilot.press("y")
        await pilot.pause()
        assert pilot.app.return_value == 0


@pytest.mark.parametrize(
    ("outcome", "code"),
    [("done", 0), ("unchanged", 0), ("failed", 1), ("partly", 4), ("interrupted", 4), ("aborted", 4)],
)
async def test_the_exit_code_tells_the_outcome(run: Run, outcome: ev.RolloutOutcome, code: int) -> None:
    run.to_agents()
    run.write(ev.RolloutEnded(outcome=outcome, said="9 of 11 nodes done", next_move="Go on with: apply"))
    async with showing(run) as pilot:
        assert "9 of 11 nodes done. Go on with: apply." in seen(pilot.app)
        await pilot.press("q")
        await pilot.pause()
        assert pilot.app.return_value == code


def test_what_stays_on_the_terminal_after_the_end_names_the_outcome_and_the_report(run: Run) -> None:
    run.done()
    progress = Progress()
    for event in read_whole(run.folder / JOURNAL):
        progress.apply(event)
    said, told = words.ended(run.folder, progress).splitlines()
    assert said.startswith("prod: ")
    assert told.startswith("all of it, with times: rancher-wizard report ")
