"""The rollout screen as a picture, made by the program itself without a terminal."""

import asyncio
import tempfile
from pathlib import Path

from screens.glyphs import UNICODE
from screens.rollout import RolloutApp, RolloutScreen
from wizard.errors import WizardError
from wizard.rollout.journal import read_whole
from wizard.rollout.process import JOURNAL


def export(source: Path, size: tuple[int, int] = (100, 30)) -> str:
    """Return an SVG picture of a rollout as of its last event.

    `source` is a run's folder or a journal, `size` columns and rows. Raises WizardError when there is no rollout in it.
    """
    journal = source / JOURNAL if source.is_dir() else source
    events = read_whole(journal)
    if not events:
        raise WizardError(f"{source.name}: no rollout in it", hint="Name the folder of a rollout, or its journal.")
    with tempfile.TemporaryDirectory(prefix="rancher-wizard-") as folder:
        # In a folder of its own the picture neither disturbs an engine nor tells where the run lies.
        (Path(folder) / JOURNAL).symlink_to(journal.resolve())
        return asyncio.run(_picture(Path(folder), events[-1].at, size))


async def _picture(folder: Path, at: float, size: tuple[int, int]) -> str:
    app = RolloutApp(folder, now=lambda: at, glyphs=UNICODE)
    async with app.run_test(size=size) as pilot:
        screen = app.screen
        assert isinstance(screen, RolloutScreen)  # noqa: S101 - this program has no other
        while app.feed.take():
            pass
        screen.drain()
        await pilot.pause()
        return app.export_screenshot(title=f"rancher-wizard {app.feed.progress.cluster}")
