"""The steps that empty a node of its pods before its restart, and let them come again after."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wizard.errors import CommandFailed, HostError, StepFailed
from wizard.hosts.jobs import run_job
from wizard.rollout.step import Fileless, Outcome, Survey, Unsettled, Work
from wizard.spec.upgrade import Upgrade
from wizard.upgrade.ask import ask, script, witnesses

MARK = script("mark_cordoned")


@dataclass(frozen=True, slots=True)
class Drain(Unsettled):
    """Settled never: pods come and go. What the operator cordoned himself stays so in the end.

    A drain that fails gives the node back as it was, and stops it: nothing is restarted under pods that could not go.
    """

    servers: tuple[str, ...]
    policy: Upgrade
    key: str = "drain"
    title: str = "Drain the node"

    @property
    def timeout_s(self) -> float:
        return self.policy.drain_timeout_s + 240.0

    @property
    def expected_s(self) -> float:
        return 30.0

    async def carry_out(self, work: Work) -> Outcome:
        found = (await ask(work, self.servers, script("unschedulable"), work.node)).lines[-1:]
        if found == ("absent",):
            return "unchanged"  # a node that was taken out of the cluster before has no pods
        if found != ("true",):
            await work.host.run(MARK, "set", timeout_s=30)
        told: list[str] = []

        def heard(line: str) -> None:
            told[:] = [*told[-19:], line]
            work.said(line)
            work.tell(50, line[:200])

        status, where = await self._drain(work, heard)
        if status == 0:
            return "done"
        await self._give_back(work)
        raise StepFailed(
            work.node,
            f"the drain ended with exit status {status}: {reason(told)}",
            cause="A PodDisruptionBudget forbids it, or a pod does not end." if where else "",
            hint=f"{work.node} is as it was. On {where}: kubectl get pdb -A; kubectl get pods -A -o wide. "
            "Mend it, then retry; upgrade.force and upgrade.drain in the spec go on regardless.",
        )

    async def _drain(self, work: Work, heard: Callable[[str], None]) -> tuple[int, str]:
        """Have a server drain the node, as a job that a dropped link does not end; return its status and the server."""
        more = ["--delete-emptydir-data"] * self.policy.delete_emptydir_data + ["--force"] * self.policy.force
        doubt: HostError | None = None
        for name in witnesses(self.servers, work.node):
            try:
                status = await run_job(
                    work.at(name),
                    f"rancher-wizard-drain-{work.node}",
                    script("drain"),
                    work.node,
                    str(self.policy.drain_timeout_s),
                    *more,
                    timeout_s=self.policy.drain_timeout_s + 60,
                    on_line=heard,
                )
            except CommandFailed as error:
                return error.exit_status, name
            except HostError as error:
                doubt = error
                continue
            return status, name
        raise doubt or StepFailed(work.node, "there is no server to drain it from", hint="Retry when one is up.")

    async def _give_back(self, work: Work) -> None:
        if (await work.host.run(MARK, "look", timeout_s=30)).lines[-1:] == ("yes",):
            await ask(work, self.servers, script("uncordon"), work.node)
            await work.host.run(MARK, "clear", timeout_s=30)


@dataclass(frozen=True, slots=True)
class Uncordon(Fileless):
    """Settled when the node bears no mark that it was us who cordoned it."""

    servers: tuple[str, ...]
    key: str = "uncordon"
    title: str = "Let pods come again"
    timeout_s: float = 300.0
    expected_s: float = 1.0

    def settled(self, node: str, survey: Survey) -> bool:
        return node in survey.facts and not cordoned_by_us(node, survey)

    async def carry_out(self, work: Work) -> Outcome:
        if (await work.host.run(MARK, "look", timeout_s=30)).lines[-1:] != ("yes",):
            return "unchanged"
        await ask(work, self.servers, script("uncordon"), work.node)
        await work.host.run(MARK, "clear", timeout_s=30)
        return "done"


def cordoned_by_us(node: str, survey: Survey) -> bool:
    """Whether the facts show a node that an upgrade cordoned and has not let go of."""
    return node in survey.facts and survey.facts[node].first("x.rke2.cordoned") == "yes"


def reason(told: Sequence[str]) -> str:
    """Return the line of `kubectl drain` that says why: what blocks it, rather than that its time was over."""
    blocked = [line for line in told if "disruption budget" in line or "Cannot evict" in line]
    errors = [line for line in told if line.startswith("error")]
    return (blocked or errors or list(told) or ["it said nothing"])[-1][:300]
