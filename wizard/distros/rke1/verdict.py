"""Why a node is not up after a run of `rke`, in the operator's words."""

from wizard.distros.rke1.order import LOST
from wizard.distros.rke1.reading import Reading
from wizard.errors import StepFailed

PANIC = 2
"""The exit status of Go's runtime when it gives up."""


def failure(node: str, reading: Reading, status: int | None) -> StepFailed:
    """Return what to tell of `node`; `status` is the run's exit status, None while it goes on without the node."""
    if own := reading.likely(node):
        return StepFailed(node, own[1], cause=own[0].cause, hint=own[0].next_move)
    others = [name for name in reading.blamed() if name != node]
    if others:
        because = reading.likely(others[0])
        line = f": {because[1]}" if because else ""
        return StepFailed(
            node,
            f"rke ended before this node was up, because of {', '.join(others[:3])}{line}",
            cause=because[0].cause if because else "",
            hint=f"Mend {others[0]} first, then apply: rke goes on where it was.",
        )
    if common := reading.likely():
        return StepFailed(node, common[1], cause=common[0].cause, hint=common[0].next_move)
    return _unknown(node, reading, status)


def _unknown(node: str, reading: Reading, status: int | None) -> StepFailed:
    if status is not None and status <= LOST:
        return StepFailed(
            node,
            "rke was killed before it had ended",
            cause="Somebody killed it, this machine restarted, or its memory ran out.",
            hint="Apply: rke looks at what is there and goes on.",
        )
    if status == PANIC and not reading.last_words:
        return StepFailed(
            node,
            "rke itself crashed (exit 2)",
            cause="A defect of rke; its last lines are a trace of Go.",
            hint="Apply again; if it comes back, take another release of rke.",
        )
    words = reading.last_words or reading.last_line
    return StepFailed(
        node,
        f"rke ended with exit {status}" + (f": {words}" if words else " and said nothing"),
        hint="Mend what it names, then apply: rke goes on where it was.",
    )
