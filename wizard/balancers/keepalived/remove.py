"""The step that takes keepalived away again: files, user, unit and package as they were before."""

from dataclasses import dataclass

from wizard.balancers.keepalived.scripts import NAME, REMOVE
from wizard.balancers.keepalived.steps import JOB
from wizard.errors import StepFailed
from wizard.hosts.jobs import run_job
from wizard.rollout.step import File, Outcome, Survey, Work


@dataclass(frozen=True, slots=True)
class RemoveKeepalived:
    """Never settled beforehand: what is kept on the machine says whether there is anything to take back."""

    key: str = "keepalived-remove"
    title: str = "Remove keepalived"
    timeout_s: float = 600.0
    expected_s: float = 8.0

    def files(self, node: str) -> tuple[File, ...]:
        return ()

    def settled(self, node: str, survey: Survey) -> bool:
        return False

    async def carry_out(self, work: Work) -> Outcome:
        last: list[str] = []

        def heard(line: str) -> None:
            last[:] = [*last[-9:], line]
            work.said(line)

        status = await run_job(work.host, JOB, REMOVE, NAME, "undo", timeout_s=self.timeout_s - 30, on_line=heard)
        if status != 0:
            raise StepFailed(
                work.node,
                f"keepalived can not be taken away: {(last or ['no word'])[-1]}",
                hint=f"Mend what it names on {work.node}, then retry; what was before is kept there until then.",
            )
        return "done" if "gone" in last else "unchanged"
