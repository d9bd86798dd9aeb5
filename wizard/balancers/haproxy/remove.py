"""The step that takes HAProxy away again: files, unit and packages as they were before."""

from dataclasses import dataclass

from wizard.balancers.haproxy.install import JOB, NAME
from wizard.balancers.haproxy.render import CERTIFICATES
from wizard.balancers.haproxy.state import ROOM
from wizard.balancers.kept import kept_script
from wizard.errors import StepFailed
from wizard.hosts.jobs import run_job
from wizard.rollout.step import File, Outcome, Survey, Work

REMOVE = kept_script(ROOM, "haproxy_remove", packages=True)


@dataclass(frozen=True, slots=True)
class RemoveHaproxy:
    """Never settled beforehand: what is kept on the machine says whether there is anything to take back."""

    key: str = "haproxy-remove"
    title: str = "Remove HAProxy"
    timeout_s: float = 600.0
    expected_s: float = 10.0

    def files(self, node: str) -> tuple[File, ...]:
        return ()

    def settled(self, node: str, survey: Survey) -> bool:
        return False

    async def carry_out(self, work: Work) -> Outcome:
        last: list[str] = []

        def heard(line: str) -> None:
            last[:] = [*last[-9:], line]
            work.said(line)

        args = (NAME, "undo", CERTIFICATES)
        status = await run_job(work.host, JOB, REMOVE, *args, timeout_s=self.timeout_s - 30, on_line=heard)
        if status != 0:
            raise StepFailed(
                work.node,
                f"HAProxy can not be taken away: {(last or ['no word'])[-1]}",
                hint=f"Mend what it names on {work.node}, then retry; what was before is kept there until then.",
            )
        return "done" if "gone" in last else "unchanged"
