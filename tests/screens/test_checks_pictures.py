"""How the checks look; run with --snapshot-update after a change that is meant, and look at each picture."""

from itertools import product
from typing import Any

import pytest
from textual.pilot import Pilot

from screens.checks import ChecksApp
from screens.glyphs import ASCII, UNICODE, Glyphs
from tests.screens.checkings import Bench, drained
from tests.screens.wizards import SIZES, THEMES
from tests.unit.checks.machines import machine
from wizard.checks.matrix import Linked
from wizard.checks.network.links import Link, Links, Way
from wizard.errors import LoginRefused

ILL = {
    "cp-1": machine("cp-1", swap_mib="512", cpus="1"),
    "worker-1": LoginRefused("worker-1", "none of our keys is accepted", hint="Add the key to its authorized_keys."),
}


def links() -> Links:
    found = Links(("cp-1", "worker-1"), {"cp-1": "server", "worker-1": "agent"}, commands=6, seconds=0.8)
    found.add(
        Link("worker-1", "cp-1", 6443, "tcp", "open"),
        Link("worker-1", "cp-1", 9345, "tcp", "filtered", "no answer in 3 s", why="nodes register"),
        Link("cp-1", "worker-1", 10250, "tcp", "open"),
    )
    found.add_way(Way("worker-1", "cp-1", 100, 95, 0.41, 1.9, by="ping", mtu=1400, mtu_wanted=1500))
    found.add_way(Way("cp-1", "worker-1", 100, 100, 0.38, 0.9, by="ping", mtu=1500, mtu_wanted=1500))
    return found


def picture(
    snap_compare: Any, size: tuple[int, int], *keys: str, theme: str = "rancher-dark", glyphs: Glyphs = UNICODE
) -> bool:
    bench = Bench(ILL)

    async def before(pilot: Pilot[None]) -> None:
        await pilot.pause()  # the picture is taken from an app that need not have started yet
        pilot.app.theme = theme
        bench.checking.run()
        await drained(pilot)
        bench.checking.board.apply(Linked(links()))
        await pilot.press(*keys)
        await drained(pilot)

    app = ChecksApp(bench.checking, glyphs=glyphs)
    return bool(snap_compare(app, terminal_size=size, run_before=before))


@pytest.mark.parametrize(("size", "theme"), product(SIZES, THEMES))
def test_the_matrix_looks_as_it_did(snap_compare: Any, size: tuple[int, int], theme: str) -> None:
    assert picture(snap_compare, size, "right", "right", theme=theme)


def test_a_group_in_a_light_theme_looks_as_it_did(snap_compare: Any) -> None:
    assert picture(snap_compare, (120, 40), "right", "right", "enter", theme="rancher-light")


def test_the_network_looks_as_it_did(snap_compare: Any) -> None:
    assert picture(snap_compare, (80, 24), "n")


def test_an_ascii_terminal_looks_as_it_did(snap_compare: Any) -> None:
    assert picture(snap_compare, (80, 24), "down", glyphs=ASCII)
