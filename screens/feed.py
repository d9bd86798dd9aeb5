"""What the screens know of a run: its journal folded, and whether its engine still answers."""

import time
from collections.abc import Callable
from pathlib import Path

from wizard.errors import WizardError
from wizard.rollout.control import Control
from wizard.rollout.journal import JournalReader
from wizard.rollout.progress import NodeProgress, Progress

JOURNAL = "journal.jsonl"
SILENCE_S = 3.0
_BITE = 256 << 10  # bytes of journal folded in one frame, so that catching up never freezes the keys


def journal_path(source: Path) -> Path:
    """Return the journal of a run's folder, or `source` itself when it is a journal."""
    return source / JOURNAL if source.is_dir() else source


class Feed:
    """One run as seen from outside its engine."""

    def __init__(self, run_dir: Path, *, now: Callable[[], float] = time.time) -> None:
        """Read the run in `run_dir`; `now` gives epoch seconds."""
        self.run_dir = run_dir
        self.now = now
        self.progress = Progress()
        self.control = Control(run_dir)
        self.lost = False
        self._ping = Control(run_dir, timeout_s=1.0)
        self._reader = JournalReader(run_dir / JOURNAL)
        self._silent_since = 0.0

    def take(self) -> bool:
        """Fold the next bite of the journal; return True when there may be more at once.

        Raises WizardError when the journal holds a record of another version.
        """
        # A record longer than a bite is only found by a wider read.
        events = self._reader.read(_BITE) or self._reader.read()
        for event in events:
            self.progress.apply(event)
        if events:
            self._alive()
        return bool(events)

    async def watch(self) -> None:
        """Ask the engine for a sign of life; `lost` turns true once it and the journal have been silent long enough."""
        if self.progress.phase == "ended":
            self._alive()
            return
        try:
            await self._ping.send("ping")
        except WizardError:
            self._silent_since = self._silent_since or self.now()
            self.lost = self.now() - self._silent_since >= SILENCE_S
        else:
            self._alive()

    def _alive(self) -> None:
        self._silent_since, self.lost = 0.0, False

    def log_file(self, node: str) -> Path:
        """Return the file that holds all that `node` said."""
        own = self.run_dir / "hosts" / f"{node}.log"
        return own if own.exists() else self.run_dir / JOURNAL

    def node(self, name: str | None) -> NodeProgress | None:
        return self.progress.nodes.get(name) if name else None
