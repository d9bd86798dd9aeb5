"""A simulated site in the test's own process, and the product's wire to it."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.unit.simulator.simulated import Simulated

Simulate = Callable[..., Simulated]


@pytest.fixture
async def simulate(tmp_path: Path) -> AsyncIterator[Simulate]:
    made: list[Simulated] = []

    def make(**given: object) -> Simulated:
        made.append(Simulated(tmp_path / f"site-{len(made)}", **given))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for each in made:
        await each.close()
