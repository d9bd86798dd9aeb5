"""A bundle as it lies on disk, read where it lies: nothing is unpacked."""

import io
import os
from dataclasses import dataclass
from pathlib import Path

from wizard.bundle.format.fault import damaged, in_file
from wizard.bundle.format.head import Head, read_exactly, read_head
from wizard.bundle.format.layout import BLOCK, END, stranger
from wizard.bundle.format.manifest import Entry, Manifest
from wizard.bundle.format.source import Place
from wizard.errors import BadUsage, Refused, WizardError


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose every header was seen to be the one that its manifest wants; blobs are hashed by `verify`.

    A delta is opened on its base, and is then as good as the whole.
    """

    path: Path
    head: Head
    places: dict[str, Place]

    @classmethod
    def open(cls, path: Path, *, base: "Bundle | None" = None) -> "Bundle":
        """Return the bundle in a file; a delta needs the `base` that it was made for. Raises WizardError."""
        with _opened(path) as file, in_file(path):
            head = read_head(file)
            places = _placed(path, head, file) | _from_base(path, head, base)
        return cls(path, head, {digest: places[digest] for digest in head.manifest.sizes})

    @property
    def manifest(self) -> Manifest:
        """What it holds."""
        return self.head.manifest

    @property
    def id(self) -> str:
        """Its name among bundles: the sha256 of its manifest."""
        return self.head.id

    def open_entry(self, entry: Entry) -> io.BufferedReader:
        """Return an entry's content as a file object that reads and seeks; an image's is its index or manifest."""
        return self.open_blob(entry.sha256)

    def open_blob(self, digest: str) -> io.BufferedReader:
        """Return a blob as a file object that reads and seeks. Raises KeyError for one that it has not."""
        return self.places[digest].open()

    def size(self, sha256: str) -> int | None:
        """Return a blob's size in bytes; None for one that it has not."""
        place = self.places.get(sha256)
        return place.size_bytes if place else None

    def read(self, sha256: str, offset: int, length: int) -> bytes:
        """Return a piece of a blob, shorter where the blob ends. Raises KeyError for one that it has not."""
        with self.open_blob(sha256) as blob:
            blob.seek(offset)
            return blob.read(length)


def head_of(path: Path) -> Head:
    """Return what stands before the blobs in a file, without a look at these. Raises WizardError."""
    with _opened(path) as file, in_file(path):
        return read_head(file)


def _opened(path: Path) -> io.BufferedReader:
    try:
        if not path.is_file():
            raise BadUsage(f"{path}: no bundle is there", hint="Give the file that `bundle create` made.")
        return path.open("rb")
    except OSError as error:
        raise WizardError(f"{path}: {error.strerror}", hint="See that you may read it.") from None


def _placed(path: Path, head: Head, file: io.BufferedReader) -> dict[str, Place]:
    """Return where each blob lies, having seen every header and the end."""
    size_bytes = os.fstat(file.fileno()).st_size
    placed = head.blob_slots()
    end = next((slot.end for slot in reversed(placed.values())), file.tell())
    for slot in placed.values():
        found = os.pread(file.fileno(), BLOCK, slot.at)
        if found != slot.header:
            raise damaged(stranger(found, slot))
    if size_bytes < end + len(END):
        raise damaged(f"cut off after {size_bytes} bytes, it has {end + len(END)}")
    if size_bytes > end + len(END):
        raise damaged(f"{size_bytes - end - len(END)} bytes follow its end")
    file.seek(end)
    if read_exactly(file, len(END)) != END:
        raise damaged("it does not end as a tar does")
    return {digest: Place(path, slot.begin, slot.size_bytes) for digest, slot in placed.items()}


def _from_base(path: Path, head: Head, base: Bundle | None) -> dict[str, Place]:
    if not head.base:
        return {}
    if base is None or base.id != head.base:
        found = "none was given" if base is None else f"{base.path.name} is {base.id[:12]}…"
        hint = "Give the bundle that it was made for by --base, in a spec by source.base, or bring the whole one."
        raise Refused(f"{path.name}: a delta on top of bundle {head.base[:12]}…, {found}", hint=hint)
    sizes = head.manifest.sizes
    for digest in head.left_out:
        there = base.places.get(digest)
        if there is None or there.size_bytes != sizes[digest]:
            raise damaged(f"blob {digest[:12]}… is neither in the delta nor in its base")
    return {digest: base.places[digest] for digest in head.left_out}
