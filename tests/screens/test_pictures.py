"""How the rollout screen looks; run with --snapshot-update after a change that is meant, and look at each picture."""

from typing import Any

import pytest
from textual.pilot import Pilot

from screens.glyphs import UNICODE
from screens.rollout import RolloutApp
from tests.screens.conftest import drained
from tests.screens.rollouts import Run


def picture(run: Run, snap_compare: Any, *, size: tuple[int, int] = (80, 24), theme: str = "rancher-dark") -> bool:
    async def before(pilot: Pilot[int]) -> None:
        await pilot.pause()  # the picture is taken from an app that need not have started yet
        pilot.app.theme = theme
        await drained(pilot)

    app = RolloutApp(run.folder, now=run.now, glyphs=UNICODE)
    return bool(snap_compare(app, terminal_size=size, run_before=before))


@pytest.mark.parametrize("kind", ["running", "failed", "done"])
def test_a_rollout_at_80x24_looks_as_it_did(run: Run, snap_compare: Any, kind: str) -> None:
    getattr(run, kind)()
    assert picture(run, snap_compare)


def test_a_wide_terminal_looks_as_it_did(run: Run, snap_compare: Any) -> None:
    run.running()
    assert picture(run, snap_compare, size=(200, 50))


def test_a_light_theme_looks_as_it_did(run: Run, snap_compare: Any) -> None:
    run.failed()
    assert picture(run, snap_compare, size=(120, 30), theme="rancher-light")
