"""The files that a package artifact becomes: out of a folder of the operator's, else out of its repositories."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from wizard.bundle.contents.artifact import PACKAGE_ENDS, Artifact
from wizard.bundle.fetch.fetch import Fetcher
from wizard.bundle.fetch.want import Want
from wizard.bundle.packages.apt import closures, want_of


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
        if rest and place.startswith("apt:"):
            lots = [await _of_apt(rest, fetcher, place.removeprefix("apt:"), arch, keyrings) for arch in sorted(arches)]
            files += [pair for lot in lots for pair in lot]
            count = len({want.url for lot in lots for _, want in lot})
            notes.append(f"{system}: {count} packages, all that {_names(rest)} need beyond a minimal node")
        elif rest:
            notes.append(
                f"{system}: {_names(rest)} left out: repositories of {place.partition(':')[0]} are not read; put them "
                f"with all that they depend on into packages/{system}/ in a folder, and give that by --from-dir"
            )
    return Packages(tuple(files), tuple(notes))


async def _of_apt(
    artifacts: Sequence[Artifact], fetcher: Fetcher, place: str, arch: str, keyrings: Sequence[Path]
) -> list[tuple[Artifact, Want]]:
    names = [each.file_name for each in artifacts]
    found = await closures(fetcher, place, names, arch=arch, keyrings=keyrings)
    return [
        (_file(each, want_of(deb), version=deb.version, arch="" if deb.arch == "all" else deb.arch), want_of(deb))
        for each in artifacts
        for deb in found[each.file_name]
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
