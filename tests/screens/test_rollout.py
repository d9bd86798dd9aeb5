"""What the rollout screen shows."""

import asyncio

import pytest

from screens.glyphs import ASCII, UNICODE
from screens.rollout import RolloutApp
from screens.widgets.nodes import NodeList
from tests.screens.conftest import drained, engine, seen, showing
from tests.screens.rollouts import STAGES, Run, stage
from wizard.rollout import events as ev
from wizard.rollout.process import JOURNAL


async def test_the_head_names_cluster_batch_progress_and_predicted_end(run: Run) -> None:
    run.running()
    async with showing(run) as pilot:
        text = seen(pilot.app)
    assert "prod" in text
    assert "agents 3-4 of 8, batch 2 of 4" in text
    assert "55 %" in text
    assert "15m 12s so far, ends about 16:33 (in 18 min)" in text


@pytest.mark.parametrize("simulated", [True, False])
async def test_a_simulated_rollout_is_marked_so(run: Run, simulated: bool) -> None:
    run.begin(simulated=simulated)
    async with showing(run) as pilot:
        assert ("simulated" in seen(pilot.app).splitlines()[0]) is simulated
        await pilot.press("home", "enter")
        await pilot.pause()
        assert ("simulated" in seen(pilot.app).splitlines()[0]) is simulated


async def test_each_node_has_a_word_for_its_state_its_step_and_how_far_it_is(run: Run, line_of) -> None:
    run.running()
    async with showing(run, (120, 30)) as pilot:
        running = line_of(pilot, "▶ running")
        assert "worker-3" in running
        assert "Install RKE2 (3/5)" in running
        assert "45 %" in running
        assert "? unreachable" in line_of(pilot, "worker-4")
        assert "waits: ssh" in line_of(pilot, "worker-4")
        assert "batch 3 of 4" in line_of(pilot, "worker-5")


async def test_the_selection_follows_the_work_until_the_operator_moves_it(run: Run) -> None:
    run.to_agents()
    run.start("agents", "worker-3", 0)
    async with showing(run) as pilot:
        nodes = pilot.app.screen.query_one(NodeList)
        assert nodes.selected == "worker-3"
        run.write(ev.NodeEnded(stage="agents", node="worker-3", outcome="done"))
        run.start("agents", "worker-4", 0)
        await drained(pilot)
        assert nodes.selected == "worker-4"
        await pilot.press("home")
        run.start("agents", "worker-5", 0)
        await drained(pilot)
        assert nodes.selected == "cp-1"
        await pilot.press("full_stop")
        assert nodes.selected == "worker-4"


async def test_a_click_selects_a_node_and_shows_its_log(run: Run) -> None:
    run.running()
    async with showing(run) as pilot:
        await pilot.click("#nodes", offset=(10, 1))
        await pilot.pause()
        assert pilot.app.screen.query_one(NodeList).selected == "cp-2"
        assert "install rke2 on cp-2" in seen(pilot.app)


async def test_a_failure_says_what_was_seen_its_likely_cause_and_the_next_move(run: Run) -> None:
    run.failed()
    async with showing(run) as pilot:
        text = seen(pilot.app)
    assert "worker-4 failed: Install RKE2" in text
    assert "No space left on device" in text
    assert "212 MiB free" in text
    assert "Free 4 GiB in /var/lib/rancher, then press r." in text
    assert "Held: Agents: more nodes failed" in text


async def test_nodes_that_failed_alike_are_told_apart(run: Run) -> None:
    run.to_agents()
    for name in ("worker-3", "worker-4"):
        run.start("agents", name, 2)
        run.fail("agents", name, 2, saw="exit 2", next_move="Retry it.")
    async with showing(run) as pilot:
        assert "worker-3 failed" in seen(pilot.app)
        await pilot.press("down")
        await pilot.pause()
        assert "worker-4 failed" in seen(pilot.app)


async def test_the_filter_goes_from_all_to_failed_to_running(run: Run) -> None:
    run.failed()
    run.start("agents", "worker-5", 0)
    async with showing(run) as pilot:
        await pilot.press("f")
        await pilot.pause()
        text = seen(pilot.app)
        assert "✗ failed" in text
        assert "cp-1" not in text
        await pilot.press("f")
        await pilot.pause()
        text = seen(pilot.app)
        assert "worker-5" in text
        assert "✗ failed" not in text
        await pilot.press("f")
        await pilot.pause()
        assert "cp-1" in seen(pilot.app)


async def test_an_empty_filter_says_so(run: Run) -> None:
    run.running()
    async with showing(run) as pilot:
        await pilot.press("f")
        await pilot.pause()
        assert "no node is failed" in seen(pilot.app)


async def test_a_stopped_engine_is_told_in_words_with_the_next_move(run: Run) -> None:
    run.running()
    async with showing(run) as pilot:
        feed = pilot.app.feed  # type: ignore[attr-defined]
        await feed.watch()
        run.at += 3
        await feed.watch()
        await drained(pilot)
        text = " ".join(seen(pilot.app).split())
        assert "The engine stopped; nothing on nodes is lost." in text
        assert "rancher-wizard apply cluster.yaml" in text
        assert "p Pause" not in text
        async with engine(run):
            await feed.watch()
        await drained(pilot)
        assert "The engine stopped" not in seen(pilot.app)


