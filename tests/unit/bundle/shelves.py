"""Shelves of made-up images, their blobs in memory; and bundles of them."""

import io
from pathlib import Path

from tests.unit.bundle.images import Made
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.head import Head
from wizard.bundle.format.manifest import Blob, Entry, new_manifest
from wizard.bundle.format.write import write_bundle
from wizard.bundle.oci.reference import read_reference
from wizard.bundle.registry.shelf import Shelf, put_on_shelf


class InMemory:
    """Blobs by sha256."""

    def __init__(self, blobs: dict[str, bytes]) -> None:
        self.blobs = {digest.removeprefix("sha256:"): data for digest, data in blobs.items()}

    def size(self, sha256: str) -> int | None:
        return len(self.blobs[sha256]) if sha256 in self.blobs else None

    def read(self, sha256: str, offset: int, length: int) -> bytes:
        return self.blobs[sha256][offset : offset + length]


def shelf_of(images: dict[str, Made], *, without: str = "") -> Shelf:
    """Return a shelf of images by name; `without` leaves out manifests of an architecture, as a bundle does."""
    blobs: dict[str, bytes] = {}
    for made in images.values():
        blobs |= made.blobs
        wanted = {digest: data for digest, (_, data) in made.manifests.items() if not _is_for(made, digest, without)}
        blobs |= wanted
    return put_on_shelf([read_reference(f"{name}@{made.digest}") for name, made in images.items()], InMemory(blobs))


def write_bundle_of(images: dict[str, Made], path: Path) -> Bundle:
    """Write a bundle of images, by whole names, and open it."""
    blobs: dict[str, bytes] = {}
    entries = []
    for name, made in images.items():
        own = {digest: data for digest, (_, data) in made.manifests.items()} | made.blobs
        own = {digest.removeprefix("sha256:"): data for digest, data in own.items()}
        root = made.digest.removeprefix("sha256:")
        parts = tuple(sorted(own.keys() - {root}))
        entries.append(Entry(kind="image", name=name, sha256=root, source=name, parts=parts))
        blobs |= own
    sizes = [Blob(sha256=digest, size_bytes=len(data)) for digest, data in blobs.items()]
    head = Head.of(new_manifest("images", entries, sizes))
    write_bundle(path, head, lambda digest: io.BytesIO(blobs[digest]))
    return Bundle.open(path)


def _is_for(made: Made, digest: str, arch: str) -> bool:
    listed = made.index["manifests"] if made.index else []
    return any(each["digest"] == digest and each["platform"]["architecture"] == arch for each in listed)
