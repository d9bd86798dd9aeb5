"""Checks of a few machines that answer as a test says, and the screen over them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

from textual.pilot import Pilot

from screens.checks import ChecksApp, ChecksScreen
from screens.glyphs import UNICODE
from tests.unit.checks.machines import machine
from tests.unit.checks.specs import spec
from wizard.checking import Checking
from wizard.checks.board import Board
from wizard.checks.known import CHECKS
from wizard.checks.matrix import Matrix
from wizard.checks.run import Preflight
from wizard.errors import HostError
from wizard.hosts.facts import Facts

Outcome = Facts | HostError
# What facts tell of; nodes that ask each other are shown by a simulated site.
BY_FACTS = tuple(each for each in CHECKS if not each.proven and each.about != "balancers")
NAMES = ("cp-1", "worker-1")


class Node:
    """A host by its name alone: these tests put their own look in the place of the wire."""

    def __init__(self, name: str) -> None:
        self.name = name


class Bench:
    """Two machines, sound unless `outcomes` says otherwise; `held` keeps them from answering."""

    def __init__(self, outcomes: Mapping[str, Outcome] | None = None) -> None:
        self.outcomes: dict[str, Outcome] = {name: machine(name) for name in NAMES} | dict(outcomes or {})
        self.looks: list[str] = []
        self.held = asyncio.Event()
        self.held.set()
        board = Board(Matrix(NAMES, BY_FACTS))
        preflight = Preflight(spec(), BY_FACTS, hosts=Node, look=self._look, emit=board.apply)  # type: ignore[arg-type]
        self.checking = Checking(board, preflight)

    async def _look(self, host: Any) -> Facts:
        self.looks.append(host.name)
        await self.held.wait()
        outcome = self.outcomes[host.name]
        if isinstance(outcome, HostError):
            raise outcome
        return outcome

    @contextlib.asynccontextmanager
    async def shown(self, size: tuple[int, int] = (80, 24), **options: Any) -> AsyncIterator[Pilot[None]]:
        """Show these machines, checked unless they are held."""
        app = ChecksApp(self.checking, **{"glyphs": UNICODE, **options})
        async with app.run_test(size=size) as pilot:
            self.checking.run()
            await drained(pilot)
            yield pilot
        await self.checking.close()


async def drained(pilot: Pilot[None]) -> None:
    """Let what is being done end, unless the machines are held, and be drawn."""
    await pilot.pause()
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, ChecksScreen)
    for _ in range(20):
        await asyncio.sleep(0)
    screen.drain()
    await pilot.pause()


def chosen(pilot: Pilot[None]) -> tuple[str, str] | None:
    """Return the selected cell."""
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, ChecksScreen)
    return screen.chosen()
