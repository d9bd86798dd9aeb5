"""The step that proves that etcd does without a server before it is taken away, and has it back after."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from wizard.checks.cluster.voters import votes
from wizard.errors import StepFailed
from wizard.rollout.step import Outcome, Unsettled, Work
from wizard.upgrade.ask import ask, script

AGAIN_S = 2.0


def lacking(voters: Mapping[str, bool], servers: tuple[str, ...], without: str) -> str:
    """Return why etcd can't do without a server just now; "" when it can.

    `voters` tells of each server whether it is Ready and a voting member. Of one or two servers none can be spared:
    their restart is the operator's choice from the start.
    """
    missing = [name for name in servers if name not in voters]
    if missing:
        return f"{', '.join(missing)} not among etcd's members"
    unwell = [name for name in servers if not voters[name] and name != without]
    quorum = len(servers) // 2 + 1
    left = sum(voters[name] for name in servers if name != without)
    if unwell and (len(servers) < 3 or left < quorum):
        return f"{', '.join(unwell)} not Ready: {left} voting members would be left, {quorum} are needed"
    return ""


async def etcd_voters(work: Work, servers: tuple[str, ...]) -> tuple[bool, dict[str, bool]]:
    """Ask a server whether etcd is well, and of each server whether it is Ready and a voting member.

    Raises StepFailed when no server answers.
    """
    return read_voters((await ask(work, servers, script("etcd_voters"))).lines)


def read_voters(lines: tuple[str, ...]) -> tuple[bool, dict[str, bool]]:
    """Read what etcd_voters printed as `etcd_voters` returns it; a release that does not tell who votes is believed."""
    told = ((*line.split(" "), "", "", "")[:4] for line in lines[1:] if line.strip())
    seen = {name: ready == "True" and votes(voter, version) for name, ready, version, voter in told}
    return lines[:1] == ("etcd ok",), seen


@dataclass(frozen=True, slots=True)
class Quorum(Unsettled):
    """Settled never: it is a look at this moment, right before and right after a server's restart."""

    servers: tuple[str, ...]
    after: bool
    timeout_s: float = 600.0
    expected_s: float = 1.0

    @property
    def key(self) -> str:
        return "quorum-after" if self.after else "quorum-before"

    @property
    def title(self) -> str:
        return "Prove that etcd has the server back" if self.after else "Prove that etcd does without the server"

    async def carry_out(self, work: Work) -> Outcome:
        doubt = ""
        try:
            async with asyncio.timeout(self.timeout_s - 10):
                while True:
                    doubt = await self._look(work)
                    if not doubt:
                        work.said(f"etcd: {len(self.servers)} voting members, healthy")
                        return "unchanged"
                    work.tell(50, doubt)
                    await asyncio.sleep(AGAIN_S)
        except TimeoutError:
            raise StepFailed(
                work.node,
                f"etcd: {doubt}",
                cause="Another server is down or falls behind; one more away, and the cluster would stand still.",
                hint="Bring that server back first; nothing was changed on this one." if not self.after else "Retry.",
            ) from None

    async def _look(self, work: Work) -> str:
        well, voters = await etcd_voters(work, self.servers)
        if not well:
            return "the API server finds etcd not healthy"
        if self.after and not voters.get(work.node):
            return f"{work.node} is no voting member yet"
        return lacking(voters, self.servers, work.node)
