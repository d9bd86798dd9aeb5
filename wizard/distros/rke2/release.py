"""Where the files of a release lie on the jump host: in a folder, or in a bundle."""

import asyncio
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from wizard.bundle.carried import carried, taken
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.manifest import Entry, Role
from wizard.bundle.releases import beside, rke2_releases
from wizard.distros.rke2.state import IMAGES
from wizard.errors import WizardError
from wizard.hosts.upload import Delivery, Extent
from wizard.spec.reference import located
from wizard.spec.source import Source

STAGING = "/var/lib/rancher-wizard/artifacts"
ARCHES = {"x86_64": "amd64", "aarch64": "arm64", "s390x": "s390x"}


class Release(Protocol):
    """A release on the jump host; whoever asks does not know what it lies in."""

    async def artifacts(self, arch: str, role: Role) -> tuple[Delivery, ...]:
        """Return what a node of `arch` (amd64, arm64, s390x) and `role` (server, agent) needs, verified.

        Raises WizardError for a missing file or a wrong checksum. Names and rules: the vendor's install script,
        which needs the tarball and the checksums and places images before it verifies anything.
        """
        ...

    def images(self, arch: str, role: Role) -> dict[str, int]:
        """Return name and size in bytes of each image archive for `arch` and `role`."""
        ...

    def size_bytes(self, arch: str, role: Role) -> int:
        """Return the size of all that a node of `arch` and `role` needs; what is missing counts nothing."""
        ...


def release_of(source: Source, base: Path, version: str) -> Release | None:
    """Return where a release lies; None where nodes download it. `base` is the folder of the spec.

    Raises Refused or WizardError for a bundle that is not trusted or can't be read.
    """
    if source.path is None:
        return None
    if bundle := carried(source, base):
        return InBundle(bundle, version)
    path = located(source.path, base).resolve()
    # Several releases lie side by side where each has a folder of its name.
    own = path / version
    return Folder(own if own.is_dir() else path)


def held(source: Source, base: Path) -> tuple[str, ...] | None:
    """Return the releases that are where the source says; None where nodes download them, or only files would tell.

    A folder without folders of releases is of one release, which its files do not name. Raises what `release_of` does.
    """
    if source.path is None:
        return None
    if bundle := carried(source, base):
        return rke2_releases(bundle.manifest)
    path = located(source.path, base).resolve()
    return tuple(sorted(each.name for each in path.glob("v*+rke2r*") if each.is_dir())) or None


def _placed(name: str, archive: bool) -> tuple[str, int]:
    """Where a file goes on a node, and its mode."""
    return f"{IMAGES if archive else STAGING}/{name}", 0o755 if name == "install.sh" else 0o644


@dataclass(slots=True)
class Folder:
    """A folder of release artifacts, its files checked against the release's own checksums once.

    Nothing in it says for which roles a file is: all get all.
    """

    path: Path
    _checked: dict[str, tuple[Delivery, ...]] = field(default_factory=dict)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def artifacts(self, arch: str, role: Role) -> tuple[Delivery, ...]:
        async with self._lock:
            if arch not in self._checked:
                self._checked[arch] = await asyncio.to_thread(self._verified, arch)
            return self._checked[arch]

    def images(self, arch: str, role: Role) -> dict[str, int]:
        return {path.name: path.stat().st_size for path in self._archives(arch)}

    def size_bytes(self, arch: str, role: Role) -> int:
        others = (self.path / name for name in beside(arch))
        return sum(self.images(arch, role).values()) + sum(path.stat().st_size for path in others if path.is_file())

    def _archives(self, arch: str) -> list[Path]:
        found = sorted(self.path.glob(f"rke2-images*.linux-{arch}.tar.*"))
        zst = {path.name.removesuffix(".tar.zst") for path in found if path.name.endswith(".tar.zst")}
        return [path for path in found if path.suffix != ".gz" or path.name.removesuffix(".tar.gz") not in zst]

    def _verified(self, arch: str) -> tuple[Delivery, ...]:
        sums = self._sums(arch)
        made = [self._artifact(self.path / name, sums.get(name)) for name in beside(arch)]
        made += [self._artifact(path, sums.get(path.name), archive=True) for path in self._archives(arch)]
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

    def _artifact(self, path: Path, expected: str | None, *, archive: bool = False) -> Delivery:
        self._need(path)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if expected is not None and digest != expected:
            raise WizardError(
                f"{path}: sha256 is {digest[:16]}…, the release says {expected[:16]}…",
                hint="The file is damaged or of another release: fetch it again.",
            )
        dest, mode = _placed(path.name, archive)
        return Delivery(Extent.whole(path), dest, digest, mode)


@dataclass(slots=True)
class InBundle:
    """A release in a bundle: read where it lies, each blob proven once before the first node gets it.

    What its manifest says to be for other roles reaches no node.
    """

    bundle: Bundle
    version: str
    _proven: dict[str, Delivery] = field(default_factory=dict)
    _listed: dict[str, list[Entry]] = field(default_factory=dict)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def artifacts(self, arch: str, role: Role) -> tuple[Delivery, ...]:
        async with self._lock:
            return await asyncio.to_thread(self._take, arch, role)

    def images(self, arch: str, role: Role) -> dict[str, int]:
        archives = (each for each in self._archives(arch) if _for(each, role))
        return {each.file_name: self.bundle.places[each.sha256].size_bytes for each in archives}

    def size_bytes(self, arch: str, role: Role) -> int:
        entries = (self.bundle.manifest.find("file", f"rke2/{self.version}/{name}") for name in beside(arch))
        others = sum(self.bundle.places[each.sha256].size_bytes for each in entries if each and _for(each, role))
        return sum(self.images(arch, role).values()) + others

    def _archives(self, arch: str) -> list[Entry]:
        # Asked for every node of a plan, and a bundle lists thousands of entries.
        if arch not in self._listed:
            begin, end = f"rke2/{self.version}/rke2-images", f".linux-{arch}.tar.zst"
            entries = self.bundle.manifest.entries
            found = [each for each in entries if each.name.startswith(begin) and each.name.endswith(end)]
            self._listed[arch] = found
        return self._listed[arch]

    def _take(self, arch: str, role: Role) -> tuple[Delivery, ...]:
        entries = [(self._find(name), False) for name in beside(arch)] + [(each, True) for each in self._archives(arch)]
        return tuple(self._artifact(entry, archive) for entry, archive in entries if _for(entry, role))

    def _find(self, name: str) -> Entry:
        entry = self.bundle.manifest.find("file", f"rke2/{self.version}/{name}")
        if entry is None:
            raise WizardError(
                f"{self.bundle.path}: {name} of {self.version} is not in it",
                hint="Make a bundle for this spec by `bundle create`; `bundle inspect` shows what one holds.",
            )
        return entry

    def _artifact(self, entry: Entry, archive: bool) -> Delivery:
        if entry.name not in self._proven:
            dest, mode = _placed(entry.file_name, archive)
            self._proven[entry.name] = Delivery(taken(self.bundle, entry), dest, entry.sha256, mode)
        return self._proven[entry.name]


def _for(entry: Entry, role: Role) -> bool:
    """Whether a node of that role gets it; what is for nobody by name is for whoever asks."""
    return not entry.roles or role in entry.roles
