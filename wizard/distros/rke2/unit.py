"""A unit that a step starts, and follows by its log; repeated after a lost link, the step goes on there."""

from collections.abc import AsyncIterator

from wizard.distros.rke2.reading import Reading
from wizard.distros.rke2.state import ROOM
from wizard.errors import StepFailed
from wizard.hosts.jobs import UnitState, follow_unit
from wizard.hosts.script import load_script
from wizard.rollout.step import Work

START = load_script(ROOM, "start_unit")
LOOK_S = 20.0


async def begin(work: Work, unit: str, *words: str, cursors: dict[str, str]) -> str:
    """Enable and start a unit, or restart it for what was written since; return started, restarted or running.

    `words` are those of start_unit. `cursors` holds, by node, how far the log was read. Raises StepFailed where it
    can't be started.
    """
    result = await work.host.run(START, unit, *words, timeout_s=120)
    did, cursor = (*result.lines, "", "")[:2]
    if did not in ("started", "restarted", "running"):
        raise StepFailed(work.node, f"{unit}: {did or 'no answer'}", hint=f"systemctl status {unit}")
    if did != "running" or work.node not in cursors:
        cursors[work.node] = cursor
    return did


async def looks(work: Work, unit: str, reading: Reading, *, cursors: dict[str, str]) -> AsyncIterator[UnitState]:
    """Yield how a unit that comes up stands, again and again; what it logs is shown, and read."""

    def heard(line: str) -> None:
        work.said(line)
        if reading.take(line):
            work.tell(reading.percent, reading.doing)

    while True:
        cursor = cursors[work.node]
        state = await follow_unit(
            work.host, unit, cursor=cursor, wait_s=LOOK_S, while_active="activating", on_line=heard
        )
        cursors[work.node] = state.cursor
        yield state
