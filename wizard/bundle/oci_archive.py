"""A bundle's images as one archive that containerd imports, never written here: it is read out of the bundle.

The archive is of OCI's image layout, which keeps manifests as they are signed for; one of docker's would have them made
anew by whoever imports it, with other digests. Sources: containerd, core/images/archive/importer.go (a file oci-layout
makes it a layout) and client/import.go (names by the annotation io.containerd.image.name).

A name leads to the manifest for the node's processor, never to an index: RKE2 imports for all processors, and older
releases give the whole archive up for one manifest of an index that is not in it (k3s, pkg/agent/containerd, before
WithSkipMissing).
"""

import hashlib
import json
import tarfile
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from wizard.bundle.carried import blob_of
from wizard.bundle.carried_image import manifest_of
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.manifest import Entry
from wizard.bundle.oci.manifest import OCI_INDEX
from wizard.hosts.upload import Extent, InMemory, Source

LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'
NAME_BY = "io.containerd.image.name"
"""The annotation that containerd takes an image's name from, before all others."""
_BLOCK = 512
_END = bytes(2 * _BLOCK)


@dataclass(frozen=True, slots=True)
class ArchivedImage:
    """An image for one processor: its name to containerd, its manifest, and the blobs that belong to it, by sha256.

    `roots` are the digests (`sha256:…`) that containerd may know the very image by: its manifest's, and its index's
    where it was pulled from a registry.
    """

    name: str
    media_type: str
    manifest: str
    manifest_bytes: int
    blobs: tuple[str, ...]
    roots: frozenset[str]


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive by its file's name, read as if it were written; the same images give the same bytes."""

    name: str
    images: tuple[ArchivedImage, ...]
    pieces: tuple[Source, ...]
    begins: tuple[int, ...]
    """Where each piece begins."""

    @property
    def size_bytes(self) -> int:
        return self.begins[-1] + self.pieces[-1].size_bytes

    def read(self, offset: int, length: int) -> bytes:
        """Return a piece, shorter where the archive ends; raises OSError."""
        found, at = bytearray(), bisect_right(self.begins, offset) - 1
        while len(found) < length and at < len(self.pieces):
            within = offset + len(found) - self.begins[at]
            found += self.pieces[at].read(within, length - len(found))
            at += 1
            if at < len(self.begins) and offset + len(found) < min(self.begins[at], offset + length):
                break  # the bundle has become shorter
        return bytes(found)


def archived_image(bundle: Bundle, entry: Entry, arch: str) -> ArchivedImage:
    """Return an entry's image for a processor (amd64, arm64). Raises WizardError where there is none for it."""
    manifest = manifest_of(bundle, entry, arch)
    return ArchivedImage(
        name=looked_up(entry.name),
        media_type=manifest.media_type,
        manifest=manifest.digest.removeprefix("sha256:"),
        manifest_bytes=len(manifest.data),
        blobs=tuple(each.sha256 for each in manifest.blobs),
        roots=frozenset({manifest.digest, f"sha256:{entry.sha256}"}),
    )


def looked_up(reference: str) -> str:
    """Return the name under which containerd looks for a whole reference: beside a digest, a tag counts nothing.

    Source: distribution/reference, ParseDockerRef, by which its CRI service reads what a pod asks for. RKE2 imports
    such a name too, and logs that it has no tag.
    """
    name, digested, digest = reference.partition("@")
    if not digested:
        return reference
    path, _, last = name.rpartition("/")
    return f"{path}/{last.partition(':')[0]}@{digest}"


def archive_of(bundle: Bundle, images: Sequence[ArchivedImage], begin: str) -> Archive:
    """Return the archive of some images; its name is `begin`, a digest of what is in it, and .tar.

    Nothing is proven here: see `prove_images`.
    """
    index = _index(images)
    digests = dict.fromkeys(digest for each in images for digest in (each.manifest, *each.blobs))
    files: list[Source] = [InMemory("oci-layout", LAYOUT), InMemory("index.json", index)]
    for digest in digests:
        place = bundle.places[digest]
        files.append(Extent(place.path, place.begin, place.size_bytes, f"blobs/sha256/{digest}"))
    pieces, begins, at = list[Source](), list[int](), 0
    for piece in _pieces(files):
        if piece.size_bytes:
            pieces.append(piece)
            begins.append(at)
            at += piece.size_bytes
    name = f"{begin}{hashlib.sha256(index).hexdigest()[:12]}.tar"
    return Archive(name, tuple(images), tuple(pieces), tuple(begins))


def prove_images(bundle: Bundle, images: Iterable[ArchivedImage]) -> None:
    """Prove every blob of some images. Raises Refused where one's bytes are others than were signed."""
    for digest in dict.fromkeys(digest for each in images for digest in (each.manifest, *each.blobs)):
        blob_of(bundle, digest)


def _index(images: Iterable[ArchivedImage]) -> bytes:
    rows = [
        {
            "mediaType": each.media_type,
            "digest": f"sha256:{each.manifest}",
            "size": each.manifest_bytes,
            "annotations": {NAME_BY: each.name},
        }
        for each in images
    ]
    return json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": rows}, indent=1).encode()


def _pieces(files: Iterable[Source]) -> Iterator[Source]:
    """Yield the files of a tar, each after its header and filled up to whole blocks, and its end."""
    for each in files:
        header = tarfile.TarInfo(each.name)
        header.size = each.size_bytes
        yield InMemory(each.name, header.tobuf(tarfile.GNU_FORMAT))
        yield each
        yield InMemory(each.name, bytes(-each.size_bytes % _BLOCK))
    yield InMemory("end", _END)
