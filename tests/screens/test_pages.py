"""How the wizard's pages look; run with --snapshot-update after a change that is meant, and look at each picture."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from screens.glyphs import ASCII, UNICODE
from screens.shell import Ending
from screens.wizard import WizardApp
from tests.screens.conftest import seen
from tests.screens.wizards import NOW, SIZES, THEMES, settled, state, wizard
from wizard.clusters import Cluster
from wizard.design.answers import Answers
from wizard.design.draft import Draft, Place

__all__ = ["state"]

ANSWERS = Answers().given("cluster_name", "prod").given("pods", 300).left("storage")
PAGES = {
    "start": (None, ()),
    "choices": (Draft(answers=ANSWERS, place=Place("questions", "availability")), ("enter", "end", "up", "space")),
    "refused": (Draft(answers=ANSWERS, place=Place("questions", "pods")), ("enter", "O")),
    "design": (Draft(answers=ANSWERS, place=Place("design")), ()),
}
HERE = [Cluster("edge"), Cluster("prod", Path("run"), "running", NOW - 720, nodes=12, done=7)]


@pytest.mark.parametrize(
    ("page", "size", "theme"),
    [
        *product(("start", "choices", "design"), SIZES, THEMES),
        ("refused", (80, 24), "rancher-dark"),
    ],
)
def test_a_page_looks_as_it_did(
    state: Path, monkeypatch: pytest.MonkeyPatch, snap_compare: Any, page: str, size: tuple[int, int], theme: str
) -> None:
    async def before(pilot: Pilot[Ending]) -> None:
        await pilot.pause()  # the picture is taken from an app that need not have started yet
        pilot.app.theme = theme
        await settled(pilot)
        await pilot.press(*keys)
        await settled(pilot)

    monkeypatch.setattr("screens.start.clusters_here", lambda: HERE)
    draft, keys = PAGES[page]
    app = WizardApp(draft, now=lambda: NOW, glyphs=UNICODE)
    assert snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("page", PAGES)
async def test_a_terminal_without_unicode_is_shown_ascii_alone(state: Path, page: str) -> None:
    draft, keys = PAGES[page]
    async with wizard(draft, glyphs=ASCII) as pilot:
        await pilot.press(*keys)
        await settled(pilot)
        assert [sign for sign in seen(pilot.app) if not sign.isascii()] == []


@pytest.mark.parametrize("page", PAGES)
async def test_nothing_is_told_by_colour_alone(state: Path, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    draft, keys = PAGES[page]
    async with wizard(draft) as pilot:
        await pilot.press(*keys)
        await settled(pilot)
        colourful = seen(pilot.app)
    monkeypatch.setenv("NO_COLOR", "1")
    async with wizard(draft) as pilot:
        await pilot.press(*keys)
        await settled(pilot)
        assert seen(pilot.app) == colourful
    signs = {"choices": ("(x)", "~ ", "✓ ", "? "), "refused": ("Not taken:", "! "), "design": ("(~)", "refused:")}
    assert all(sign in colourful for sign in signs.get(page, ("none yet",)))


async def test_below_80x24_a_page_asks_for_room_and_is_there_again_after(state: Path) -> None:
    async with wizard(PAGES["design"][0]) as pilot:
        await pilot.resize_terminal(60, 20)
        await settled(pilot)
        assert "Please enlarge to 80x24" in seen(pilot.app)
        await pilot.resize_terminal(80, 24)
        await settled(pilot)
        assert "RKE2" in seen(pilot.app)
