"""One server or another asked about the cluster: while a server restarts, its own API server is no witness."""

from collections.abc import Sequence
from pathlib import Path

from wizard.errors import HostError, StepFailed
from wizard.hosts.output import Result
from wizard.hosts.script import Script, load_script
from wizard.rollout.step import Work

ROOM = Path(__file__).parent
TRY_S = 45.0


def script(name: str) -> Script:
    """Return one of the upgrade's own scripts."""
    return load_script(ROOM, name)


def witnesses(servers: Sequence[str], node: str) -> list[str]:
    """Return the servers to ask about `node`: the others first, itself last."""
    return [*(name for name in servers if name != node), *(name for name in servers if name == node)]


async def ask(work: Work, servers: Sequence[str], what: Script, *args: str) -> Result:
    """Run a script on the first server that answers it; raises StepFailed when none does."""
    doubt = ""
    for name in witnesses(servers, work.node):
        try:
            result = await work.at(name).run(what, *args, timeout_s=TRY_S, check=False)
        except HostError as error:
            doubt = error.message
            continue
        if result.exit_status == 0:
            return result
        doubt = f"{name}: {(result.errors or result.lines or ('no answer',))[-1]}"
    raise StepFailed(
        work.node,
        f"no server answers {what.name}: {doubt[:200]}",
        cause="No API server is up, or it can't be reached.",
        hint="Bring a server up (systemctl status rke2-server on it), then retry.",
    )
