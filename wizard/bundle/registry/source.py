"""A bundle as what a registry gives out: its blobs read by range where they lie, its images by their names."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from wizard.bundle.format.bundle import Bundle
from wizard.bundle.oci.reference import Reference, read_reference
from wizard.bundle.registry.shelf import Shelf, put_on_shelf
from wizard.errors import WizardError


class BundleBlobs:
    """Reads with a descriptor a file that stays open: a bundle that is replaced meanwhile changes nothing."""

    def __init__(self, bundle: Bundle) -> None:
        self._places = bundle.places
        paths = {place.path for place in bundle.places.values()}
        self._open = {path: os.open(path, os.O_RDONLY | os.O_CLOEXEC) for path in paths}

    def size(self, sha256: str) -> int | None:
        """Return a blob's size in bytes, or None where the bundle has it not."""
        place = self._places.get(sha256)
        return place.size_bytes if place else None

    def read(self, sha256: str, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`, fewer at the blob's end."""
        place = self._places[sha256]
        return os.pread(self._open[place.path], min(length, place.size_bytes - offset), place.begin + offset)

    def close(self) -> None:
        """Let go of the files."""
        for descriptor in self._open.values():
            os.close(descriptor)


def images_of(bundle: Bundle) -> tuple[Reference, ...]:
    """Return the bundle's images, each pinned by digest.

    What lies in RKE2's image archives is not among them: nodes take those archives as they are, from a folder.
    """
    images = [each for each in bundle.manifest.entries if each.kind == "image"]
    return tuple(read_reference(each.name).pinned(f"sha256:{each.sha256}") for each in images)


@contextmanager
def shelf_of_bundle(bundle: Bundle) -> Iterator[Shelf]:
    """Give the shelf of a bundle's images. Raises WizardError where it has none."""
    images = images_of(bundle)
    if not images:
        hint = "RKE2's own images go to nodes as archives; images are in a bundle for Rancher, MetalLB or Longhorn."
        raise WizardError(f"{bundle.path}: there are no images in it", hint=hint)
    blobs = BundleBlobs(bundle)
    try:
        yield put_on_shelf(images, blobs)
    finally:
        blobs.close()
