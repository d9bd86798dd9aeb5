"""Which images an archive holds: `docker save` archives and OCI layouts, as RKE2 ships them, packed by zstd or gzip."""

import gzip
import io
import json
import tarfile
from collections.abc import Iterator
from typing import IO, Any

import zstandard

from wizard.bundle.contents.artifact import whole_reference
from wizard.bundle.format.fault import damaged

_INDEX_LIMIT = 16 << 20
_LONGEST_WINDOW = 1 << 31  # RKE2 packs with --long=25; what wants more memory than 2 GiB is not an archive of images
_NAME = "org.opencontainers.image.ref.name"
_CONTAINERD_NAME = "io.containerd.image.name"


def images_in(archive: IO[bytes], *, name: str) -> frozenset[str]:
    """Return the whole references of the images in an archive that is read once from front to back.

    Nothing is written, and of what it unpacks to only its indexes are kept. Raises Refused, with `name`, for what is
    no archive of images.
    """
    found: set[str] = set()
    indexes = 0
    try:
        with tarfile.open(fileobj=_unpacked(archive, name), mode="r|") as tar:
            for member in tar:
                if member.name in ("manifest.json", "index.json") and member.isreg():
                    indexes += 1
                    found |= set(_named(_json(tar, member)))
    except (tarfile.TarError, zstandard.ZstdError, OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise damaged(f"{name}: not an archive of images: {str(error)[:120]}") from None
    if not indexes:
        raise damaged(f"{name}: it names no images")
    return frozenset(map(whole_reference, found))


def _unpacked(archive: IO[bytes], name: str) -> IO[bytes] | gzip.GzipFile:
    if name.endswith(".zst"):
        reader = zstandard.ZstdDecompressor(max_window_size=_LONGEST_WINDOW).stream_reader(archive)
        return io.BufferedReader(reader, 1 << 20)
    return gzip.GzipFile(fileobj=archive) if name.endswith(".gz") else archive


def _json(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Any:
    if member.size > _INDEX_LIMIT:
        raise ValueError(f"{member.name} has {member.size} bytes")
    file = tar.extractfile(member)
    return json.loads(file.read()) if file else None


def _named(index: Any) -> Iterator[str]:
    if isinstance(index, list):  # docker's
        for image in index:
            yield from image["RepoTags"] or ()
        return
    for manifest in index["manifests"]:  # OCI's
        notes = manifest.get("annotations") or {}
        if name := notes.get(_CONTAINERD_NAME) or notes.get(_NAME):
            yield name
