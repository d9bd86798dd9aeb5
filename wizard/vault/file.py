"""The files of a vault: read and replaced whole, by one process at a time."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wizard.errors import WizardError

LOCK = "vault.lock"
_SIZE_LIMIT = 4 * 1024 * 1024


def read(path: Path) -> dict[str, Any]:
    """Return the record in a file. Raises WizardError for what is none; OSError."""
    with path.open("rb") as file:
        data = file.read(_SIZE_LIMIT)
    try:
        record = json.loads(data)
    except (ValueError, RecursionError):
        raise damaged(path) from None
    if not isinstance(record, dict):
        raise damaged(path)
    return record


def replace(path: Path, data: bytes) -> None:
    """Write a file so that a crash at any moment leaves the old one or the new one, whole."""
    # One name, always under the lock: what a crash left is overwritten, not piled up.
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; the system lets go of it when this process dies."""
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def damaged(path: Path) -> WizardError:
    """Return the error for a file whose content is not as it was written."""
    return WizardError(
        f"{path}: the sealed secrets are damaged", hint="Put the file back from a backup; nothing was changed."
    )


def unusable(path: Path, error: OSError) -> WizardError:
    """Return what an operator is told of `error`."""
    hint = f"Make {path} a place that you may write to, with space left."
    return WizardError(f"{path}: {error.strerror}", hint=hint)
