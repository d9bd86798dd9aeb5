"""A distribution taken off a node: by a script that runs as a job there, and proves that nothing is left."""

from wizard.errors import CommandFailed, StepFailed
from wizard.hosts.jobs import run_job
from wizard.hosts.script import Script
from wizard.rollout.step import Work

OF_ANOTHER = 3
"""How the script ends on a machine of another cluster; nothing was touched there."""


async def take_off(
    work: Work, job: str, script: Script, *words: str, timeout_s: float, next_move: str
) -> tuple[str, ...]:
    """Run the script as the unit `job` and return what it said last.

    Raises StepFailed where something is left, with `next_move`, or where the machine is of another cluster; LinkLost.
    """
    last: list[str] = []

    def heard(line: str) -> None:
        last[:] = [*last[-9:], line]  # systemd has a word to say after the script
        work.said(line)
        work.tell(50, line[:200])

    try:
        status = await run_job(work.host, job, script, *words, timeout_s=timeout_s, on_line=heard)
    except CommandFailed as error:
        raise StepFailed(work.node, error.what, hint="Look at what still runs there, then retry.") from error
    if status == 0:
        return tuple(last)
    why = next((line for line in reversed(last) if "still there" in line or "not of this" in line), "look there")
    theirs = status == OF_ANOTHER
    raise StepFailed(
        work.node,
        f"it is not clean: exit status {status}: {why}",
        cause="Another cluster owns this machine." if theirs else "Something is still mounted or running.",
        hint="A machine of another cluster is left as it is." if theirs else next_move,
    )
