"""What the screens know of a run: its journal folded, and whether its engine still answers."""

import time
from collections.abc import Callable
from pathlib import Path

from wizard.rollout.control import Control
from wizard.rollout.host_log import host_log
from wizard.rollout.journal import JournalReader
from wizard.rollout.process import ENGINE_LOG, JOURNAL
from wizard.rollout.progress import Progress
from wizard.rollout.watch import START_S, alive
from wizard.rollout.whereabouts import NodeProgress

SILENCE_S = 3.0
_BITE = 256 << 10  # bytes of journal
_PATIENCE_S = 0.05  # spent on folding in one frame, so that catching up never freezes the keys


class Feed:
    """One run as seen from outside its engine."""

    def __init__(self, run_dir: Path, *, simulated: bool = False, now: Callable[[], float] = time.time) -> None:
        """Read the run in `run_dir`; `now` gives epoch seconds, `simulated` marks it before its journal can."""
        self.run_dir = run_dir
        self.now = now
        self.progress = Progress(cluster=run_dir.parent.parent.name)
        self._simulated = simulated
        self.control = Control(run_dir)
        self.lost = False
        self._reader = JournalReader(run_dir / JOURNAL)
        self._silent_since = 0.0

    def take(self) -> bool:
        """Fold what the journal holds; return True when time ran out before its end was reached.

        Raises WizardError when the journal holds a record of another version.
        """
        enough = time.monotonic() + _PATIENCE_S
        # A record longer than a bite is only found by a wider read.
        while events := self._reader.read(_BITE) or self._reader.read():
            for event in events:
                self.progress.apply(event)
            self._alive()
            if time.monotonic() > enough:
                return True
        return False

    async def watch(self) -> None:
        """Ask the engine for a sign of life; `lost` turns true once it and the journal have been silent long enough."""
        if self.progress.phase == "ended" or await alive(self.run_dir):
            self._alive()
            return
        self._silent_since = self._silent_since or self.now()
        # An engine opens its socket only after it has gathered the facts of all nodes.
        patience_s = START_S if self.progress.phase == "starting" else SILENCE_S
        self.lost = self.now() - self._silent_since >= patience_s

    def _alive(self) -> None:
        self._silent_since, self.lost = 0.0, False

    @property
    def simulated(self) -> bool:
        return self._simulated or self.progress.simulated

    @property
    def engine_log(self) -> Path | None:
        """The file in which the engine left its last words, if it had any."""
        path = self.run_dir / ENGINE_LOG
        return path if path.exists() and path.stat().st_size else None

    def log_file(self, node: str) -> Path:
        """Return the file that holds all that `node` said."""
        own = host_log(self.run_dir, node)
        return own if own.exists() else self.run_dir / JOURNAL

    def node(self, name: str | None) -> NodeProgress | None:
        return self.progress.nodes.get(name) if name else None
