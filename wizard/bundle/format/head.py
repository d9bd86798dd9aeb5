"""How a bundle begins: manifest, signature, and whether all of it is here or some lies in another bundle."""

import json
from dataclasses import dataclass

from wizard.bundle.format import layout
from wizard.bundle.format.fault import damaged
from wizard.bundle.format.layout import BLOCK, Slot, blob_name, slots, stranger
from wizard.bundle.format.manifest import DIGEST, MANIFEST_LIMIT, Manifest, bundle_id, manifest_bytes, read_manifest
from wizard.bundle.format.source import Reads

SIGNATURE_BYTES = 1024
"""Room for a signature: always the same, so that signing a bundle moves nothing in it."""
_BASE_LIMIT = 8 << 20


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before the blobs.

    `signature` is the text of a signature, empty for none. A delta's `base` is the id of the bundle that it is on
    top of, and `carried` the digests of the blobs in this file, in order; its manifest is that of the whole, so that
    one signature is good for both.
    """

    manifest: Manifest
    data: bytes
    carried: tuple[str, ...]
    signature: bytes = b""
    base: str = ""

    @classmethod
    def of(cls, manifest: Manifest, *, signature: bytes = b"") -> "Head":
        """Return the head of a whole bundle."""
        return cls(manifest, manifest_bytes(manifest), tuple(manifest.sizes), signature)

    @property
    def id(self) -> str:
        """The bundle's name among bundles: the sha256 of its manifest."""
        return bundle_id(self.data)

    @property
    def left_out(self) -> tuple[str, ...]:
        """The blobs of the manifest that are in the base, not in this file."""
        here = set(self.carried)
        return tuple(digest for digest in self.manifest.sizes if digest not in here)

    def members(self) -> tuple[tuple[str, bytes], ...]:
        """Return name and content of each member before the blobs."""
        base = json.dumps({"base": self.base, "carried": self.carried} if self.base else {}).encode() + b"\n"
        return (
            (layout.MANIFEST, self.data),
            (layout.SIGNATURE, signature_slot(self.signature)),
            (layout.BASE, base),
        )

    def blob_slots(self) -> dict[str, Slot]:
        """Return where each blob of this file lies, by digest, in order."""
        *_, last = slots((name, len(data)) for name, data in self.members())
        sizes = self.manifest.sizes
        placed = slots(((blob_name(digest), sizes[digest]) for digest in self.carried), at=last.end)
        return dict(zip(self.carried, placed, strict=True))


def signature_slot(signature: bytes) -> bytes:
    """Return a signature (or none) in the room that is kept for it."""
    if len(signature) > SIGNATURE_BYTES:
        raise damaged(f"a signature of {len(signature)} bytes", hint="Only Ed25519 signatures fit.")
    return signature + b"\n" * (SIGNATURE_BYTES - len(signature))


def read_head(file: Reads) -> Head:
    """Read the head from where a bundle begins; leave `file` at its first blob. Raises WizardError for anything else.

    Takes at most the limits of its members into memory, and trusts no size that it has not seen the bytes of.
    """
    begin, data = _member(file, layout.MANIFEST, 0, MANIFEST_LIMIT)
    begin, room = _member(file, layout.SIGNATURE, begin, SIGNATURE_BYTES)
    _, base = _member(file, layout.BASE, begin, _BASE_LIMIT)
    manifest = read_manifest(data)
    signature = room.strip(b"\n") and room.rstrip(b"\n") + b"\n"
    if room != signature_slot(signature):
        raise damaged("the signature does not stand in it as we write it")
    head = _with_base(Head(manifest, data, tuple(manifest.sizes), signature), base)
    if dict(head.members())[layout.BASE] != base:
        raise damaged(f"{layout.BASE} is not written as we write it")
    return head


def read_exactly(file: Reads, count: int) -> bytes:
    """Return so many bytes, or fewer where the file ends."""
    data = file.read(count)
    while len(data) < count and (more := file.read(count - len(data))):
        data += more
    return data


def _member(file: Reads, name: str, at: int, limit: int) -> tuple[int, bytes]:
    """Read one member; return where the next one begins, and its content."""
    found = read_exactly(file, BLOCK)
    if not found:
        raise damaged("the file is empty" if not at else f"cut off after {at} bytes, before {name}")
    size_bytes = _size(found, Slot(name, 0, at), limit)
    slot = Slot(name, size_bytes, at)
    content = read_exactly(file, size_bytes + slot.padding)
    if len(content) < size_bytes + slot.padding:
        raise damaged(f"cut off in {name}, after {slot.begin + len(content)} bytes")
    if any(content[size_bytes:]):
        raise damaged(f"what follows {name} is not empty")
    return slot.end, content[:size_bytes]


def _size(found: bytes, wanted: Slot, limit: int) -> int:
    """Return the size that a header gives, if it is the header of that member and the size is one we take."""
    digits = found[124:136].rstrip(b"\0 ")
    size_bytes = int(digits, 8) if digits.isdigit() and not digits.strip(b"01234567") else -1
    if found != layout.header(wanted.name, max(0, size_bytes)):
        raise damaged(stranger(found, Slot(wanted.name, max(0, size_bytes), wanted.at)))
    if size_bytes > limit:
        raise damaged(f"{wanted.name} claims {size_bytes} bytes, at most {limit} are taken")
    return size_bytes


def _with_base(head: Head, data: bytes) -> Head:
    try:
        record = json.loads(data)
        if record == {}:
            return head
        base, carried = record["base"], tuple(record["carried"])
        known = iter(head.manifest.sizes)
        fits = DIGEST.fullmatch(base) and all(digest in known for digest in carried)  # in the manifest's order
    except (ValueError, RecursionError, KeyError, TypeError):
        fits = None
    if not fits:
        raise damaged(f"{layout.BASE} says what the manifest does not know")
    return Head(head.manifest, head.data, carried, head.signature, base)
