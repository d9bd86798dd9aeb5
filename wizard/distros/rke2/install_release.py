"""The step that installs the pinned release by the vendor's own script, as a job that outlives the link."""

from dataclasses import dataclass

from wizard.distros.rke2.release import STAGING
from wizard.distros.rke2.state import ROOM, read_state
from wizard.errors import StepFailed
from wizard.hosts.jobs import job_there, run_job
from wizard.hosts.script import Script, load_script
from wizard.rollout.step import Fileless, Outcome, Survey, Work
from wizard.site import Site

FROM_FOLDER = load_script(ROOM, "install_from_folder")
ONLINE = load_script(ROOM, "install_online")
INSTALLED = load_script(ROOM, "installed_version")
JOB = "rancher-wizard-install"


@dataclass(frozen=True, slots=True)
class InstallRelease(Fileless):
    """Settled when the pinned version is installed."""

    site: Site
    key: str = "install"
    title: str = "Install RKE2"
    timeout_s: float = 1800.0
    expected_s: float = 15.0

    def settled(self, node: str, survey: Survey) -> bool:
        if node not in survey.facts:
            return False
        state = read_state(survey.facts[node])
        return state.version == self.site.spec.version and not state.job

    async def carry_out(self, work: Work) -> Outcome:
        # The version is there before the script is done: a job begun before the link dropped is seen to its end.
        if await self._version(work) == self.site.spec.version and not await job_there(work.host, JOB):
            return "unchanged"
        script, args = self._script(work.node)
        last: list[str] = []

        def heard(line: str) -> None:
            last[:] = [*last[-9:], line]
            work.said(line)
            work.tell(50, line.removeprefix("[INFO]").strip())

        status = await run_job(work.host, JOB, script, *args, timeout_s=self.timeout_s, on_line=heard)
        found = await self._version(work)
        if status != 0 or found != self.site.spec.version:
            raise self._failure(work.node, status, found, last)
        return "done"

    def _script(self, node: str) -> tuple[Script, tuple[str, ...]]:
        spec = self.site.spec
        role = spec.node(node).role
        if spec.source.kind != "online":
            return FROM_FOLDER, (STAGING, role)
        proxy = (spec.proxy.https or spec.proxy.http or "") if spec.proxy else ""
        return ONLINE, (spec.version, role, spec.source.mirror or "", proxy)

    async def _version(self, work: Work) -> str:
        result = await work.host.run(INSTALLED, timeout_s=30)
        return result.lines[-1] if result.lines else ""

    def _failure(self, node: str, status: int, found: str, last: list[str]) -> StepFailed:
        # systemd's own word on the job comes last, and says nothing of why.
        told = [line for line in last if not line.startswith(f"{JOB}.service:")]
        said = next((line for line in reversed(told) if "ERROR" in line or "No space" in line), (told or [""])[-1])
        if status == 0:
            saw = f"the install script ended well, but {found or 'no version'} is installed"
        elif status < 0:
            saw = "the node restarted while the install script ran"
        else:
            saw = f"the install script ended with exit status {status}: {said}"
        if "No space left" in said:
            return StepFailed(node, saw, cause="The disk is full.", hint="Free room in /usr/local and /var/lib; retry.")
        return StepFailed(node, saw, hint=f"Read the log of {node}, mend what it names, then retry.")
