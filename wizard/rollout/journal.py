"""The durable form of events: JSON lines, the only way out of the engine."""

import dataclasses
import errno
import os
import time
from pathlib import Path

from wizard.errors import WizardError
from wizard.rollout.events import Event, RolloutEnded, from_line, to_line


class Journal:
    """The writing end; one per rollout, held by the engine alone.

    A change of state is fsynced before `write` returns, so what a reader has seen survives a power cut.
    """

    def __init__(self, path: Path) -> None:
        """Open `path` for appending, 0600; a line torn by a crash is cut off first."""
        self._path = path
        self._seq = _mend(path)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._size = os.fstat(self._file).st_size

    def write(self, event: Event) -> Event:
        """Append `event`, stamped with the time; return it so.

        Raises WizardError when a change of state can't be kept: nothing may be done then that nobody would know of.
        What nodes say is left out instead.
        """
        stamped = dataclasses.replace(event, at=round(time.time(), 3))
        line = to_line(stamped, self._seq).encode() + b"\n"
        try:
            self._append(line)
            if event.durable:
                os.fdatasync(self._file)
        except OSError as error:
            if event.durable:
                raise WizardError(
                    f"{self._path} can not be written: {error.strerror}",
                    hint="Make room on the jump host, then go on with: rancher-wizard apply",
                ) from error
        return stamped

    def _append(self, line: bytes) -> None:
        """Append `line` as a whole or not at all: a full disk takes a part of it."""
        try:
            written = os.write(self._file, line)
            if written < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            os.ftruncate(self._file, self._size)
            raise
        self._size += written
        self._seq += 1

    def close(self) -> None:
        os.close(self._file)


class JournalReader:
    """The reading end: any number of them, in any process, at any time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = 0
        self._ended = False

    def read(self, limit_bytes: int = 4 << 20) -> list[Event]:
        """Return the events written since the last call, of about `limit_bytes` at most; never blocks.

        Records of a kind that this version doesn't know are passed over: a newer engine may tell more. Raises
        WizardError for a line that is no record at all.
        """
        try:
            with self.path.open("rb") as file:
                file.seek(self._offset)
                chunk = file.read(limit_bytes)
                # One record longer than the limit must not stall the reader for good.
                while b"\n" not in chunk and (more := file.read(limit_bytes)):
                    chunk += more
        except FileNotFoundError:
            return []
        whole, found, _ = chunk.rpartition(b"\n")
        if not found:
            return []
        self._offset += len(whole) + 1
        events = [event for line in whole.decode(errors="replace").split("\n") if (event := from_line(line))]
        self._ended = self._ended or any(isinstance(event, RolloutEnded) for event in events)
        return events

    @property
    def ended(self) -> bool:
        """True once the rollout's last record has been read."""
        return self._ended


def read_whole(path: Path) -> list[Event]:
    """Return all events of a journal; a torn last line is left out."""
    reader, events = JournalReader(path), []
    while chunk := reader.read():
        events.extend(chunk)
    return events


def _mend(path: Path) -> int:
    """Cut a torn last line off `path`; return the number of whole records in it."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return 0
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        os.truncate(path, whole)
    count = data[:whole].count(b"\n")
    if count and b'"RolloutEnded"' in data[:whole].rsplit(b"\n", 2)[-2]:
        raise WizardError(f"{path.parent.name}: this rollout has ended", hint="Start another one with apply.")
    return count
