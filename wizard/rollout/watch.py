"""A rollout watched from outside its engine: its events as they come, and whether an engine is there at all."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path

from wizard.errors import WizardError
from wizard.rollout.control import Control
from wizard.rollout.events import Event
from wizard.rollout.journal import JournalReader
from wizard.rollout.process import ENGINE_LOG, JOURNAL

LOOK_S = 0.2
QUIET_S = 5.0
START_S = 30.0
FULL_BYTES = 64 << 10


class EngineGone(WizardError):
    """The engine ended without saying how."""


async def watch(run_dir: Path) -> AsyncIterator[list[Event]]:
    """Yield the events of a rollout from its first, in lots, until it has ended.

    Raises EngineGone when no engine answers and nothing more is written.
    """
    reader = JournalReader(run_dir / JOURNAL)
    quiet_since, heard = time.monotonic(), False
    while not reader.ended:
        if lot := reader.read():
            quiet_since, heard = time.monotonic(), True
            yield lot
            continue
        if time.monotonic() - quiet_since > (QUIET_S if heard else START_S):
            if not await alive(run_dir) and not reader.read():
                raise gone(run_dir)
            quiet_since = time.monotonic()
        await asyncio.sleep(LOOK_S)


async def alive(run_dir: Path) -> bool:
    """True when the engine of `run_dir` answers."""
    try:
        await Control(run_dir).send("ping")
    except WizardError:
        return False
    return True


def gone(run_dir: Path) -> EngineGone:
    """Return the error for an engine that ended without a word."""
    if shutil.disk_usage(run_dir).free < FULL_BYTES:
        return EngineGone(
            f"the engine of rollout {run_dir.name} has stopped: the disk under {run_dir} is full",
            hint="Make room there, then go on with: rancher-wizard apply. Nothing on the nodes is lost.",
        )
    return EngineGone(
        f"the engine of rollout {run_dir.name} has stopped; nothing on the nodes is lost",
        hint=f"Go on with: rancher-wizard apply. Why it stopped is in {run_dir / ENGINE_LOG}.",
    )
