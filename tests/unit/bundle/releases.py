"""Bundles that carry releases: made-up files under the names that nodes are sent."""

from collections.abc import Iterable, Iterator

from tests.unit.bundle.site import digest_of
from wizard.bundle.format.manifest import Entry
from wizard.bundle.releases import beside

Given = tuple[Entry | None, bytes]


def release_files(release: str, *, without: str = "", sets: Iterable[str] = ("core", "canal")) -> Iterator[Given]:
    """Yield the files of a release of RKE2 for amd64, each with bytes that no other has."""
    archives = (f"rke2-images-{each}.linux-amd64.tar.zst" for each in sets)
    for name in (*beside("amd64"), *archives):
        data = f"{name} of {release}".encode()
        if name != without:
            yield Entry(kind="file", name=f"rke2/{release}/{name}", sha256=digest_of(data), source="https://x"), data
