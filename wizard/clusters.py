"""What this jump host knows: the clusters that it keeps state of, and how the latest rollout of each stands."""

from dataclasses import dataclass
from pathlib import Path

from wizard.errors import WizardError
from wizard.rollout.journal import read_whole
from wizard.rollout.lock import holder
from wizard.rollout.process import JOURNAL, runs
from wizard.rollout.progress import Progress
from wizard.site import known_clusters, state_dir


@dataclass(frozen=True, slots=True)
class Cluster:
    """One cluster; `run_dir` is its latest rollout, None when there was none yet."""

    cluster: str
    run_dir: Path | None = None
    state: str = "no rollout yet"
    """In the operator's words: a phase while an engine works, the outcome after it."""
    at: float = 0.0
    """Epoch seconds of the last thing heard, 0 when nothing was."""
    nodes: int = 0
    done: int = 0


def clusters_here() -> list[Cluster]:
    """Return every cluster known to this host by name; one whose journal can't be read says so in its state."""
    return [_stands(name) for name in known_clusters()]


def _stands(name: str) -> Cluster:
    state = state_dir(name)
    found = runs(state)
    if not found:
        return Cluster(name)
    progress = Progress()
    try:
        for event in read_whole(found[-1] / JOURNAL):
            progress.apply(event)
    except WizardError as error:
        return Cluster(name, found[-1], f"its journal can't be read: {error.message}")
    return Cluster(
        name,
        found[-1],
        _word(progress, working=holder(state) is not None),
        progress.now,
        nodes=len(progress.nodes),
        done=progress.count("done", "unchanged"),
    )


def _word(progress: Progress, *, working: bool) -> str:
    if progress.ending:
        return progress.ending.outcome
    return progress.phase if working else "engine stopped"
