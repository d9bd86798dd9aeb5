"""Kernel settings and modules that a Kubernetes node needs at each boot."""

from dataclasses import dataclass
from pathlib import Path

from wizard.errors import CommandFailed, StepFailed
from wizard.hosts.script import load_script
from wizard.hosts.upload import write_file
from wizard.rollout.step import File, Outcome, Survey, Work
from wizard.site import sha256

ROOM = Path(__file__).parent
LOAD_SYSCTL = load_script(ROOM, "load_sysctl")
LOAD_MODULES = load_script(ROOM, "load_modules")


@dataclass(frozen=True, slots=True)
class Sysctl:
    """Settled when the file is there and the kernel has its values."""

    path: str
    values: tuple[tuple[str, str], ...]
    key: str = "sysctl"
    title: str = "Set kernel parameters"
    timeout_s: float = 60.0
    expected_s: float = 0.5

    def text(self) -> str:
        """The text of the sysctl file."""
        return "# Written by rancher-wizard\n" + "".join(f"{name} = {value}\n" for name, value in self.values)

    def files(self, node: str) -> tuple[File, ...]:
        return (File(self.path, self.text(), sha256=sha256(self.text())),)

    def settled(self, node: str, survey: Survey) -> bool:
        facts = survey.facts.get(node)
        return bool(
            facts
            and self.files(node)[0].in_place(facts)
            and all(facts.sysctls.get(name, value) == value for name, value in self.values)
        )

    async def carry_out(self, work: Work) -> Outcome:
        written = await write_file(work.host, self.path, self.text().encode())
        try:
            loaded = await work.host.run(LOAD_SYSCTL, self.path, timeout_s=30)
        except CommandFailed as error:
            raise StepFailed(
                work.node,
                error.what,
                cause="The kernel does not let this machine set it: a container, or a locked-down kernel.",
                hint="Set it on the machine's host; or prepare.sysctl: false and set it by hand; then retry.",
            ) from error
        return "done" if written or "changed" in loaded.lines[-1:] else "unchanged"


@dataclass(frozen=True, slots=True)
class Modules:
    """Settled when the file is there and the kernel has the features, as modules or built in."""

    path: str
    names: tuple[str, ...]
    key: str = "modules"
    title: str = "Load kernel modules"
    timeout_s: float = 60.0
    expected_s: float = 0.5

    def text(self) -> str:
        """The text of the modules-load file."""
        return "# Written by rancher-wizard\n" + "".join(f"{name}\n" for name in self.names)

    def files(self, node: str) -> tuple[File, ...]:
        return (File(self.path, self.text(), sha256=sha256(self.text())),)

    def settled(self, node: str, survey: Survey) -> bool:
        facts = survey.facts.get(node)
        return bool(facts and self.files(node)[0].in_place(facts) and facts.modules.issuperset(self.names))

    async def carry_out(self, work: Work) -> Outcome:
        written = await write_file(work.host, self.path, self.text().encode())
        try:
            loaded = await work.host.run(LOAD_MODULES, *self.names, timeout_s=30)
        except CommandFailed as error:
            raise StepFailed(
                work.node,
                error.what,
                cause="The running kernel has no such module; after a kernel update the old one's are gone.",
                hint=f"Reboot {work.node}, or install its kernel's extra modules (kernel-modules-extra); then retry.",
            ) from error
        return "done" if written or "changed" in loaded.lines[-1:] else "unchanged"
