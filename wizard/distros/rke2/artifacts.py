"""The release files that a node needs, and the step that brings them there from a folder on the jump host."""

import asyncio
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from wizard.distros.rke2.state import IMAGES, ROOM, read_state
from wizard.errors import StepFailed, WizardError
from wizard.hosts.script import load_script
from wizard.rollout.step import File, Outcome, Survey, Work
from wizard.site import Site

STAGING = "/var/lib/rancher-wizard/artifacts"
ARCHES = {"x86_64": "amd64", "aarch64": "arm64", "s390x": "s390x"}
FREE_SPACE = load_script(ROOM, "free_space")
UNPACKED_TIMES = 3  # images unpack to a multiple of their archive: plan three times its size


@dataclass(frozen=True, slots=True)
class Artifact:
    """One release file on the jump host and where it goes on a node."""

    source: Path
    dest: str
    size_bytes: int
    sha256: str
    mode: int = 0o644


@dataclass(slots=True)
class Folder:
    """A folder of release artifacts, its files checked against the release's own checksums once."""

    path: Path
    _checked: dict[str, tuple[Artifact, ...]] = field(default_factory=dict)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def artifacts(self, arch: str) -> tuple[Artifact, ...]:
        """Return what a node of `arch` (amd64, arm64, s390x) needs, verified.

        Raises WizardError for a missing file or a wrong checksum. Names and rules: the vendor's install script,
        which needs the tarball and the checksums and places images before it verifies anything.
        """
        async with self._lock:
            if arch not in self._checked:
                self._checked[arch] = await asyncio.to_thread(self._verified, arch)
            return self._checked[arch]

    def images(self, arch: str) -> dict[str, int]:
        """Return name and size in bytes of each image archive for `arch`."""
        return {path.name: path.stat().st_size for path in self._archives(arch)}

    def _archives(self, arch: str) -> list[Path]:
        found = sorted(self.path.glob(f"rke2-images*.linux-{arch}.tar.*"))
        zst = {path.name.removesuffix(".tar.zst") for path in found if path.name.endswith(".tar.zst")}
        return [path for path in found if path.suffix != ".gz" or path.name.removesuffix(".tar.gz") not in zst]

    def _verified(self, arch: str) -> tuple[Artifact, ...]:
        sums = self._sums(arch)
        staged = [self.path / f"rke2.linux-{arch}.tar.gz"]
        made = [self._artifact(path, f"{STAGING}/{path.name}", sums.get(path.name)) for path in staged]
        made += [self._artifact(path, f"{IMAGES}/{path.name}", sums.get(path.name)) for path in self._archives(arch)]
        for name, mode in ((f"sha256sum-{arch}.txt", 0o644), ("install.sh", 0o755)):
            made.append(self._artifact(self.path / name, f"{STAGING}/{name}", None, mode=mode))
        return tuple(made)

    def _sums(self, arch: str) -> dict[str, str]:
        path = self.path / f"sha256sum-{arch}.txt"
        self._need(path)
        pairs = (line.split(maxsplit=1) for line in path.read_text(errors="replace").splitlines() if " " in line)
        return {name.strip().lstrip("*"): digest for digest, name in pairs}

    def _need(self, path: Path) -> None:
        if not path.is_file():
            raise WizardError(
                f"{path.name} is missing in {self.path}",
                hint="Put the release's tarball, sha256sum file, image archives and install.sh into that folder.",
            )

    def _artifact(self, path: Path, dest: str, expected: str | None, *, mode: int = 0o644) -> Artifact:
        self._need(path)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if expected is not None and digest != expected:
            raise WizardError(
                f"{path}: sha256 is {digest[:16]}…, the release says {expected[:16]}…",
                hint="The file is damaged or of another release: fetch it again.",
            )
        return Artifact(path, dest, path.stat().st_size, digest, mode)


def folder_of(site: Site) -> Folder | None:
    """Return the folder with the release of the spec; None where nodes download it."""
    if not site.spec.source.path:
        return None
    return Folder(release_folder(site.resolve(site.spec.source.path), site.spec.version))


def release_folder(path: Path, version: str) -> Path:
    """Return where in a folder of the spec a release lies: in one named after it, where several lie side by side."""
    own = path / version
    return own if own.is_dir() else path


def arch_of(site: Site, node: str) -> str:
    """Return the release's name of the node's CPU architecture; raises StepFailed for one without a release."""
    machine = site.survey.facts[node].arch
    if machine not in ARCHES:
        raise StepFailed(node, f"CPU architecture {machine!r}", hint=f"RKE2 is released for {', '.join(ARCHES)}.")
    return ARCHES[machine]


@dataclass(frozen=True, slots=True)
class SendArtifacts:
    """Settled when the version is installed and each image archive is there in its full size."""

    site: Site
    folder: Folder
    key: str = "artifacts"
    title: str = "Send release files"
    timeout_s: float = 7200.0
    expected_s: float = 30.0

    def files(self, node: str) -> tuple[File, ...]:
        return ()

    def settled(self, node: str, survey: Survey) -> bool:
        if node not in survey.facts or survey.facts[node].arch not in ARCHES:
            return False
        state = read_state(survey.facts[node])
        images = self.folder.images(ARCHES[survey.facts[node].arch])
        return state.version == self.site.spec.version and images.items() <= state.images.items()

    async def carry_out(self, work: Work) -> Outcome:
        artifacts = await self.folder.artifacts(arch_of(self.site, work.node))
        await self._room(work, artifacts)
        total, before, sent = sum(each.size_bytes for each in artifacts), 0, False
        for each in artifacts:

            def moved(done: int, size: int, base: int = before, name: str = each.source.name) -> None:
                work.tell(int(100 * (base + done) / max(1, total)), f"{name}: {done >> 20} of {size >> 20} MiB")

            new = await work.host.send(each.source, each.dest, sha256=each.sha256, mode=each.mode, on_progress=moved)
            sent = sent or new
            before += each.size_bytes
        return "done" if sent else "unchanged"

    async def _room(self, work: Work, artifacts: tuple[Artifact, ...]) -> None:
        """A full disk is found before the transfer, not in the middle of the start."""
        needed = sum(UNPACKED_TIMES * each.size_bytes for each in artifacts) >> 20
        result = await work.host.run(FREE_SPACE, IMAGES, timeout_s=30)
        free = int(next((line for line in result.lines if line.isdigit()), "0"))
        if free < needed:
            raise StepFailed(
                work.node,
                f"{free} MiB free for /var/lib/rancher, {needed} MiB are needed",
                cause="The disk is full, or too small for the images once unpacked.",
                hint=f"Free {needed - free} MiB on {work.node}, or give /var/lib/rancher a larger disk; then retry.",
            )
