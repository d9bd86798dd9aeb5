"""The step that installs SELinux's rules for RKE2 where a node enforces SELinux and the spec's source has them.

From a folder or a bundle RKE2 is installed by its tarball, which brings none. Online its own RPM packages do.
Source: install.sh of rancher/rke2 (INSTALL_RKE2_ARTIFACT_PATH); RKE2 documentation, "SELinux".
"""

from dataclasses import dataclass

from wizard.bundle.packages.onto_node import lot
from wizard.distros.rke2.state import PROBE, read_state
from wizard.errors import StepFailed
from wizard.hosts.facts import Facts, probe
from wizard.hosts.jobs import run_job
from wizard.mend.mend import MENDS
from wizard.profiles import profile
from wizard.rollout.step import Fileless, Outcome, Survey, Work
from wizard.site import Site
from wizard.spec.models import Spec

NAME = "rke2-selinux"
"""What was before is kept under it on the node."""
JOB = "rancher-wizard-selinux"
PACKAGE = MENDS["packages"].script()
TAIL = 5


def by_wizard(spec: Spec) -> bool:
    """Whether the wizard brings the rules: the spec wants SELinux, and RKE2 comes without packages of its own."""
    return spec.security.selinux and spec.source.kind in ("bundle", "folder")


@dataclass(frozen=True, slots=True)
class SelinuxPolicy(Fileless):
    """Settled where SELinux does not enforce, or has the rules."""

    site: Site
    key: str = "selinux-policy"
    title: str = "Install SELinux's rules for RKE2"
    timeout_s: float = 1200.0
    expected_s: float = 30.0

    def settled(self, node: str, survey: Survey) -> bool:
        return node in survey.facts and _settled(survey.facts[node])

    async def carry_out(self, work: Work) -> Outcome:
        facts = await probe(work.host, extra=(PROBE,))
        if _settled(facts):
            return "unchanged"
        await self._install(work, facts)
        if not _settled(await probe(work.host, extra=(PROBE,))):
            raise StepFailed(
                work.node,
                f"{NAME} is not there, although the package manager was content",
                hint=f"On {work.node}: rpm -q {NAME}; then retry.",
            )
        return "done"

    async def _install(self, work: Work, facts: Facts) -> None:
        packages = tuple(profile("artifacts")["packages"]["purposes"]["selinux"]["rpm"])
        source = lot(self.site.spec.source, self.site.base, facts, packages, called=NAME)
        if source is None:
            where = self.site.spec.source.path
            raise StepFailed(
                work.node,
                f"SELinux enforces there, and {where} has no {' and '.join(packages)} for {facts.os_name or 'it'}",
                hint=f"Make the bundle with --os, or install them on {work.node} by hand; then retry.",
            )
        await source.send(work.host, told=lambda text: work.tell(20, text))
        last: list[str] = []

        def heard(line: str) -> None:
            last[:] = [*last[1 - TAIL :], line]
            work.said(line)

        work.tell(30, f"installs {' '.join(packages)}")
        args = (NAME, "apply", *source.words, *packages)
        status = await run_job(work.host, JOB, PACKAGE, *args, timeout_s=self.timeout_s - 60, on_line=heard)
        if status != 0:
            raise StepFailed(
                work.node,
                f"SELinux's rules for RKE2 can not be installed: {(last or ['no word'])[-1]}",
                cause="A package that they need is not among those of the source, or another one is in their way.",
                hint=f"Read the log of {work.node}, mend what it names, or install {NAME} there by hand; then retry.",
            )


def _settled(facts: Facts) -> bool:
    return facts.selinux != "enforcing" or read_state(facts).policy
