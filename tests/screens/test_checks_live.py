"""The checks' screens over a simulated site, which answers the product's own scripts over SSH."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from textual.pilot import Pilot

from screens.checks import ChecksApp
from screens.glyphs import UNICODE
from screens.links import LinksScreen
from tests.screens.conftest import seen
from tests.screens.scripted import Terminal
from tests.screens.sites import site
from wizard.apply import Given
from wizard.checking import Checking, open_checking
from wizard.exits import REFUSED
from wizard.review import review_draft
from wizard.simulator.process import start


@contextlib.asynccontextmanager
async def checked(
    folder: Path, *, fail: Mapping[str, str] | None = None, swap_mib: int = 0, strange: bool = False
) -> AsyncIterator[tuple[Pilot[None], Checking]]:
    """Check four simulated machines, the worker with some swap, and show the result.

    With `strange`, nobody has recorded their host keys.
    """
    async with site(folder, page="review", fail=fail) as (simulated, draft):
        if strange:
            simulated.known_hosts.write_text("")
        simulated.site.nodes["worker-001"].swap_mib = swap_mib
        spec = review_draft(draft, given=Given()).spec
        assert spec
        async with open_checking(spec, folder, Given()) as checking:
            app = ChecksApp(checking, glyphs=UNICODE)
            async with app.run_test(size=(80, 24)) as pilot:
                checking.run()
                await until(pilot, checking)
                yield pilot, checking


async def until(pilot: Pilot[None], checking: Checking) -> None:
    """Wait until nothing is being done, and draw it; the test's own time limit ends it otherwise."""
    await pilot.pause()
    while checking.doing:
        await asyncio.sleep(0.02)
    await pilot.pause()
    for screen in pilot.app.screen_stack:
        if drain := getattr(screen, "drain", None):
            drain()
    await pilot.pause()


async def opened(pilot: Pilot[None], text: str) -> None:
    """Wait until `text` is on the screen."""
    for _ in range(1000):
        if text in " ".join(seen(pilot.app).split()):
            return
        await asyncio.sleep(0.02)
        await pilot.pause()
    raise AssertionError(f"{text!r} did not come:\n{seen(pilot.app)}")


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


async def test_a_blocked_pair_comes_first_and_says_what_mends_it(tmp_path: Path) -> None:
    async with checked(tmp_path, fail={"cp-2": "network"}) as (pilot, checking):
        await pilot.press("n")
        await until(pilot, checking)
        screen = pilot.app.screen
        assert isinstance(screen, LinksScreen)
        source, target = screen.pair() or ("", "")
        assert target == "cp-2"
        text = " ".join(seen(pilot.app).split())
        assert f"✗ no answer {source}" in text
        assert "8472/udp no answer: none of" in text
        assert "Next No rule on these nodes blocks it" in text
        await pilot.press("v")
        await until(pilot, checking)
        assert screen.pair() == (source, target)
        row = next(line for line in seen(pilot.app).splitlines() if f" {source} " in line)
        assert row.count("✗") == 1
        assert screen.chosen() == ("cp-2", "network")
        await pilot.press("v")
        await until(pilot, checking)
        text = seen(pilot.app)
        assert "server to server: 8472/udp closed on 2 ways" in text
        assert any(line.strip(" │┃█▌").startswith("agent  ") for line in text.splitlines())
        await pilot.press("v")
        await until(pilot, checking)
        assert screen.pair() == (source, target)


async def test_pairs_are_filtered_and_searched(tmp_path: Path) -> None:
    async with checked(tmp_path, fail={"cp-2": "network"}) as (pilot, checking):
        await pilot.press("n", "f")
        await until(pilot, checking)
        screen = pilot.app.screen
        assert isinstance(screen, LinksScreen)
        assert set(screen.shown()) == {"cp-1", "cp-2", "cp-3", "worker-001"}
        await pilot.press("slash", *"worker", "enter")
        await until(pilot, checking)
        assert set(screen.shown()) == {"cp-2", "worker-001"}
        await pilot.press("escape", "escape")
        await pilot.pause()
        assert not isinstance(pilot.app.screen, LinksScreen)


async def test_a_fix_is_shown_first_done_on_consent_verified_and_taken_back(tmp_path: Path) -> None:
    async with checked(tmp_path, swap_mib=2048) as (pilot, checking):
        matrix = checking.board.matrix
        assert [each.check for _, each in matrix.open("worker-001") if each.fix == "swap"] == ["memory.swap"]
        await pilot.press("end", "right", "right", "enter", "m")
        await opened(pilot, "Mend this on 1 node?")
        assert "# swapoff" in seen(pilot.app)
        await pilot.press("n")
        await until(pilot, checking)
        assert not checking.mended(["worker-001"])
        assert "memory.swap" in {each.check for _, each in matrix.open("worker-001")}
        await pilot.press("m")
        await opened(pilot, "Mend this on 1 node?")
        await pilot.press("y")
        await opened(pilot, "checked again")
        assert "memory.swap" not in {each.check for _, each in matrix.open("worker-001")}
        assert [mend.id for _, mend in checking.mended(["worker-001"])] == ["swap"]
        await pilot.press("u")
        await opened(pilot, "Take this back?")
        await pilot.press("y")
        await opened(pilot, "Taken back on 1 node")
        assert not checking.mended(["worker-001"])
        assert "memory.swap" in {each.check for _, each in matrix.open("worker-001")}


async def test_unknown_host_keys_are_shown_by_themselves_accepted_once_and_the_nodes_checked(tmp_path: Path) -> None:
    async with checked(tmp_path, strange=True) as (pilot, checking):
        await opened(pilot, "4 host keys not known yet")
        assert set(checking.strangers) == set(checking.board.matrix.nodes)
        await pilot.press("n")
        await opened(pilot, "No key was accepted; t shows them again")
        await pilot.press("t")
        await opened(pilot, "Accept all 4 (y)")
        await pilot.press("y")
        await opened(pilot, "4 host keys accepted; 4 nodes checked again.")
        await until(pilot, checking)
        assert checking.strangers == ()
        assert checking.board.stops == 0


async def test_where_no_fix_is_known_the_text_stays_the_next_move(tmp_path: Path) -> None:
    async with checked(tmp_path) as (pilot, _):
        await pilot.press("m")
        await opened(pilot, "The wizard has no fix of its own here")
        await pilot.press("u")
        await opened(pilot, "Nothing was mended on this node")


def test_check_on_a_terminal_opens_the_screen_and_ends_with_the_verdict(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    simulation = start(folder, nodes=3, servers=3, speed=1000, seed=1, fail={"cp-2": "ports.free"})
    try:
        terminal = Terminal("check", str(simulation.spec), term="xterm", state=tmp_path / "state", folder=tmp_path)
        terminal.expect("done", within_s=60)
        terminal.type("q")
        terminal.expect("1 failed; 1 must be mended")
        assert terminal.end() == REFUSED
    finally:
        simulation.close()
