"""A long script on a balancer's machine, with its last words kept for whoever has to say why it failed."""

from wizard.hosts.jobs import run_job
from wizard.hosts.script import Script
from wizard.rollout.step import Work

TAIL = 10


async def run_told(work: Work, job: str, script: Script, *args: str, timeout_s: float) -> tuple[int, list[str]]:
    """Run a script as a job that outlives the link, telling all it prints; return its exit status and last lines.

    `job` is the name of its unit. Raises what run_job raises.
    """
    last: list[str] = []

    def heard(line: str) -> None:
        last[:] = [*last[1 - TAIL :], line]
        work.said(line)

    status = await run_job(work.host, job, script, *args, timeout_s=timeout_s, on_line=heard)
    return status, last
