"""The screen of checks: what it shows of a node, and what its keys do."""

import asyncio
from pathlib import Path

import pytest
from textual.widgets import Input

from screens.glyphs import ASCII
from screens.widgets.matrix_checks import CheckMatrix
from tests.screens.checkings import BY_FACTS, Bench, chosen, drained
from tests.screens.conftest import seen
from tests.unit.checks.machines import machine
from tests.unit.checks.specs import spec
from wizard.errors import Unreachable
from wizard.preflight import blank

SWAP = machine("worker-1", swap_mib="512")
STRANGE = machine("cp-1", arch="riscv64")


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


async def test_nodes_fill_in_as_they_are_judged() -> None:
    bench = Bench()
    bench.held.clear()
    async with bench.shown() as pilot:
        text = seen(pilot.app)
        assert "looked at 0 of 2" in text
        assert "This node is being looked at now." in text
        bench.held.set()
        await drained(pilot)
        text = seen(pilot.app)
        assert "done" in text.splitlines()[0]
        assert "✓" in next(line for line in text.splitlines() if "cp-1" in line)


async def test_a_finding_is_told_with_all_there_is_to_it() -> None:
    async with Bench({"worker-1": SWAP}).shown() as pilot:
        await pilot.press("down", "right", "right", "enter")
        await drained(pilot)
        assert chosen(pilot) == ("worker-1", "memory.swap")
        text = " ".join(seen(pilot.app).split())
        assert "✗ fail should memory.swap: Swap" in text
        for words in ("Saw 512 MiB", "Wanted no swap", "Next Set prepare.swap_off", "Why The kubelet", "Source Kuber"):
            assert words in text
        await pilot.press("escape")
        await drained(pilot)
        assert chosen(pilot) == ("worker-1", "hardware")


async def test_the_filter_shows_what_is_not_ok_and_says_so() -> None:
    async with Bench({"worker-1": SWAP}).shown() as pilot:
        await pilot.press("f")
        await drained(pilot)
        assert pilot.app.screen.query_one(CheckMatrix).shown == ("worker-1",)
        assert "only not ok  1 of 2 nodes" in seen(pilot.app)
    async with Bench().shown() as pilot:
        await pilot.press("f")
        await drained(pilot)
        assert "everything is ok; f shows all nodes" in seen(pilot.app)


async def test_a_node_is_found_by_a_part_of_its_name() -> None:
    async with Bench().shown() as pilot:
        await pilot.press("slash", *"WORK", "enter")
        await drained(pilot)
        assert pilot.app.screen.query_one(CheckMatrix).shown == ("worker-1",)
        await pilot.press("slash", *"[x", "enter")
        await drained(pilot)
        assert "no node has [x in its name here" in seen(pilot.app)
        await pilot.press("escape")
        await drained(pilot)
        assert len(pilot.app.screen.query_one(CheckMatrix).shown) == 2


async def test_one_cell_one_column_and_everything_are_checked_again() -> None:
    bench = Bench({"worker-1": SWAP})
    async with bench.shown() as pilot:
        bench.outcomes["worker-1"] = machine("worker-1")
        bench.looks.clear()
        await pilot.press("down", "right", "right", "r")
        await drained(pilot)
        assert bench.looks == ["worker-1"]
        assert "✗" not in next(line for line in seen(pilot.app).splitlines() if "worker-1  " in line)
        await pilot.press("c")
        await drained(pilot)
        assert bench.looks == ["worker-1", "cp-1", "worker-1"]
        await pilot.press("R")
        await drained(pilot)
        assert bench.looks[3:] == ["cp-1", "worker-1"]


async def test_a_should_is_waived_with_a_reason_that_lands_in_the_report(tmp_path: Path) -> None:
    bench = Bench({"worker-1": SWAP})
    async with bench.shown() as pilot:
        await pilot.press("down", "right", "right", "w")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.app.workers.wait_for_complete()
        assert "Give a reason" in seen(pilot.app)
        await pilot.press(*"test machine", "enter")
        await pilot.app.workers.wait_for_complete()
        await drained(pilot)
        assert "w 1 waived" in seen(pilot.app)
        assert "0 fail" not in seen(pilot.app)
        await pilot.press("s")
        await pilot.pause()
        pilot.app.screen.query_one(Input).value = str(tmp_path / "checks.md")
        await pilot.press("enter")
        await pilot.app.workers.wait_for_complete()
        await drained(pilot)
        assert "waived: test machine" in (tmp_path / "checks.md").read_text()
        later = blank(spec(), BY_FACTS, {})
        assert [(each.node, each.check) for each in later.waivers] == [("worker-1", "memory.swap")]
        await pilot.press("w")
        await drained(pilot)
        assert "memory.swap counts again on worker-1" in seen(pilot.app)
        assert "✗ 1 fail" in seen(pilot.app)
        assert not blank(spec(), BY_FACTS, {}).waivers


async def test_a_must_is_not_waived_here_and_how_to_force_it_is_said() -> None:
    bench = Bench({"cp-1": STRANGE})
    async with bench.shown() as pilot:
        assert "1 must be mended" in seen(pilot.app)
        await pilot.press("right", "right", "enter", "w")
        await drained(pilot)
        assert "--force-check cpu.architecture --reason TEXT" in " ".join(seen(pilot.app).split())
        assert not bench.checking.board.matrix.waivers


async def test_what_a_node_says_is_shown_as_it_is_and_never_acted_upon() -> None:
    hostile = Unreachable("cp-1", "[/red]\x1b]0;owned\x07 [bold]no\x1b[2Jway")
    async with Bench({"cp-1": hostile}).shown() as pilot:
        text = seen(pilot.app)
        assert "[/red]" in text
        assert "\x1b" not in text
        assert "owned" not in text


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_every_column_is_in_view_without_scrolling(size: tuple[int, int]) -> None:
    async with Bench().shown(size) as pilot:
        columns = pilot.app.screen.query_one(CheckMatrix).columns
        assert (columns.first, columns.last) == (0, len(Bench().checking.board.groups))


async def test_an_ascii_terminal_gets_ascii() -> None:
    async with Bench({"worker-1": SWAP}).shown(glyphs=ASCII) as pilot:
        assert "X" in next(line for line in seen(pilot.app).splitlines() if "worker-1" in line)


async def test_work_is_done_in_turn_and_ends_with_the_screen() -> None:
    bench = Bench()
    async with bench.shown() as pilot:
        bench.held.clear()
        await pilot.press("R", "R")
        await drained(pilot)
        assert "1 more to come" in seen(pilot.app)
        assert len(bench.looks) == 4
        await pilot.press("q")
    assert bench.checking.doing == ()


async def test_the_board_and_the_matrix_count_the_same() -> None:
    bench = Bench({"worker-1": SWAP, "cp-1": STRANGE})
    bench.checking.run()
    while bench.checking.doing:
        await asyncio.sleep(0)
    board = bench.checking.board
    board.take()
    assert board.stops == len(board.matrix.stops())
    assert board.totals["fail"] == sum(1 for _, each in board.matrix.open() if each.verdict == "fail")
    for node in board.matrix.nodes:
        for group in board.groups:
            assert board.cell(node, group)[0] == board.matrix.worst(node, group)
