"""The headers of an RPM file: what it asks for and provides, and what its publisher signed.

Source: docs/manual/format_v4.md of rpm (lead, signature, header, payload); include/rpm/rpmtag.h for the numbers.
"""

import hashlib
import struct
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from wizard.bundle.packages.relation import Relation
from wizard.bundle.packages.signature import prove_detached
from wizard.errors import Refused, WizardError

HEADER_LIMIT = 64 << 20
_LEAD, _MAGIC = 96, b"\x8e\xad\xe8\x01"
_SIGNATURES = (268, 267)  # of the header alone: RSA and EdDSA, DSA
_PAYLOAD_SHA256 = 5092
_NAME, _VERSION, _RELEASE, _EPOCH, _ARCH = 1000, 1001, 1002, 1003, 1022
_DIRECTORY_OF, _FILE_NAMES, _DIRECTORIES = 1116, 1117, 1118
_FORMATS = {2: "b", 3: "h", 4: "i", 5: "q"}
_SENSES = {0: "", 2: "<", 4: ">", 8: "=", 10: "<=", 12: ">="}

Value = bytes | list[str] | list[int]


@dataclass(frozen=True, slots=True)
class Header:
    """One package as its own file describes it; relations are by kind: requires, provides, conflicts, obsoletes."""

    name: str
    epoch: int
    version: str
    release: str
    arch: str
    relations: Mapping[str, tuple[Relation, ...]]
    files: tuple[str, ...]
    end: int
    """Bytes of the file up to its payload."""


_KINDS = {"requires": (1049, 1048, 1050), "provides": (1047, 1112, 1113)}
_KINDS |= {"conflicts": (1054, 1053, 1055), "obsoletes": (1090, 1114, 1115)}


def read_header(file: IO[bytes], *, name: str) -> Header:
    """Return what a file says of itself. Raises WizardError, with `name`, for what is no RPM."""
    _, _, tags, end = _headers(file, name)
    folders, names, places = _texts(tags, _DIRECTORIES), _texts(tags, _FILE_NAMES), _numbers(tags, _DIRECTORY_OF)
    if any(not 0 <= place < len(folders) for place in places):
        raise _no_rpm(name, "its files lie in no folder")
    return Header(
        name=_text(tags, _NAME),
        epoch=(_numbers(tags, _EPOCH) or [0])[0],
        version=_text(tags, _VERSION),
        release=_text(tags, _RELEASE),
        arch=_text(tags, _ARCH),
        relations={kind: _relations(tags, *numbers) for kind, numbers in _KINDS.items()},
        files=tuple(folders[place] + each for place, each in zip(places, names, strict=False)),
        end=end,
    )


def prove_rpm(path: Path, keyrings: Sequence[Path], *, name: str) -> str:
    """Prove that one of the keys signed an RPM, and that its payload is the one of then; return the key's fingerprint.

    Raises Refused, WizardError without gpgv; `name` is the file's name to people.
    """
    with path.open("rb") as file:
        signatures, header, tags, end = _headers(file, name)
        found = next((value for tag in _SIGNATURES if isinstance(value := signatures.get(tag), bytes)), None)
        wanted = _texts(tags, _PAYLOAD_SHA256)
        if found is None or not wanted:
            hint = "Take it from its publisher's own mirror, or bring it by --from-dir."
            raise Refused(f"{name}: nobody signed it", hint=hint)
        file.seek(end)
        if hashlib.file_digest(file, "sha256").hexdigest() != wanted[0]:
            raise Refused(f"{name}: its payload was changed", hint="Use another mirror.")
    with tempfile.TemporaryDirectory() as folder:
        signed, signature = Path(folder) / "header", Path(folder) / "header.sig"
        signed.write_bytes(header)
        signature.write_bytes(found)
        return prove_detached(signed, signature, keyrings, name=name)


def _headers(file: IO[bytes], name: str) -> tuple[dict[int, Value], bytes, dict[int, Value], int]:
    """Return the signatures, the header's bytes, its tags, and where the payload begins."""
    try:
        if not file.read(_LEAD).startswith(b"\xed\xab\xee\xdb"):
            raise ValueError("it does not begin as one")
        first = _section(file)
        file.read(-len(first) % 8)
        header = _section(file)
        return _tags(first), header, _tags(header), file.tell()
    except (ValueError, struct.error, KeyError, IndexError) as error:
        raise _no_rpm(name, str(error)) from None


def _section(file: IO[bytes]) -> bytes:
    intro = file.read(16)
    if intro[:4] != _MAGIC:
        raise ValueError("a header is missing")
    count, size = struct.unpack(">II", intro[8:])
    if count * 16 + size > HEADER_LIMIT:
        raise ValueError("a header of more than 64 MiB")
    rest = file.read(count * 16 + size)
    if len(rest) < count * 16 + size:
        raise ValueError("cut off in a header")
    return intro + rest


def _tags(section: bytes) -> dict[int, Value]:
    (count,) = struct.unpack(">I", section[8:12])
    store = memoryview(section)[16 + count * 16 :]
    rows = struct.iter_unpack(">IIII", section[16 : 16 + count * 16])
    return {tag: _value(store, kind, offset, many) for tag, kind, offset, many in rows}


def _value(store: memoryview, kind: int, offset: int, count: int) -> Value:
    if kind in _FORMATS:
        form = f">{count}{_FORMATS[kind]}"
        return list(struct.unpack_from(form, store, offset))
    if kind in (6, 8, 9):
        texts = bytes(store[offset:]).split(b"\0", count)
        return [text.decode(errors="replace") for text in texts[:count]]
    return bytes(store[offset : offset + count])


def _relations(tags: Mapping[int, Value], names: int, flags: int, versions: int) -> tuple[Relation, ...]:
    rows = zip(_texts(tags, names), _numbers(tags, flags), _texts(tags, versions), strict=False)
    return tuple(
        Relation(each, _SENSES.get(flag & 14, ""), version if flag & 14 else "") for each, flag, version in rows
    )


def _texts(tags: Mapping[int, Value], tag: int) -> list[str]:
    value = tags.get(tag, b"")
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _numbers(tags: Mapping[int, Value], tag: int) -> list[int]:
    value = tags.get(tag, b"")
    return [each for each in value if isinstance(each, int)] if isinstance(value, list) else []


def _text(tags: Mapping[int, Value], tag: int) -> str:
    return next(iter(_texts(tags, tag)), "")


def _no_rpm(name: str, why: str) -> WizardError:
    return WizardError(f"{name}: it is no RPM: {why}", hint="Fetch it again, or take it away.")
