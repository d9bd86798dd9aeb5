"""A bundle's bytes proven, in the order that they lie: from a file, or as they come through a pipe."""

import hashlib
from collections.abc import Callable

from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.fault import damaged, in_file
from wizard.bundle.format.head import Head, read_exactly, read_head
from wizard.bundle.format.layout import BLOCK, END, Slot, stranger
from wizard.bundle.format.manifest import Manifest
from wizard.bundle.format.source import CHUNK_BYTES, Reads

Moved = Callable[[str, int], None]
"""Told a blob's digest, and how many of its bytes were read since the last call."""


def unheard(digest: str, size_bytes: int) -> None:
    """Listen to nothing."""


def verify(bundle: Bundle, *, moved: Moved = unheard) -> None:
    """Prove every byte of a bundle, and of what its base lends it. Raises WizardError that names the wrong blob."""

    def admit(head: Head) -> None:
        if head != bundle.head:
            raise damaged("it was changed while it was read")

    with bundle.path.open("rb") as file, in_file(bundle.path):
        verify_stream(file, admit, moved=moved)
    for digest in bundle.head.left_out:
        prove(bundle, digest, moved=moved)


def prove(bundle: Bundle, digest: str, *, moved: Moved = unheard) -> None:
    """Prove one blob. Raises Refused where its bytes are others."""
    with bundle.open_blob(digest) as piece, in_file(bundle.places[digest].path):
        _prove(piece, digest, bundle.places[digest].size_bytes, bundle.manifest, moved)


def verify_stream(file: Reads, admit: Callable[[Head], object], *, moved: Moved = unheard) -> Head:
    """Prove a bundle that is read once from front to back; return its head.

    `admit` sees the head before anything else is read, and raises where it is not to be trusted.
    """
    head = read_head(file)
    admit(head)
    for digest, slot in head.blob_slots().items():
        found = read_exactly(file, BLOCK)
        if found != slot.header:
            raise damaged(stranger(found, slot))
        _prove(file, digest, slot.size_bytes, head.manifest, moved)
        _skip_padding(file, slot)
    if read_exactly(file, len(END)) != END:
        raise damaged("it does not end as a tar does: cut off, or something follows")
    if file.read(1):
        raise damaged("something follows its end")
    return head


def _prove(file: Reads, digest: str, size_bytes: int, manifest: Manifest, moved: Moved) -> None:
    made = hashlib.sha256()
    room = memoryview(bytearray(min(CHUNK_BYTES, max(1, size_bytes))))
    left = size_bytes
    while left:
        count = file.readinto(room[:left])
        if not count:
            raise damaged(f"cut off in {names(manifest, digest)}, {left} bytes before its end")
        made.update(room[:count])
        left -= count
        moved(digest, count)
    if made.hexdigest() != digest:
        raise damaged(f"{names(manifest, digest)}: sha256 is {made.hexdigest()[:12]}…, {digest[:12]}… is signed")


def _skip_padding(file: Reads, slot: Slot) -> None:
    if read_exactly(file, slot.padding) != bytes(slot.padding):
        raise damaged(f"what follows {slot.name[:25]}… is not empty")


def names(manifest: Manifest, digest: str) -> str:
    """Say which blob that is, and whose."""
    users = [each.name for each in manifest.entries if digest in each.digests]
    more = f" and {len(users) - 1} more" if len(users) > 1 else ""
    return f"blob {digest[:12]}… of {users[0]}{more}"
