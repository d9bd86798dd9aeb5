"""What the rollout screens say, in the operator's words."""

from pathlib import Path

from screens.dialogs import Section
from screens.glyphs import Glyphs
from wizard.exits import PARTLY, of_outcome
from wizard.parting import parting
from wizard.rollout.progress import Progress
from wizard.rollout.whereabouts import NodeProgress, NodeState
from wizard.times import clock, until

APPLY = "rancher-wizard apply cluster.yaml"

STATES: dict[NodeState, str] = {
    "waiting": "its turn has not come",
    "running": "a step is being carried out",
    "unreachable": "the link dropped; we wait for the node and go on where it is",
    "done": "every step is done and verified",
    "unchanged": "everything was as wanted already; nothing was touched",
    "failed": "a step failed; nothing after it was done on this node",
    "skipped": "left out at your word",
    "interrupted": "stopped between two steps by an abort; apply goes on from there",
}

KEYS = (
    ("up down", "select a node; also j k home end, pages, mouse"),
    (".", "let the selection follow the work again"),
    ("enter", "all of the node's log; esc comes back"),
    ("tab", "go to the log, to scroll it; and back"),
    ("f", "show all nodes, only failed, only running"),
    ("/  n  N", "search in the log; next, previous; esc ends it"),
    ("y", "copy the node's failure, or its log"),
    ("p", "pause: no new step starts; again: go on"),
    ("r", "retry the failed node"),
    ("s", "skip the node in this rollout"),
    ("b", "put a failed node back to its former release"),
    ("a", "abort: steps in hand are finished first"),
    ("d  q", "leave this screen; the rollout goes on"),
)

ABORT = (
    "Each node finishes the step that it is in, and no other step starts. "
    "Nodes under way then stand as interrupted, the rest as waiting, and what is done stays done. "
    f"Go on later with: {APPLY}"
)


def help_sections(glyphs: Glyphs) -> list[Section]:
    """Return the keys of the rollout screens, and what the states mean."""
    return [("Keys", KEYS), ("States", [(f"{glyphs.states[state]} {state}", text) for state, text in STATES.items()])]


def exit_code(progress: Progress) -> int:
    """Return what the program exits with: 0 done, 1 failed, 4 partly done, paused or aborted."""
    return of_outcome(progress.ending.outcome) if progress.ending else PARTLY


def come_back(progress: Progress) -> str:
    """Say that the rollout goes on without a screen, and the way back to it; a demo ends with its screen."""
    if progress.simulated:
        return "The simulated site ends with this screen, and its rollout with it."
    return f"The rollout goes on. Come back with: rancher-wizard attach {progress.cluster}".rstrip()


def ended(run_dir: Path, progress: Progress) -> str:
    """Return what stays on the terminal of whoever leaves a rollout that has ended."""
    said = f"{progress.cluster}: {progress.ending.said}" if progress.ending else ""
    return "\n".join(filter(None, (said, *parting(run_dir, progress))))


def skip(node: str) -> str:
    return (
        f"{node} is left out of this rollout: no further step starts on it, and it keeps what it has now. "
        f"A later apply takes it up again."
    )


def put_back(node: NodeProgress) -> str:
    return (
        f"{node.name} is looked at, and goes back to its former release in place if it still can; it is then left out "
        f"of this rollout. Its way back as far as the rollout knows: {node.back}."
    )


def notice(progress: Progress, *, lost: bool, now: float, engine_log: Path | None = None) -> tuple[str, str]:
    """Return what the operator must know now and its ink, or two empty strings."""
    if lost:
        return _lost(progress, engine_log), "bad"
    if progress.ending:
        good = progress.ending.outcome in ("done", "unchanged")
        told = "" if progress.simulated else f"All of it: rancher-wizard report {progress.cluster}."
        said = _sentences(progress.ending.said, progress.ending.next_move, told, "q leaves.")
        return said, "good" if good else "bad"
    match progress.phase:
        case "held":
            end = f"It ends by itself at {clock(progress.held_until)} ({until(progress.held_until - now)})."
            return _sentences(
                f"Held: {progress.held_why}",
                f"r retries a failed node, s skips it,{' b puts it back,' if progress.back else ''} a aborts.",
                end,
            ), "warn"
        case "pausing" | "paused":
            return "Paused: steps in hand are finished, no new one starts. p goes on.", "warn"
        case "aborting":
            return "Aborting: steps in hand are finished, then the rollout ends.", "warn"
        case "running" if progress.back:
            return f"Back now: {progress.back}.", "dim"
    return "", ""


def _lost(progress: Progress, engine_log: Path | None) -> str:
    why = f"\nWhy it stopped: {engine_log}" if engine_log else ""
    if progress.phase == "starting":
        return f"No engine answers yet. Unless it still gathers facts from many nodes, start it with: {APPLY}{why}"
    return f"The engine stopped; nothing on nodes is lost. Go on with: {APPLY}{why}"


def _sentences(*parts: str) -> str:
    return " ".join(part if part.endswith((".", "?")) else f"{part}." for part in parts if part)


def failure(node: NodeProgress) -> list[tuple[str, str]]:
    """Return the rows of a node's failure as (label, text): what was seen, why, what to do."""
    if node.failure is None:
        return []
    found = node.failure
    rows = [("Seen", found.saw), ("Likely", found.cause), ("Next", found.next_move), ("Back", node.back)]
    return [(label, text) for label, text in rows if text]
