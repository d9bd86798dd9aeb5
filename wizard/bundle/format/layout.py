"""Where each part of a bundle lies, and the tar headers between: both follow from sizes and digests alone."""

import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

BLOCK = 512
MANIFEST = "manifest.json"
SIGNATURE = "manifest.json.sig"
BASE = "base.json"
END = bytes(2 * BLOCK)
"""What a tar ends with."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One member of the tar: its header at `at`, its content behind it, zeros up to a whole block."""

    name: str
    size_bytes: int
    at: int

    @property
    def begin(self) -> int:
        """Where its content begins."""
        return self.at + BLOCK

    @property
    def padding(self) -> int:
        """How many zeros follow the content."""
        return -self.size_bytes % BLOCK

    @property
    def end(self) -> int:
        """Where the next member begins."""
        return self.begin + self.size_bytes + self.padding

    @property
    def header(self) -> bytes:
        """The one header that may stand before it."""
        return header(self.name, self.size_bytes)


def blob_name(digest: str) -> str:
    """Return the name of a blob's member."""
    return f"blobs/sha256/{digest}"


def header(name: str, size_bytes: int) -> bytes:
    """Return a member's header: a plain file of root's, readable by all, of no date."""
    member = tarfile.TarInfo(name)
    member.size = size_bytes
    # GNU's form holds sizes above 8 GiB in the header itself; every tar of today reads it.
    return member.tobuf(format=tarfile.GNU_FORMAT)


def slots(members: Iterable[tuple[str, int]], *, at: int = 0) -> Iterator[Slot]:
    """Lay members (name and size in bytes) out one after the other, from `at` on."""
    for name, size_bytes in members:
        slot = Slot(name, size_bytes, at)
        yield slot
        at = slot.end


def stranger(found: bytes, wanted: Slot) -> str:
    """Say in words how a header differs from the one that belongs at that place."""
    place = f"at byte {wanted.at}, where {wanted.name} belongs,"
    if len(found) < BLOCK:
        return f"cut off {place} after {wanted.at + len(found)} bytes"
    try:
        member = tarfile.TarInfo.frombuf(found, "utf-8", "replace")
    except tarfile.HeaderError as error:
        return f"{place} stands no tar header ({error})"
    if _member(member) == _member(_of(wanted)):
        return f"{place} stands a header with another owner, mode, date or form"
    return f"{place} stands {_member(member)}"


def _of(slot: Slot) -> tarfile.TarInfo:
    return tarfile.TarInfo.frombuf(slot.header, "utf-8", "strict")


def _member(member: tarfile.TarInfo) -> str:
    kinds = {tarfile.SYMTYPE: "symbolic link", tarfile.LNKTYPE: "hard link", tarfile.GNUTYPE_SPARSE: "sparse file"}
    other = "file" if member.isreg() else f"member of type {member.type!r}"
    kind = kinds.get(member.type, other)
    path = PurePosixPath(member.name)
    climbs = " that climbs out of its folder" if path.is_absolute() or ".." in path.parts else ""
    return f"a {kind}{climbs}: {member.name[:120]!r} of {member.size} bytes"
