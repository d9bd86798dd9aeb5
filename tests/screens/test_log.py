"""A node's log: hostile text, search, scrolling, copying, and the whole screen of it."""

import pytest

from screens.widgets.node_log import NodeLog
from tests.screens.conftest import drained, seen, showing
from tests.screens.rollouts import Run


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("[/oops] [bold]not bold[/]", "[/oops] [bold]not bold[/]"),
        ("\x1b]0;owned\x07\x1b[2Jred \x1b[31malert\x1b[0m", "red alert"),
        ("tick ✅ family 👨‍👩‍👧 end", "end"),
        ("日本語のログ", "日本語のログ"),
        ("\x9b31mC1\x85\u202egnorw", "C1gnorw"),
        ("a\tb", "a       b"),
    ],
)
async def test_hostile_text_is_shown_as_text(run: Run, said: str, shown: str) -> None:
    run.running()
    run.said("worker-3", said)
    async with showing(run) as pilot:
        text = seen(pilot.app)
    assert shown in text
    assert "\x1b" not in text


async def test_hostile_failures_and_answers_are_shown_as_text(run: Run) -> None:
    run.to_agents()
    run.start("agents", "worker-3", 2)
    run.fail("agents", "worker-3", 2, saw="[/oops] \x1b[31mdisk", cause="[red]日本[/red]", next_move="\x07[b]wait")
    async with showing(run) as pilot:
        text = seen(pilot.app)
    assert "[/oops] disk" in text
    assert "[red]日本[/red]" in text
    assert "[b]wait" in text


async def test_a_line_of_ten_thousand_characters_is_folded_and_the_rest_still_shown(run: Run) -> None:
    run.running()
    run.said("worker-3", "x" * 10_000, "after it")
    async with showing(run) as pilot:
        text = seen(pilot.app)
    assert "after it" in text
    assert "x" * 70 in text


async def test_a_search_finds_walks_and_ends(run: Run) -> None:
    run.running()
    run.said("worker-3", *(f"line {number}{' NEEDLE' if number in (3, 40) else ''}" for number in range(60)))
    async with showing(run) as pilot:
        await pilot.press("slash", *"needle", "enter")
        await pilot.pause()
        assert "line 40 NEEDLE" in seen(pilot.app)
        assert "line 2 of 2" in seen(pilot.app)
        await pilot.press("n")
        await pilot.pause()
        assert "line 3 NEEDLE" in seen(pilot.app)
        await pilot.press("N")
        await pilot.pause()
        assert "line 40 NEEDLE" in seen(pilot.app)
        await pilot.press("escape")
        await pilot.pause()
        assert "NEEDLE" not in seen(pilot.app)
        assert "line 59" in seen(pilot.app)


async def test_a_search_that_finds_nothing_says_so(run: Run) -> None:
    run.running()
    async with showing(run) as pilot:
        await pilot.press("slash", *"zebra", "enter")
        await pilot.pause()
        assert "'zebra': not found" in seen(pilot.app)


async def test_letters_typed_into_the_search_are_no_commands(run: Run) -> None:
    run.running()
    async with showing(run) as pilot:
        await pilot.press("slash", *"dpaq")
        await pilot.pause()
        assert pilot.app.is_running
        assert len(pilot.app.screen_stack) == 1
        assert pilot.app.return_value is None


async def test_a_log_scrolled_up_stands_still_until_its_end_is_wanted(run: Run) -> None:
    run.running()
    run.said("worker-3", *(f"old {number}" for number in range(100)))
    async with showing(run) as pilot:
        lines = pilot.app.screen.query_one(NodeLog)
        lines.focus()
        await pilot.press("home")
        await pilot.pause()
        before = seen(pilot.app)
        assert "held while you read" in before
        run.said("worker-3", *(f"new {number}" for number in range(100)))
        await drained(pilot)
        assert "new" not in seen(pilot.app)
        await pilot.press("end")
        await pilot.pause()
        await drained(pilot)
        assert "new 99" in seen(pilot.app)
        assert "held while you read" not in seen(pilot.app)


async def test_escape_lets_a_held_log_go_on_from_the_list_too(run: Run) -> None:
    run.running()
    run.said("worker-3", *(f"old {number}" for number in range(100)))
    async with showing(run) as pilot:
        pilot.app.screen.query_one(NodeLog).scroll_to(y=0, animate=False)
        await pilot.pause()
        assert "held while you read" in seen(pilot.app)
        await pilot.press("escape")
        await pilot.pause()
        assert "old 99" in seen(pilot.app)


async def test_copy_takes_the_failure_and_says_where_the_log_is(run: Run) -> None:
    run.failed()
    (run.folder / "hosts").mkdir()
    (run.folder / "hosts" / "worker-4.log").write_text("all of it\n")
    async with showing(run, (200, 50)) as pilot:
        await pilot.press("y")
        await pilot.pause()
        assert "Likely: The file system of /var/lib/rancher is full" in pilot.app.clipboard
        assert "hosts/worker-4.log" in seen(pilot.app)


async def test_copy_takes_the_log_of_a_node_that_did_not_fail(run: Run) -> None:
    run.running()
    async with showing(run, (200, 50)) as pilot:
        await pilot.press("y")
        await pilot.pause()
        assert "[INFO]  verifying tarball" in pilot.app.clipboard
        assert "journal.jsonl" in seen(pilot.app)


async def test_enter_shows_the_log_on_the_whole_screen_live_and_escape_comes_back(run: Run) -> None:
    run.failed()
    async with showing(run) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert "worker-4 failed" in seen(pilot.app)
        assert "agents 3-4" not in seen(pilot.app)
        run.said("worker-4", "one more line")
        await drained(pilot)
        pilot.app.screen.drain()  # type: ignore[attr-defined]
        await pilot.pause()
        assert "one more line" in seen(pilot.app)
        await pilot.press("escape")
        await pilot.pause()
        assert "agents 3-4" in seen(pilot.app)
