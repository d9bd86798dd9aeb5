"""Files of ours on the jump host: whole or not at all, or records that only grow."""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wizard.errors import WizardError


def write_private(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Write `data` to `path`: to a temporary name, fsynced, then renamed; a crash leaves the old file or the new."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def append_record(path: Path, entry: Mapping[str, Any]) -> None:
    """Append an entry to a record as one line of JSON, fsynced. Raises WizardError when it can't be kept."""
    line = json.dumps(entry, ensure_ascii=False) + "\n"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "ab") as file:
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        hint = "Make room on this machine, and try again."
        raise WizardError(f"{path} can not be written: {error.strerror}", hint=hint) from error


def record_lines(path: Path) -> Sequence[str]:
    """Return the lines of a record, oldest first, none where there is no record; a crash may have torn one."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").split("\n")
    except FileNotFoundError:
        return ()
