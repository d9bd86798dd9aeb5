"""The step of a restore that makes etcd anew on one server, by whichever token its data is sealed by."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from wizard.distros.rke2.config import SERVER_TOKEN
from wizard.distros.rke2.configure import Configure
from wizard.distros.rke2.reading import troubles
from wizard.distros.rke2.state import DATA
from wizard.distros.rke2.tokens import keep, others, retire
from wizard.errors import StepFailed
from wizard.hosts.jobs import LOST, run_job
from wizard.rollout.step import Outcome, Unsettled, Work
from wizard.site import Site
from wizard.upgrade.restore.choice import Kept
from wizard.upgrade.restore.steps import place_of, script

JOB = "rancher-wizard-restore"
SEALED_BY_ANOTHER = "encrypted with different token"
"""What RKE2 says of a token that does not open the datastore. Source: k3s pkg/cluster/storage.go."""


@dataclass(frozen=True, slots=True)
class Reset(Unsettled):
    """Has etcd made anew, as a job that a dropped link does not end; what was there is kept beside it."""

    site: Site
    id: str
    snapshot: Kept | None
    key: str = "reset"
    title: str = "Make etcd anew on this server alone"
    timeout_s: float = 1800.0
    expected_s: float = 60.0

    async def carry_out(self, work: Work) -> Outcome:
        # Who begins the cluster is known from here on, whatever becomes of us: all others join it.
        replace(self.site.identity, bootstrapped=(work.node,)).save(self.site.state)
        status, told = await self._reset(work)
        if status != 0 and _other_token(told):
            status, told = await self._by_other_tokens(work, status, told)
        if status != 0:
            raise _refused(work.node, status, told)
        return "unchanged" if told[-1:] == ["done before"] else "done"

    async def _reset(self, work: Work) -> tuple[int, list[str]]:
        """Run the job, or go on with it; return its exit status and the last lines that it printed."""
        told: list[str] = []

        def heard(line: str) -> None:
            told[:] = [*told[-29:], line]
            work.said(line)
            work.tell(50, line.partition('msg="')[2].rstrip('"')[:200] or line[:200])

        place = (place_of(self.snapshot),) if self.snapshot else ()
        for _ in range(2):
            status = await run_job(
                work.host, JOB, script("reset_etcd"), self.id, *place, timeout_s=self.timeout_s - 60, on_line=heard
            )
            if status != LOST:
                break
        return status, told

    async def _by_other_tokens(self, work: Work, status: int, told: list[str]) -> tuple[int, list[str]]:
        """Reset by the token that a rotation was to bring, or by the former one: nobody knows how far that came.

        The one that opens etcd's data becomes the cluster's; where none does, the vault and the node are as before.
        """
        vault = self.site.vault
        holds = self.site.token(SERVER_TOKEN)
        keep(vault, holds)
        for token in others(vault):
            work.said("etcd's data is sealed by another token than the vault's: the other one of the rotation is tried")
            vault.put(SERVER_TOKEN, token)
            await Configure(self.site).carry_out(work)
            status, told = await self._reset(work)
            if status == 0:
                retire(vault, holds)
                work.said("it opens etcd's data, and is the cluster's token from here on")
                return status, told
            if not _other_token(told):
                break
        vault.put(SERVER_TOKEN, holds)
        await Configure(self.site).carry_out(work)
        return status, told


def _other_token(told: Sequence[str]) -> bool:
    return any(SEALED_BY_ANOTHER in line for line in told)


def _refused(node: str, status: int, told: Sequence[str]) -> StepFailed:
    for line in reversed(told):
        if trouble := next((each for each in troubles() if each.pattern.search(line)), None):
            return StepFailed(node, f"the reset failed: {_message(line)}", cause=trouble.cause, hint=trouble.next_move)
    last = next((_message(line) for line in reversed(told) if line.strip()), "it said nothing")
    return StepFailed(
        node,
        f"the reset ended with exit status {status}: {last}",
        cause="The snapshot is damaged or of a newer release, or a process of RKE2 still runs.",
        hint=f"What etcd held before lies in {DATA}/server beside it. Choose another snapshot (restore --list), "
        "or mend what it names; then retry.",
    )


def _message(line: str) -> str:
    return (line.partition('msg="')[2].rstrip('"') or line)[:300]
