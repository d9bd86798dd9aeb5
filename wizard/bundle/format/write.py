"""A bundle written from front to back: the same manifest and blobs are the same bytes."""

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from wizard.bundle.format.head import Head
from wizard.bundle.format.layout import END, Slot
from wizard.bundle.format.source import CHUNK_BYTES
from wizard.bundle.format.verify import Moved, names, unheard
from wizard.errors import Busy, WizardError

OpenBlob = Callable[[str], BinaryIO]
"""Gives a blob, by its digest, as a file object."""


def write_bundle(path: Path, head: Head, open_blob: OpenBlob, *, moved: Moved = unheard) -> None:
    """Write the bundle that `head` describes to `path`, whole or not at all.

    Every blob is hashed as it passes. Raises WizardError, and leaves nothing behind, where one is not what the
    manifest says; whatever was at `path` stays.
    """
    with _arriving(path) as file:
        for name, data in head.members():
            _member(file, Slot(name, len(data), file.tell()), data)
        for digest, slot in head.blob_slots().items():
            file.write(slot.header)
            with open_blob(digest) as blob:
                _copy(blob, file, digest, slot, head, moved)
            file.write(bytes(slot.padding))
        file.write(END)


def _member(file: BinaryIO, slot: Slot, data: bytes) -> None:
    file.write(slot.header)
    file.write(data)
    file.write(bytes(slot.padding))


def _copy(blob: BinaryIO, file: BinaryIO, digest: str, slot: Slot, head: Head, moved: Moved) -> None:
    made, left = hashlib.sha256(), slot.size_bytes
    while chunk := blob.read(min(CHUNK_BYTES, left + 1)):
        left -= len(chunk)
        made.update(chunk)
        if left < 0:
            break
        file.write(chunk)
        moved(digest, len(chunk))
    if left or made.hexdigest() != digest:
        raise WizardError(
            f"{names(head.manifest, digest)}: {getattr(blob, 'name', 'what lies here')} is not that",
            hint="It is damaged there, or changed meanwhile: delete it or put the right one there, then try again.",
        )


@contextmanager
def _arriving(path: Path) -> Iterator[BinaryIO]:
    """A file that gets its name when all of it is on disk; what a kill leaves of it is overwritten the next time."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise WizardError(f"{path.parent}: {error.strerror}", hint="Give a folder that you may write to.") from None
    try:
        with os.fdopen(descriptor, "wb", buffering=CHUNK_BYTES) as file:
            _take(file, path)
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
                temporary.replace(path)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
    except OSError as error:  # what is still to be written fails once more at the close
        what = f"{error.filename or path}: {error.strerror or error}"
        raise WizardError(what, hint="Free room there, or give another place; then run it again.") from None


def _take(file: BinaryIO, path: Path) -> None:
    """Keep others from writing the same bundle; the system lets go of it when this process dies."""
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Busy(f"{path}: another process writes it now", hint="Wait for it, or give another name.") from None
    file.truncate(0)
