"""Packages of apt's repositories with all that they depend on: known by name and digest before they are fetched."""

import asyncio
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wizard.bundle.fetch.at_once import each_at_once
from wizard.bundle.fetch.fetch import Fetcher
from wizard.bundle.fetch.want import Want
from wizard.bundle.packages.apt_release import AptRelease, Listed, read_release
from wizard.bundle.packages.closure import closure
from wizard.bundle.packages.deb_index import Deb, read_index
from wizard.bundle.packages.deb_version import key, satisfies
from wizard.bundle.packages.relation import Shelf
from wizard.bundle.packages.signature import signed_text
from wizard.errors import WizardError
from wizard.profiles import profile

_PACKED = (".xz", ".gz", "")


@dataclass(frozen=True, slots=True)
class Suite:
    """One suite of a repository, such as bookworm-security of https://deb.debian.org/debian-security."""

    root: str
    name: str

    @property
    def url(self) -> str:
        """Where its files lie."""
        return f"{self.root}/dists/{self.name}"


async def closures(
    fetcher: Fetcher, place: str, names: Sequence[str], *, arch: str, keyrings: Sequence[Path]
) -> dict[str, tuple[Deb, ...]]:
    """Return for each package all that has to be carried for it; `place` is such as `debian/bookworm`.

    Its repositories are proven by `keyrings`, else by those that the distribution installs. Raises WizardError,
    Refused for a repository that its publisher did not sign.
    """
    distribution, _, suite = place.partition("/")
    known = profile("artifacts")["packages"]["apt"][distribution]
    trusted = tuple(keyrings) or _installed(known["keyrings"], distribution)
    suites = tuple(_suites(known, suite, arch))
    lots = await each_at_once(lambda each: _packages(fetcher, each, known["components"], arch, trusted), suites)
    shelf = await asyncio.to_thread(Shelf, itertools.chain(*lots), key=key, satisfies=satisfies)
    return {name: closure(shelf, (name,), there=known["there"]) for name in names}


def want_of(package: Deb) -> Want:
    """Return how a package is fetched."""
    return Want(package.url.rpartition("/")[2], package.url, package.sha256, package.size_bytes, proof=package.proof)


def _suites(known: Mapping[str, Any], suite: str, arch: str) -> Iterator[Suite]:
    for root in known["roots"]:
        if arch in root.get("arches", (arch,)):
            yield from (Suite(root["url"], name.format(suite=suite)) for name in root["suites"])


def _installed(paths: Sequence[str], distribution: str) -> tuple[Path, ...]:
    found = tuple(path for path in map(Path, paths) if path.is_file())
    if not found:
        hint = f"Install {distribution}'s keyring ({Path(paths[0]).stem}), or name its file by --keyring."
        raise WizardError(f"no keyring proves the packages of {distribution}: {paths[0]} is not there", hint=hint)
    return found


async def _packages(
    fetcher: Fetcher, suite: Suite, components: Sequence[str], arch: str, keyrings: Sequence[Path]
) -> list[Deb]:
    signed = await fetcher.fetch(Want(f"{suite.name}/InRelease", f"{suite.url}/InRelease"))
    text, whose = await asyncio.to_thread(signed_text, signed.path, keyrings, name=f"{suite.url}/InRelease")
    release = read_release(text, suite=suite.name, name=f"{suite.url}/InRelease")
    found: list[Deb] = []
    for component in components:
        index = _index(release, suite, component, arch)
        packed = Path(index.path).suffix
        folder, _, name = f"{suite.url}/{index.path}".rpartition("/")
        url = f"{folder}/by-hash/SHA256/{index.sha256}" if release.by_hash else f"{folder}/{name}"
        blob = await fetcher.fetch(Want(f"{suite.name}/{index.path}", url, index.sha256, index.size_bytes))
        proof = f"signature of {whose} in {suite.url}/InRelease"
        found += await asyncio.to_thread(_read, blob.path, suite.root, packed, proof)
    return found


def _index(release: AptRelease, suite: Suite, component: str, arch: str) -> Listed:
    paths = [f"{component}/binary-{arch}/Packages{packed}" for packed in _PACKED]
    found = next((release.files[path] for path in paths if path in release.files), None)
    if found is None:
        what = f"{suite.url}: it lists no packages of {component} for {arch}"
        raise WizardError(what, hint="See --arch, and that --mirror leads to a whole mirror.")
    return found


def _read(path: Path, root: str, packed: str, proof: str) -> list[Deb]:
    return list(read_index(path, root=root, packed=packed, proof=proof))
