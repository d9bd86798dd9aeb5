"""The wizard on a test's own state folder, and what it needs to be looked at."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from screens.glyphs import UNICODE
from screens.shell import Ending
from screens.wizard import WizardApp
from tests.screens.conftest import seen
from wizard.design.draft import Draft

Wizards = Pilot[Ending]
NOW = 1_764_000_000.0
SIZES = ((80, 24), (120, 40), (200, 60))
THEMES = ("rancher-dark", "rancher-light")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty state folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "rancher-wizard"


@contextlib.asynccontextmanager
async def wizard(
    draft: Draft | None = None, size: tuple[int, int] = (80, 24), **options: Any
) -> AsyncIterator[Wizards]:
    """Run the wizard on `draft`, or at its start menu."""
    app = WizardApp(draft, **{"glyphs": UNICODE, "now": lambda: NOW, **options})
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        yield pilot


async def settled(pilot: Wizards) -> None:
    """Let what was begun beside the loop end, and be drawn."""
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


def shell(pilot: Wizards) -> WizardApp:
    """Return the program that a pilot flies."""
    assert isinstance(pilot.app, WizardApp)
    return pilot.app


def right(pilot: Wizards) -> str:
    """Return the words that stand right of the list, as one line; all words where there is no list at the left."""
    lines = [line.rpartition("▕")[2] for line in seen(pilot.app).splitlines()]
    return " ".join(" ".join(lines).split())


async def until(pilot: Wizards, text: str) -> None:
    """Wait until `text` is on the screen; fail when it does not come in a minute."""
    end = asyncio.get_running_loop().time() + 60
    while text not in seen(pilot.app):
        assert asyncio.get_running_loop().time() < end, f"{text!r} is not on the screen:\n{seen(pilot.app)}"
        await asyncio.sleep(0.05)
        drain = getattr(pilot.app.screen, "drain", None)
        if drain:
            drain()
        await pilot.pause()
