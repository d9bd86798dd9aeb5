"""A small bundle for tests: some files, an image, a blob that two entries share, an empty one."""

import hashlib
import io
from pathlib import Path

from tests.unit.bundle.images import Made, make_image
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.head import Head
from wizard.bundle.format.manifest import Blob, Entry, Manifest, new_manifest
from wizard.bundle.format.write import write_bundle
from wizard.bundle.signing.key import new_key, private_key
from wizard.bundle.signing.sign import sign_bundle
from wizard.spec.source import Source

Content = dict[str, bytes]


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def content(*datas: bytes) -> Content:
    """Blobs by their digests."""
    return {digest_of(data): data for data in datas}


INSTALL, TARBALL, INDEX, LAYER = b"#!/bin/sh\n", b"tarball" * 200, b'{"manifests":[]}', b"layer" * 333
SITE = content(INSTALL, TARBALL, INDEX, LAYER, b"")


def site_manifest(*more: Entry, name: str = "site") -> Manifest:
    entries = (
        file_entry("rke2/v1.34.2+rke2r1/install.sh", INSTALL),
        file_entry("rke2/v1.34.2+rke2r1/rke2.linux-amd64.tar.gz", TARBALL),
        file_entry("empty", b""),
        file_entry("the-layer-again", LAYER),
        Entry(
            kind="image",
            name="docker.io/rancher/rancher:v2.13.3",
            sha256=digest_of(INDEX),
            source="docker.io/rancher/rancher:v2.13.3",
            parts=(digest_of(LAYER),),
        ),
        *more,
    )
    return new_manifest(name, entries, [Blob(sha256=key, size_bytes=len(data)) for key, data in SITE.items()])


def file_entry(name: str, data: bytes) -> Entry:
    return Entry(
        kind="file", name=name, sha256=digest_of(data), source=f"https://example.test/{name}", roles=("server",)
    )


def write_site(path: Path, manifest: Manifest | None = None, blobs: Content = SITE, signature: bytes = b"") -> Bundle:
    """Write the bundle; return it opened."""
    head = Head.of(manifest or site_manifest(), signature=signature)
    write_bundle(path, head, lambda digest: io.BytesIO(blobs[digest]))
    return Bundle.open(path)


def write_signed(folder: Path, *given: tuple[Entry | None, bytes]) -> Source:
    """Write a signed bundle of these into a folder; return it as the source of a spec that lies there.

    What is of no entry itself is a part of another.
    """
    blobs = content(*(data for _, data in given))
    sizes = [Blob(sha256=digest, size_bytes=len(data)) for digest, data in blobs.items()]
    write_site(folder / "site.rwb", new_manifest("site", [entry for entry, _ in given if entry], sizes), blobs)
    new_key(folder / "signer")
    sign_bundle(folder / "site.rwb", private_key(folder / "signer"))
    return Source(kind="bundle", path="site.rwb", key="signer.pub")


def given_image(name: str) -> list[tuple[Entry | None, bytes]]:
    """Return a made-up image by its whole reference, as `write_signed` takes it."""
    return image_parts(name, make_image(name))


def image_parts(name: str, made: Made) -> list[tuple[Entry | None, bytes]]:
    """Return an image's entry, and all that belongs to it."""
    own = {digest: raw for digest, (_, raw) in made.manifests.items()} | made.blobs
    blobs = {digest.removeprefix("sha256:"): raw for digest, raw in own.items()}
    root = made.digest.removeprefix("sha256:")
    parts = tuple(sorted(blobs.keys() - {root}))
    entry = Entry(kind="image", name=name, sha256=root, source=name, parts=parts)
    return [(entry, blobs[root]), *((None, blobs[digest]) for digest in parts)]
