"""The step that has Docker on a node: installed where that is asked for, else found there."""

from dataclasses import dataclass

from wizard.bundle.packages.onto_node import lot
from wizard.distros.rke1.state import PROBE, ROOM, at_socket, read_state
from wizard.errors import StepFailed
from wizard.hosts.facts import Facts, probe
from wizard.hosts.jobs import run_job
from wizard.hosts.script import Script, load_script
from wizard.mend.mend import ROOM as MENDS
from wizard.profiles import profile
from wizard.rollout.step import Fileless, Outcome, Survey, Work
from wizard.site import Site

NAME = "docker"
"""What was before is kept under it on the node."""
JOB = "rancher-wizard-docker"
TAIL = 5
PACKAGE = Script(
    "docker_package",
    "\n".join(
        [load_script(MENDS, "keep").text, load_script(MENDS, "install").text, load_script(ROOM, "docker_package").text]
    ),
)


@dataclass(frozen=True, slots=True)
class Docker(Fileless):
    """Settled where Docker answers."""

    site: Site
    key: str = "docker"
    title: str = "Docker"
    timeout_s: float = 1800.0
    expected_s: float = 5.0

    def settled(self, node: str, survey: Survey) -> bool:
        return node in survey.facts and bool(read_state(survey.facts[node]).docker)

    async def carry_out(self, work: Work) -> Outcome:
        facts = await probe(work.host, extra=(at_socket(PROBE, self.site.spec, work.node),))
        if read_state(facts).docker:
            return "unchanged"
        if self.site.spec.rke1.docker == "check":
            raise StepFailed(
                work.node,
                "Docker does not answer",
                cause="It is not installed, or does not run.",
                hint=f"On {work.node}: systemctl enable --now docker; or set rke1.docker: install. Then retry.",
            )
        await self._install(work, facts)
        version = read_state(await probe(work.host, extra=(at_socket(PROBE, self.site.spec, work.node),))).docker
        if not version:
            raise StepFailed(
                work.node, "Docker was installed and does not answer", hint="There: journalctl -u docker; then retry."
            )
        work.said(f"Docker {version}")
        return "done"

    async def _install(self, work: Work, facts: Facts) -> None:
        packages = tuple(profile("rke1/docker")["packages"].get(facts.os_id, ()))
        if not packages:
            raise StepFailed(
                work.node,
                f"it is not known which package brings Docker to {facts.os_name or facts.os_id or 'this system'}",
                hint="Install Docker there by hand; then retry.",
            )
        source = lot(self.site.spec.source, self.site.base, facts, packages, called=NAME)
        if source:
            await source.send(work.host, told=lambda text: work.tell(20, text))
        last: list[str] = []

        def heard(line: str) -> None:
            last[:] = [*last[1 - TAIL :], line]
            work.said(line)

        user = self.site.spec.ssh_of(self.site.spec.node(work.node)).user or "root"
        args = (NAME, "apply", *(source.words if source else ()), user, *packages)
        work.tell(30, f"installs {' '.join(packages)}")
        status = await run_job(work.host, JOB, PACKAGE, *args, timeout_s=self.timeout_s - 60, on_line=heard)
        if status != 0:
            raise StepFailed(
                work.node,
                f"Docker can not be installed: {(last or ['no word'])[-1]}",
                cause="The package manager finds no such package, or no mirror answers.",
                hint=f"Install Docker on {work.node} by hand, or mend its package sources; then retry.",
            )