async def test_an_engine_that_has_not_begun_is_given_time(run: Run) -> None:
    async with showing(run) as pilot:
        feed = pilot.app.feed  # type: ignore[attr-defined]
        await feed.watch()
        run.at += 10
        await feed.watch()
        assert not feed.lost
        run.at += 30
        await feed.watch()
        (run.folder / "engine.log").write_text("its last words\n")
        await drained(pilot)
        words = seen(pilot.app).split()
        assert "No engine answers yet." in " ".join(words)
        assert "engine.log" in "".join(words)  # the path may be long enough to be cut


async def test_a_rollout_refused_before_its_first_step_says_why_line_by_line(run: Run) -> None:
    run.write(
        ev.RolloutEnded(
            outcome="failed", said="cluster.yaml:3: name: one\ncluster.yaml:9: role: two", next_move="Mend."
        )
    )
    async with showing(run) as pilot:
        lines = seen(pilot.app).splitlines()
    assert " cluster.yaml:3: name: one" in lines
    assert any(line.startswith(" cluster.yaml:9: role: two. Mend.") for line in lines)


async def test_a_journal_that_goes_on_shows_that_the_engine_lives(run: Run) -> None:
    run.running()
    async with showing(run) as pilot:
        feed = pilot.app.feed  # type: ignore[attr-defined]
        await feed.watch()
        run.at += 2
        run.said("worker-3", "still here")
        await drained(pilot)
        run.at += 2
        await feed.watch()
        assert not feed.lost


async def test_a_small_terminal_asks_for_more_and_the_screen_comes_back(run: Run) -> None:
    run.running()
    async with showing(run) as pilot:
        await pilot.resize_terminal(60, 20)
        await pilot.pause()
        assert seen(pilot.app).strip() == "Please enlarge to 80x24"
        await pilot.press("enter")
        await pilot.pause()
        assert seen(pilot.app).strip() == "Please enlarge to 80x24"
        await pilot.press("escape")
        run.said("worker-3", "said while too small")
        await drained(pilot)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "said while too small" in seen(pilot.app)
        assert "agents 3-4 of 8" in seen(pilot.app)


async def test_the_log_is_beside_the_list_where_there_is_room(run: Run, line_of) -> None:
    run.running()
    async with showing(run, (110, 24)) as pilot:
        assert "log worker-3" in line_of(pilot, "11 nodes")
        await pilot.resize_terminal(109, 24)
        await pilot.pause()
        assert "log worker-3" not in line_of(pilot, "11 nodes")


async def test_a_terminal_without_unicode_gets_ascii_alone(run: Run) -> None:
    run.failed()
    run.said("worker-4", "naïve 日本 ✓")
    async with showing(run, glyphs=ASCII) as pilot:
        for key in ("f1", "a", "escape", "question_mark"):
            assert seen(pilot.app).isascii()
            await pilot.press(key)
            await pilot.pause()
        assert seen(pilot.app).isascii()


async def test_help_lists_keys_and_what_the_states_mean(run: Run) -> None:
    run.running()
    async with showing(run, (100, 40)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        text = seen(pilot.app)
        assert "pause: no new step starts" in text
        assert "interrupted" in text
        await pilot.press("escape")
        await pilot.pause()
        assert "pause: no new step starts" not in seen(pilot.app)


async def test_a_thousand_nodes_are_drained_and_reached(run: Run) -> None:
    names = tuple(f"worker-{number:04}" for number in range(1, 1001))
    run.begin(stage("agents", "Agents", "agents", *(names[first : first + 100] for first in range(0, 1000, 100))))
    run.batch("agents", 1, names[:100])
    async with showing(run) as pilot:
        for name in names[:100]:
            run.start("agents", name, 2, percent=30, doing="importing")
        await drained(pilot)
        text = seen(pilot.app)
        assert "1000 nodes  100 running" in text
        assert "agents 1-100 of 1000, batch 1 of 10" in text
        await pilot.press("end")
        await pilot.pause()
        assert "worker-1000" in seen(pilot.app)
        await pilot.press("pageup")
        await pilot.pause()
        assert pilot.app.screen.query_one(NodeList).selected not in ("worker-1000", "worker-0001")


async def test_a_damaged_journal_is_told_of_and_the_rest_is_shown(run: Run) -> None:
    run.to_agents()
    async with showing(run) as pilot:
        with (run.folder / JOURNAL).open("a") as file:
            file.write("no record\n")
        pilot.app.screen.drain()  # type: ignore[attr-defined]
        run.start("agents", "worker-3", 0)
        await drained(pilot)
        assert "Part of the journal can't be shown" in seen(pilot.app)
        assert "▶ running" in seen(pilot.app)


async def test_a_long_journal_is_caught_up_with_by_itself(run: Run) -> None:
    run.running()
    with (run.folder / JOURNAL).open("a") as file:
        for number in range(20_000):
            event = ev.NodeOutput(node="worker-3", lines=(f"old news {number}",))
            file.write(ev.to_line(event, number) + "\n")
    app = RolloutApp(run.folder, now=run.now, glyphs=UNICODE)
    async with app.run_test() as pilot, asyncio.timeout(20):
        while "old news 19999" not in seen(app):
            await pilot.pause(0.02)


async def test_nothing_journalled_yet_is_a_screen_too(run: Run) -> None:
    async with showing(run) as pilot:
        assert "waiting for the engine" in seen(pilot.app)
        run.begin(*STAGES)
        await drained(pilot)
        assert "11 nodes" in seen(pilot.app)
