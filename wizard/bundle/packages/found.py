"""The files that a package artifact becomes: out of a folder of the operator's, else out of its repositories."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from wizard.bundle.contents.artifact import ARCHES, PACKAGE_ENDS, Artifact
from wizard.bundle.fetch.fetch import Fetcher
from wizard.bundle.fetch.want import Want
from wizard.bundle.packages import apt, rpm

_ARCHES = ARCHES | {"all": "", "noarch": ""}
"""Publishers' names of processors by what packages call them."""


@dataclass(frozen=True, slots=True)
class Packages:
    """The files, each with the artifact that it is wanted for; `notes` say what was found how, and what was not."""

    files: tuple[tuple[Artifact, Want], ...]
    notes: tuple[str, ...]


async def packages(
    artifacts: Sequence[Artifact], fetcher: Fetcher, *, arches: Sequence[str], keyrings: Sequence[Path] = ()
) -> Packages:
    """Return what brings these packages with all that they depend on; only lists are fetched. Raises WizardError."""
    files: list[tuple[Artifact, Want]] = []
    notes: list[str] = []
    systems = dict.fromkeys((_system(each), each.source.rpartition("/")[0]) for each in artifacts)
    for system, place in systems:
        wanted = [each for each in artifacts if _system(each) == system]
        given = [pair for each in wanted for pair in _given(each, fetcher.ways.folders)]
        there = {artifact.name.rpartition("/")[0] for artifact, _ in given}
        rest = [each for each in wanted if each.name not in there]
        files += given
        if rest:
            lots = [await _of_mirrors(rest, fetcher, place, arch, keyrings) for arch in sorted(arches)]
            files += [pair for lot in lots for pair in lot]
            count = len({want.url for lot in lots for _, want in lot})
            notes.append(f"{system}: {count} packages, all that {_names(rest)} need beyond a minimal node")
    return Packages(tuple(files), tuple(notes))


async def _of_mirrors(
    artifacts: Sequence[Artifact], fetcher: Fetcher, place: str, arch: str, keyrings: Sequence[Path]
) -> list[tuple[Artifact, Want]]:
    kind, _, place = place.partition(":")
    names = [each.file_name for each in artifacts]
    found: dict[str, list[tuple[Want, str, str]]]
    if kind == "apt":
        debs = await apt.closures(fetcher, place, names, arch=arch, keyrings=keyrings)
        found = {name: [(apt.want_of(deb), deb.version, deb.arch) for deb in debs[name]] for name in names}
    else:
        rpms = await rpm.closures(fetcher, place, names, arch=arch, keyrings=keyrings)
        found = {name: [(rpm.want_of(each), each.version, each.arch) for each in rpms[name]] for name in names}
    return [
        (_file(each, want, version=version, arch=_ARCHES.get(own, own)), want)
        for each in artifacts
        for want, version, own in found[each.file_name]
    ]


def _given(artifact: Artifact, folders: Sequence[Path]) -> Iterator[tuple[Artifact, Want]]:
    """Yield the packages in the first folder of this system that holds the one that is asked for."""
    for folder in folders:
        paths = [
            path for path in sorted((folder / "packages" / _system(artifact)).glob("*")) if path.suffix in PACKAGE_ENDS
        ]
        if any(path.name.startswith((f"{artifact.file_name}_", f"{artifact.file_name}-")) for path in paths):
            for path in paths:
                want = Want(path.name, f"from-dir:packages/{_system(artifact)}/{path.name}", here=path)
                yield _file(artifact, want), want
            return


def _file(artifact: Artifact, want: Want, *, version: str = "", arch: str = "") -> Artifact:
    name = f"{artifact.name}/{want.file_name}"
    return replace(artifact, name=name, source=want.url, version=version, arch=arch)


def _system(artifact: Artifact) -> str:
    return artifact.name.split("/")[1]


def _names(artifacts: Sequence[Artifact]) -> str:
    return ", ".join(each.file_name for each in artifacts)
