"""What a bundle will hold, each thing pinned and its size known, before anything big is fetched."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wizard.bundle.contents.artifact import Artifact
from wizard.bundle.contents.wanted import listed
from wizard.bundle.fetch.at_once import each_at_once
from wizard.bundle.fetch.cache import Cache
from wizard.bundle.fetch.fetch import Fetcher, fetch_all
from wizard.bundle.fetch.image import Image, Puller
from wizard.bundle.fetch.proof import proof_of
from wizard.bundle.fetch.want import Want
from wizard.bundle.fetch.wheels import wheels
from wizard.bundle.format.manifest import Blob, Entry, Manifest, new_manifest
from wizard.bundle.installer import ENTRY, installer
from wizard.bundle.oci.reference import read_reference
from wizard.bundle.packages.found import packages
from wizard.spec.rke1_version import numbers_of


@dataclass(frozen=True, slots=True)
class Contents:
    """Files and images with what each is wanted for; `coming_bytes` is what the cache has not yet, as far as known.

    `sizes` are those of files in bytes, by URL; 0 where its publisher does not say.
    `wizard` is wanted as wheels, which only pip knows how to find. `notes` say how packages were found, and which
    nothing here can fetch, in the operator's words.
    """

    files: tuple[tuple[Artifact, Want], ...]
    images: tuple[tuple[Artifact, Image], ...]
    wizard: tuple[Artifact, ...]
    sizes: dict[str, int]
    coming_bytes: int
    notes: tuple[str, ...]

    @property
    def release_bytes(self) -> dict[str, int]:
        """Size of each release, oldest first, as far as known; what several share counts for the oldest alone."""
        found: dict[str, int] = {}
        seen: set[str] = set()
        for artifact, want in self.files:
            if artifact.release:
                found[artifact.release] = found.get(artifact.release, 0) + self.sizes[want.url]
        for artifact, image in self.images:
            parts = {part.sha256: part.size_bytes for part in image.parts if part.sha256 not in seen}
            if artifact.release:
                seen |= parts.keys()
                found[artifact.release] = found.get(artifact.release, 0) + sum(parts.values())
        return dict(sorted(found.items(), key=lambda each: numbers_of(each[0])))


async def look_over(
    artifacts: Sequence[Artifact], fetcher: Fetcher, puller: Puller, *, keyrings: Sequence[Path] = ()
) -> Contents:
    """Fetch the lists, and pin all that they and `artifacts` name. Raises WizardError.

    `keyrings` prove package repositories, in place of those that distributions install.
    """
    found = await packages(
        [each for each in artifacts if each.kind == "package"], fetcher, arches=sorted(puller.arches), keyrings=keyrings
    )
    files = [each for each in artifacts if each.kind not in ("image", "package", "wheel")]
    lists = [each for each in files if each.kind == "list"]
    texts = await fetch_all(fetcher, [_want(each) for each in lists])
    named = [more for each in lists for more in listed(each, texts[each.name].path.read_text(errors="replace"))]
    images = _once(each for each in (*artifacts, *named) if each.kind == "image")
    outlook = await fetcher.look_ahead([*(_want(each) for each in files), *(want for _, want in found.files)])
    pinned = await each_at_once(puller.pin, [read_reference(each.source) for each in images])
    return Contents(
        files=tuple(zip((*files, *(each for each, _ in found.files)), outlook.wants, strict=True)),
        images=tuple(zip(images, pinned, strict=True)),
        wizard=tuple(each for each in artifacts if each.kind == "wheel"),
        sizes=outlook.sizes,
        coming_bytes=outlook.coming_bytes + _missing_bytes(pinned, fetcher.cache),
        notes=found.notes,
    )


async def bring(
    contents: Contents, fetcher: Fetcher, puller: Puller, *, name: str, pythons: Sequence[str] = ()
) -> Manifest:
    """Bring all contents into the cache; return the manifest of the bundle that they make. Raises WizardError.

    `pythons` are those that the wizard's wheels shall be for beside this one.
    """
    wants = {want.url: want for _, want in contents.files}  # a package may be wanted for several others
    blobs = dict(zip(wants, await each_at_once(fetcher.fetch, wants.values()), strict=True))
    proofs = await each_at_once(lambda pair: proof_of(fetcher, *pair, blobs[pair[1].url]), contents.files)
    await each_at_once(puller.bring, [image for _, image in contents.images])
    entries = [
        _entry(artifact, blobs[want.url].sha256, proof)
        for (artifact, want), proof in zip(contents.files, proofs, strict=True)
    ]
    entries += [_image_entry(artifact, image) for artifact, image in contents.images]
    for artifact in contents.wizard:
        made = await asyncio.to_thread(wheels, fetcher.cache, pythons)
        entries += [_wheel_entry(artifact, file_name, blob.sha256) for file_name, blob in made.items()]
        program = _entry(artifact, fetcher.cache.add(installer()).sha256)
        entries.append(program.model_copy(update={"kind": "file", "name": ENTRY}))
    digests = {digest for entry in entries for digest in entry.digests}
    here = (fetcher.cache.find(digest) for digest in sorted(digests))
    sizes = [Blob(sha256=blob.sha256, size_bytes=blob.size_bytes) for blob in here if blob]
    return new_manifest(name, entries, sizes)


def _want(artifact: Artifact) -> Want:
    return Want(artifact.name, artifact.source, sums_url=artifact.sums_url)


def _once(artifacts: Iterable[Artifact]) -> list[Artifact]:
    """One image may be named by several lists; the first counts."""
    return list({each.name: each for each in reversed(list(artifacts))}.values())[::-1]


def _missing_bytes(images: Iterable[Image], cache: Cache) -> int:
    parts = {part.sha256: part.size_bytes for image in images for part in image.parts}
    return sum(size for sha256, size in parts.items() if cache.find(sha256) is None)


def _entry(artifact: Artifact, sha256: str, proof: str = "") -> Entry:
    return Entry(
        kind=artifact.kind,
        name=artifact.name,
        sha256=sha256,
        source=artifact.source,
        proof=proof,
        version=artifact.version,
        licence=artifact.licence,
        arch=artifact.arch,
        roles=artifact.roles,
    )


def _image_entry(artifact: Artifact, image: Image) -> Entry:
    root, *parts = image.digests
    entry = _entry(artifact, root)
    return entry.model_copy(update={"source": str(image.reference), "parts": tuple(sorted(parts))})


def _wheel_entry(artifact: Artifact, file_name: str, sha256: str) -> Entry:
    """Name a wheel by its file; all bear the version of the wizard that they are for."""
    entry = _entry(artifact, sha256)
    licence = artifact.licence if file_name.startswith("rancher_wizard-") else ""
    return entry.model_copy(update={"name": f"wizard/{file_name}", "licence": licence})
