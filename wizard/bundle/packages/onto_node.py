"""Packages out of a spec's source onto a node: sent into a folder of its own, from which its package manager installs.

In the source they are for one system each: `packages/debian-12/haproxy/FILE` in a bundle, with all that haproxy needs;
`packages/debian-12/FILE` in a folder.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Protocol

from wizard.bundle.carried import carried, taken
from wizard.bundle.contents.artifact import ARCHES, PACKAGE_ENDS
from wizard.bundle.fetch.at_once import each_at_once
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.manifest import Entry
from wizard.bundle.packages.rpm_header import Header, read_header
from wizard.bundle.packages.rpm_repository import Held, metadata
from wizard.hosts.facts import Facts
from wizard.hosts.runner import Runner
from wizard.hosts.script import load_script
from wizard.hosts.system import system_names
from wizard.hosts.upload import Extent, InMemory, Source, sha256_of
from wizard.spec.reference import located
from wizard.spec.source import Source as SpecSource

INSTALLED = load_script(Path(__file__).parent, "installed_packages")
STAGING = "/var/lib/rancher-wizard/packages"


class Receiver(Runner, Protocol):
    """What a host does for packages."""

    async def send(self, source: Source, dest: str, *, sha256: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Lot:
    """Packages that go into one folder of a node; what a bundle holds of them is proven as it is sent."""

    folder: str
    bundle: Bundle | None
    packages: tuple[Entry | Path, ...]

    @property
    def words(self) -> tuple[str, str]:
        """The first arguments of a script that is to install from here; see mend/scripts/install.sh."""
        return "--from", self.folder

    async def send(self, host: Receiver, *, told: Callable[[str], None]) -> None:
        """Bring them onto a node, but what is installed there in the very version, which its package manager counts.

        Those that are there stay. Raises what Host.send and Host.run raise, Refused for damaged ones.
        """
        result = await host.run(INSTALLED, timeout_s=60)
        installed = {line.removeprefix("package=") for line in result.lines if line.startswith("package=")}
        lacking = [each for each in self.packages if _known_as(each) not in installed]

        async def one(package: Entry | Path) -> None:
            extent, digest = await self._opened(package)
            told(f"sends {extent.name}")
            await host.send(extent, f"{self.folder}/{extent.name}", sha256=digest)

        # Many are small, and each costs some round trips: a connection carries as many at once as its channels allow.
        await each_at_once(one, lacking)
        for name, data in (await asyncio.to_thread(self._metadata, lacking)).items():
            await host.send(InMemory(name, data), f"{self.folder}/repodata/{name}", sha256=sha256(data).hexdigest())

    def version_of(self, name: str) -> str:
        """Return the version of an RPM package among them as its file says it, as 0:0.18-1.el9; "" where it is not.

        Raises WizardError for a file that is no RPM.
        """
        for each in self.packages:
            file_name = each.name.rpartition("/")[2]
            if file_name.startswith(f"{name}-") and file_name.endswith(".rpm"):
                header = self._header(each)
                if header.name == name:
                    return f"{header.epoch}:{header.version}-{header.release}"
        return ""

    def _metadata(self, packages: Sequence[Entry | Path]) -> Mapping[str, bytes]:
        """Return what makes the folder a repository for dnf and zypper; apt's metadata the node makes itself."""
        if not any(each.name.endswith(".rpm") for each in packages):
            return {}
        return metadata(self._held(each) for each in packages)

    def _held(self, package: Entry | Path) -> Held:
        header = self._header(package)
        if isinstance(package, Path):
            with package.open("rb") as file:
                return Held(header, package.name, file_digest(file, "sha256").hexdigest(), package.stat().st_size)
        assert self.bundle is not None  # noqa: S101 - its entries come from it
        return Held(header, package.file_name, package.sha256, self.bundle.places[package.sha256].size_bytes)

    def _header(self, package: Entry | Path) -> Header:
        if isinstance(package, Path):
            with package.open("rb") as file:
                return read_header(file, name=str(package))
        assert self.bundle is not None  # noqa: S101 - its entries come from it
        with self.bundle.open_entry(package) as blob:
            return read_header(blob, name=package.name)

    async def _opened(self, package: Entry | Path) -> tuple[Extent, str]:
        if isinstance(package, Path):
            return Extent.whole(package), await sha256_of(package)
        assert self.bundle is not None  # noqa: S101 - its entries come from it
        return await asyncio.to_thread(taken, self.bundle, package), package.sha256


def lot(source: SpecSource, base: Path, facts: Facts, names: Sequence[str], *, called: str) -> Lot | None:
    """Return what a node installs the packages `names` from; None where the source has not all of them.

    `base` is the folder of the spec, `called` the folder's name on the node. Raises Refused, WizardError for a bundle
    that is not trusted or can't be read.
    """
    if source.path is None or not names:
        return None
    folder, bundle = f"{STAGING}/{called}", carried(source, base)
    for system in system_names(facts):
        if bundle:
            found = [_entries(bundle, f"packages/{system}/{name}", ARCHES.get(facts.arch, "")) for name in names]
            if all(found):
                once = {entry.file_name: entry for entries in found for entry in entries}
                return Lot(folder, bundle, tuple(once[name] for name in sorted(once)))
        elif paths := _files(located(source.path, base).resolve() / "packages" / system, names):
            return Lot(folder, None, paths)
    return None


def packages_in(source: SpecSource, base: Path) -> tuple[str, ...]:
    """Return the packages that a spec's source has, as debian-12/haproxy; files of a folder by their whole names.

    `base` is the folder of the spec. Raises what `lot` raises.
    """
    if source.path is None:
        return ()
    if bundle := carried(source, base):
        names = (entry.name.split("/") for entry in bundle.manifest.entries if entry.kind == "package")
        return tuple(dict.fromkeys(f"{system}/{name}" for _, system, name, *_ in names))
    paths = sorted((located(source.path, base).resolve() / "packages").glob("*/*"))
    return tuple(f"{path.parent.name}/{path.name}" for path in paths if path.suffix in PACKAGE_ENDS)


def _known_as(package: Entry | Path) -> str:
    """Return the name and version by which a node's package database knows a package; "" where nothing says."""
    if isinstance(package, Path):
        return ""
    deb = package.file_name.endswith(".deb")
    name = package.file_name.partition("_")[0] if deb else package.file_name.rsplit("-", 2)[0]
    return f"{name} {package.version}"


def _entries(bundle: Bundle, package: str, arch: str) -> list[Entry]:
    return [each for each in bundle.manifest.packages.get(package, ()) if each.arch in ("", arch)]


def _files(folder: Path, names: Iterable[str]) -> tuple[Path, ...]:
    paths = tuple(path for path in sorted(folder.glob("*")) if path.suffix in PACKAGE_ENDS)
    there = all(any(path.name.startswith((f"{name}_", f"{name}-")) for path in paths) for name in names)
    return paths if there else ()
