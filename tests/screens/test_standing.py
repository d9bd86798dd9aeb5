"""A running cluster on the screen; run with --snapshot-update after a change that is meant, and look at each one."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from textual.pilot import Pilot

from screens.glyphs import ASCII, UNICODE, Glyphs
from screens.standing import StandingApp
from tests.screens.conftest import seen
from tests.screens.wizards import until
from tests.unit.upkeep.test_standing import NOW, NOWHERE, Site, spec
from wizard.upkeep.watch import Watch

LOOKS = [((80, 24), "rancher-dark"), ((80, 24), "rancher-light"), ((200, 50), "rancher-dark")]


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("screens.widgets.standing_text.clock", lambda at: "14:32")


def app(site: Site, *, glyphs: Glyphs = UNICODE) -> StandingApp:
    return StandingApp(Watch(spec(), site, state=NOWHERE, now=lambda: NOW), every_s=3600, glyphs=glyphs)


@contextlib.asynccontextmanager
async def shown(site: Site, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[Any]]:
    async with app(site).run_test(size=size) as pilot:
        await pilot.pause()
        yield pilot


async def test_a_node_that_does_not_answer_is_shown_with_what_was_seen() -> None:
    site = Site()
    async with shown(site) as pilot:
        await until(pilot, "all is well")
        site.away = {"cp-2"}
        await pilot.press("r")
        await until(pilot, "silent")
        text = seen(pilot.app)
        assert "cp-2: no answer: no route to host" in " ".join(text.split())
        assert "follows 20 MiB" in text


async def test_those_that_are_not_well_are_picked_out() -> None:
    site = Site(unready=("w-2",))
    async with shown(site) as pilot:
        await until(pilot, "NotReady")
        await pilot.press("f")
        await until(pilot, "f: not well")
        assert "✗ w-2" in seen(pilot.app)
        assert "✓" not in seen(pilot.app)
        await pilot.press("slash", *"cp")
        await until(pilot, "no node is like that")


async def test_it_is_looked_at_again_by_itself() -> None:
    site = Site()
    watch = Watch(spec(), site, state=NOWHERE, now=lambda: NOW)
    async with StandingApp(watch, every_s=0.05, glyphs=UNICODE).run_test() as pilot:
        await until(pilot, "all is well")
        site.changes = {"alarms": ("memberID:1 alarm:NOSPACE",)}
        await until(pilot, "etcd: memberID:1 alarm:NOSPACE")


@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_pictures(snap_compare: Any, size: tuple[int, int], theme: str) -> None:
    site = Site(unready=("w-2",), alarms=("memberID:1 alarm:NOSPACE",))
    site.away = {"cp-3"}
    shown = app(site)

    async def drawn(pilot: Pilot[Any]) -> None:
        pilot.app.theme = theme
        await until(pilot, "NotReady")

    assert snap_compare(shown, terminal_size=size, run_before=drawn)


async def test_it_stays_readable_without_unicode() -> None:
    async with app(Site(), glyphs=ASCII).run_test(size=(80, 24)) as pilot:
        await until(pilot, "all is well")
        assert seen(pilot.app).isascii()
