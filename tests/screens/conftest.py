"""Runs to look at, engines to speak to, and what a screen shows, as lines of text."""

import contextlib
import html
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from screens.glyphs import UNICODE, Glyphs
from screens.rollout import RolloutApp
from tests.screens.rollouts import Run, run
from wizard.errors import WizardError
from wizard.rollout.control import listen

__all__ = ["run"]

Pilots = Pilot[int]
_TEXT = re.compile(r'<text class="[^"]*-r\d+" x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</text>')


@contextlib.asynccontextmanager
async def showing(
    run: Run, size: tuple[int, int] = (80, 24), *, glyphs: Glyphs = UNICODE, **options: Any
) -> AsyncIterator[Pilots]:
    """Show `run` as far as it is journalled."""
    app = RolloutApp(run.folder, now=run.now, glyphs=glyphs, **options)
    async with app.run_test(size=size) as pilot:
        await drained(pilot)
        yield pilot


async def drained(pilot: Pilots) -> None:
    """Let the screen draw what the journal holds now."""
    app = pilot.app
    assert isinstance(app, RolloutApp)
    while app.feed.take():
        pass
    app.screen_stack[0].drain()  # type: ignore[attr-defined]
    await pilot.pause()


@contextlib.asynccontextmanager
async def engine(run: Run, *, refuses: str = "") -> AsyncIterator[list[tuple[str, str]]]:
    """Listen on the run's control socket; yields what it was told, pings left out."""
    told: list[tuple[str, str]] = []

    def answer(command: str, node: str) -> str:
        if command == "ping":
            return "running"
        told.append((command, node))
        if refuses:
            raise WizardError(refuses, hint="Wait for it.")
        return f"{command} taken"

    async with listen(run.folder, answer):
        yield told


async def settled(pilot: Pilots) -> None:
    """Let commands be answered and the answers be drawn."""
    for worker in list(pilot.app.workers):
        if worker.group == "control":
            await worker.wait()
    await pilot.pause()


def seen(app: App[Any]) -> str:
    """Return what is on the screen, line by line."""
    lines: dict[float, str] = {}
    for x, y, text in _TEXT.findall(app.export_screenshot()):
        line = lines.get(float(y), "")
        column = round(float(x) / 12.2)
        lines[float(y)] = line.ljust(column) + html.unescape(text).replace("\xa0", " ")
    return "\n".join(line.rstrip() for _, line in sorted(lines.items()))


@pytest.fixture
def line_of() -> Callable[[Pilots, str], str]:
    """Return a function that finds the one line on the screen that holds a text."""

    def find(pilot: Pilots, text: str) -> str:
        found = [line for line in seen(pilot.app).splitlines() if text in line]
        assert found, f"{text!r} is not on the screen:\n{seen(pilot.app)}"
        return found[0]

    return find
