"""The step that takes a program away from a balancer's machine: files, unit and packages as they were before."""

from dataclasses import dataclass

from wizard.balancers.job import run_told
from wizard.errors import StepFailed
from wizard.hosts.script import Script
from wizard.rollout.step import Outcome, Unsettled, Work


@dataclass(frozen=True, slots=True)
class TakeAway(Unsettled):
    """Never settled beforehand: what is kept on the machine says whether there is anything to take back.

    `name` is what was before is kept under, `program` what people call it; `more` is given to its script.
    """

    name: str
    program: str
    job: str
    script: Script
    expected_s: float
    more: tuple[str, ...] = ()
    timeout_s: float = 600.0

    @property
    def key(self) -> str:
        return f"{self.name}-remove"

    @property
    def title(self) -> str:
        return f"Remove {self.program}"

    async def carry_out(self, work: Work) -> Outcome:
        args = (self.name, "undo", *self.more)
        status, last = await run_told(work, self.job, self.script, *args, timeout_s=self.timeout_s - 30)
        if status != 0:
            raise StepFailed(
                work.node,
                f"{self.program} can not be taken away: {(last or ['no word'])[-1]}",
                hint=f"Mend what it names on {work.node}, then retry; what was before is kept there until then.",
            )
        return "done" if "gone" in last else "unchanged"
