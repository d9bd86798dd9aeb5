"""Packages of RPM repositories with all that they depend on: known by name and digest before they are fetched."""

import asyncio
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from wizard.bundle.contents.artifact import ARCHES
from wizard.bundle.fetch.at_once import each_at_once
from wizard.bundle.fetch.fetch import Fetcher
from wizard.bundle.fetch.want import Want
from wizard.bundle.packages.closure import closure
from wizard.bundle.packages.relation import Shelf
from wizard.bundle.packages.rpm_index import Rpm, read_primary
from wizard.bundle.packages.rpm_release import read_repomd
from wizard.bundle.packages.rpm_version import key, satisfies
from wizard.bundle.packages.signature import prove_detached
from wizard.errors import WizardError
from wizard.profiles import profile

_MACHINES = {arch: machine for machine, arch in ARCHES.items()}


@dataclass(frozen=True, slots=True)
class Root:
    """One repository; `keyrings` prove its list, or where `signs_packages` each package by itself."""

    url: str
    keyrings: tuple[Path, ...]
    signs_packages: bool


async def closures(
    fetcher: Fetcher, place: str, names: Sequence[str], *, arch: str, keyrings: Sequence[Path]
) -> dict[str, tuple[Rpm, ...]]:
    """Return for each package all that has to be carried for it; `place` is such as `rocky/9`, `arch` amd64.

    Repositories are proven by `keyrings`, else by those that the distribution installs; where a publisher signs no
    list, each package has to be proven once it is there (`want_of` says by whom). Raises WizardError, Refused.
    """
    distribution, _, release = place.partition("/")
    known, machine = profile("artifacts")["packages"]["rpm"][distribution], _MACHINES[arch]
    roots = tuple(_roots(known, release, machine, names, keyrings))
    lots = await each_at_once(lambda root: _packages(fetcher, root, frozenset({machine, "noarch"})), roots)
    shelf = await asyncio.to_thread(Shelf[Rpm], itertools.chain(*lots), key=key, satisfies=satisfies)
    return {name: closure(shelf, (name,), there=known["there"]) for name in names}


def want_of(package: Rpm) -> Want:
    """Return how a package is fetched."""
    file_name = package.url.rpartition("/")[2]
    return Want(
        file_name, package.url, package.sha256, package.size_bytes, keyrings=package.keyrings, proof=package.proof
    )


def _roots(
    known: Mapping[str, Any], release: str, machine: str, names: Sequence[str], keyrings: Sequence[Path]
) -> Iterator[Root]:
    for row in known["roots"]:
        if "only" in row and not set(row["only"]) & set(names):
            continue
        url = row["url"].format(release=release, machine=machine)
        trusted = tuple(keyrings) or tuple(
            path for each in row["keyrings"] if (path := Path(each.format(release=release))).is_file()
        )
        if not trusted:
            hint = f"Take its publisher's key from {row['key'].format(release=release)}, and give it by --keyring."
            raise WizardError(f"no keyring proves the packages of {url}", hint=hint)
        yield Root(url, trusted, row["signed"] == "packages")


async def _packages(fetcher: Fetcher, root: Root, arches: frozenset[str]) -> list[Rpm]:
    name = f"{root.url}/repodata/repomd.xml"
    table = await fetcher.fetch(Want("repomd.xml", name))
    proof = ""
    if not root.signs_packages:
        signature = await fetcher.fetch(Want("repomd.xml.asc", f"{name}.asc"))
        whose = await asyncio.to_thread(prove_detached, table.path, signature.path, root.keyrings, name=name)
        proof = f"signature of {whose} in {name}.asc"
    listed = read_repomd(table.path, name=name).get("primary")
    if listed is None:
        raise WizardError(f"{name}: it lists no packages with a sha256", hint="See --mirror: it leads elsewhere.")
    want = Want(f"{root.url}: primary", f"{root.url}/{listed.path}", listed.sha256, listed.size_bytes)
    blob = await fetcher.fetch(want)
    found = await asyncio.to_thread(_read, blob.path, root.url, Path(listed.path).suffix, arches)
    keyrings = root.keyrings if root.signs_packages else ()
    return [replace(each, keyrings=keyrings, proof=proof) for each in found]


def _read(path: Path, root: str, packed: str, arches: frozenset[str]) -> list[Rpm]:
    return list(read_primary(path, root=root, packed=packed, arches=arches))
