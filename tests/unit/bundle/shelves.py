"""Shelves of made-up images, their blobs in memory."""

from tests.unit.bundle.images import Made
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


def _is_for(made: Made, digest: str, arch: str) -> bool:
    listed = made.index["manifests"] if made.index else []
    return any(each["digest"] == digest and each["platform"]["architecture"] == arch for each in listed)
