"""What is at hand once a rollout has ended."""

from pathlib import Path

from wizard.rollout.progress import Progress


def parting(run_dir: Path, progress: Progress) -> list[str]:
    """Return lines for whoever leaves a rollout that has ended: the way into the cluster, and where all of it is told.

    A simulated one leaves nothing that could be named.
    """
    if progress.simulated:
        return []
    state = run_dir.parent.parent
    came_up = progress.ending is not None and progress.ending.outcome in ("done", "unchanged")
    way_in = [f"kubeconfig: {state / 'kubeconfig'}"] if came_up and (state / "kubeconfig").exists() else []
    return [*way_in, f"all of it, with times: rancher-wizard report {state.name}"]
