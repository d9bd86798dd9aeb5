"""The step that installs or renews SELinux's rules for RKE2 where a node enforces it and the spec's source has them.

From a folder or a bundle RKE2 is installed by its tarball, which brings none. Online its own RPM packages do.
Source: install.sh of rancher/rke2 (INSTALL_RKE2_ARTIFACT_PATH); RKE2 documentation, "SELinux".
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from wizard.bundle.packages import rpm_version
from wizard.bundle.packages.onto_node import Lot, lot
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


def _packages() -> tuple[str, ...]:
    return tuple(profile("artifacts")["packages"]["purposes"]["selinux"]["rpm"])


@dataclass(frozen=True, slots=True)
class SelinuxPolicy(Fileless):
    """Settled where SELinux does not enforce, or has the rules.

    With `renew` the source's take the place of older ones, and nothing is said where it has none.
    """

    site: Site
    renew: bool = False
    key: str = "selinux-policy"
    title: str = "Install SELinux's rules for RKE2"
    timeout_s: float = 1200.0
    expected_s: float = 30.0

    def settled(self, node: str, survey: Survey) -> bool:
        if node not in survey.facts:
            return False
        facts = survey.facts[node]
        # Whether the source's are newer, only its package says.
        return facts.selinux != "enforcing" or (bool(read_state(facts).policy) and not self.renew)

    async def carry_out(self, work: Work) -> Outcome:
        facts = await probe(work.host, extra=(PROBE,))
        there = read_state(facts).policy
        if facts.selinux != "enforcing" or (there and not self.renew):
            return "unchanged"
        source = await asyncio.to_thread(self._newer, facts, there)
        if source is None and self.renew:
            return "unchanged"
        if source is None:
            where = self.site.spec.source.path
            raise StepFailed(
                work.node,
                f"SELinux enforces there, and {where} has no {' and '.join(_packages())} for {facts.os_name or 'it'}",
                hint=f"Make the bundle with --os, or install them on {work.node} by hand; then retry.",
            )
        await self._install(work, source, ("--renew", NAME) if there else _packages())
        found = read_state(await probe(work.host, extra=(PROBE,))).policy
        if not found or (there and found == there):
            what = f"still {found}" if found else "not there"
            raise StepFailed(
                work.node,
                f"{NAME} is {what}, although the package manager was content",
                hint=f"On {work.node}: rpm -q {NAME}; then retry.",
            )
        if there:
            work.said(f"{NAME}: {there} -> {found}")
        return "done"

    def _newer(self, facts: Facts, there: str) -> Lot | None:
        """Return what the source has for a node; None for nothing, or none newer than what is there."""
        source = lot(self.site.spec.source, self.site.base, facts, _packages(), called=NAME)
        if source is None or not there:
            return source
        return source if rpm_version.key(source.version_of(NAME)) > rpm_version.key(there) else None

    async def _install(self, work: Work, source: Lot, words: Sequence[str]) -> None:
        await source.send(work.host, told=lambda text: work.tell(20, text))
        last: list[str] = []

        def heard(line: str) -> None:
            last[:] = [*last[1 - TAIL :], line]
            work.said(line)

        work.tell(30, f"installs {NAME}")
        args = (NAME, "apply", *source.words, *words)
        status = await run_job(work.host, JOB, PACKAGE, *args, timeout_s=self.timeout_s - 60, on_line=heard)
        if status != 0:
            raise StepFailed(
                work.node,
                f"SELinux's rules for RKE2 can not be installed: {(last or ['no word'])[-1]}",
                cause="A package that they need is not among those of the source, or another one is in their way.",
                hint=f"Read the log of {work.node}, mend what it names, or install {NAME} there by hand; then retry.",
            )
