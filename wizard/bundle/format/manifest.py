"""What a bundle holds: the first thing in it, and all that the signature covers."""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from wizard import __version__
from wizard.bundle.format.fault import damaged
from wizard.errors import WizardError

FORMAT: Literal["rancher-wizard-bundle/1"] = "rancher-wizard-bundle/1"
MANIFEST_LIMIT = 32 << 20
"""Most bytes that a manifest may have; that of Rancher with all its images has some 3 MiB."""
BLOB_LIMIT = 1 << 40
BLOBS_LIMIT = 100_000
DIGEST = re.compile(r"[0-9a-f]{64}")
_RELEASE = re.compile(r"[0-9][0-9A-Za-z.+]{0,40}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+:@~^=-]*")

Kind = Literal["file", "list", "image", "chart", "package", "wheel"]
Role = Literal["jump", "balancer", "server", "agent"]


def _digest(text: str) -> str:
    if DIGEST.fullmatch(text):
        return text
    raise ValueError(f"{text[:80]!r} is not a sha256")


def _name(text: str) -> str:
    """Names become names of files: no part of one climbs out of its folder or hides in it."""
    if len(text) <= 512 and all(_NAME.fullmatch(part) for part in text.split("/")):
        return text
    raise ValueError(f"{text[:80]!r} is not a name")


def _line(text: str) -> str:
    if len(text) <= 2048 and text.isprintable():
        return text
    raise ValueError(f"{text[:80]!r} is not a line of text")


Digest = Annotated[str, AfterValidator(_digest)]
Name = Annotated[str, AfterValidator(_name)]
Line = Annotated[str, AfterValidator(_line)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Blob(_Record):
    """So many bytes with this digest, stored once however many entries need them."""

    sha256: Digest
    size_bytes: int = Field(ge=0, le=BLOB_LIMIT)


class Entry(_Record):
    """One thing that the bundle brings.

    `name` is unique for its kind: a path such as `rke2/v1.34.2+rke2r1/install.sh`, or an image's whole reference
    with its tag. `sha256` is its content; an image's is its index or manifest, and `parts` are all blobs that this
    leads to (manifests, configurations, layers). `source` says where it came from, `proof` what of its publisher's was
    checked when it was fetched (empty: nothing was there), `roles` which machines need it (none: whoever asks for it),
    `arch` which processors (amd64, arm64; empty: any).
    """

    kind: Kind
    name: Name
    sha256: Digest
    source: Line
    proof: Line = ""
    version: Line = ""
    licence: Line = ""
    arch: Line = ""
    roles: tuple[Role, ...] = Field(default=(), strict=False)
    parts: tuple[Digest, ...] = Field(default=(), strict=False)

    @property
    def file_name(self) -> str:
        """The last part of its name."""
        return self.name.rsplit("/", 1)[-1]

    @property
    def digests(self) -> tuple[str, ...]:
        """Every blob that it needs."""
        return (self.sha256, *self.parts)


class Manifest(_Record):
    """Name, entries and blobs of a bundle, each in one possible order; make it by `new_manifest`."""

    format: Literal["rancher-wizard-bundle/1"] = FORMAT
    name: Name
    entries: tuple[Entry, ...] = Field(strict=False)
    blobs: tuple[Blob, ...] = Field(strict=False, max_length=BLOBS_LIMIT)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """What is listed is needed, what is needed is listed, each once and in order."""
        _in_order("entries", [_key(each) for each in self.entries])
        _in_order("blobs", [(each.sha256,) for each in self.blobs])
        needed = {digest for entry in self.entries for digest in entry.digests}
        for digest in sorted(needed ^ self.sizes.keys())[:1]:
            raise ValueError(f"blob {digest[:12]}… is " + ("not listed" if digest in needed else "needed by nothing"))
        return self

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Size in bytes of each blob by digest, in the order that they stand in the file."""
        return {blob.sha256: blob.size_bytes for blob in self.blobs}

    @cached_property
    def packages(self) -> dict[str, tuple[Entry, ...]]:
        """The files of each package, its own and all that it needs, by names such as packages/debian-12/haproxy."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            if entry.kind == "package":
                found.setdefault(entry.name.rpartition("/")[0], []).append(entry)
        return {name: tuple(files) for name, files in found.items()}

    @cached_property
    def arches(self) -> frozenset[str]:
        """The processors that some entry is for alone, such as amd64."""
        return frozenset(each.arch for each in self.entries if each.arch)

    @property
    def size_bytes(self) -> int:
        """Size of all blobs together."""
        return sum(blob.size_bytes for blob in self.blobs)

    def find(self, kind: Kind, name: str) -> Entry | None:
        """Return the entry of that kind and name."""
        return next((each for each in self.entries if (each.kind, each.name) == (kind, name)), None)


def new_manifest(name: str, entries: Iterable[Entry], blobs: Iterable[Blob]) -> Manifest:
    """Return the manifest of these entries; of `blobs` it takes those that they need.

    The order in which they are given makes no difference. Raises WizardError where one is missing or stands twice.
    """
    ordered = tuple(sorted(entries, key=_key))
    needed = {digest for entry in ordered for digest in entry.digests}
    sizes = {blob.sha256: blob for blob in blobs if blob.sha256 in needed}
    try:
        return Manifest(name=name, entries=ordered, blobs=tuple(sizes[digest] for digest in sorted(sizes)))
    except ValidationError as error:
        raise damaged(
            f"the manifest can't be made: {_said(error)}", hint="Leave out or rename what it names."
        ) from None


def manifest_bytes(manifest: Manifest) -> bytes:
    """Return the manifest as it stands in a bundle: the same manifest is the same bytes."""
    record = manifest.model_dump(exclude_defaults=True) | {"format": FORMAT}
    return (json.dumps(record, indent=1, sort_keys=True) + "\n").encode("ascii")


def bundle_id(data: bytes) -> str:
    """Return the name that a bundle has among bundles: the sha256 of its manifest's bytes."""
    return hashlib.sha256(data).hexdigest()


def read_manifest(data: bytes) -> Manifest:
    """Return the manifest that these bytes are. Raises WizardError, also for other bytes that mean the same."""
    try:
        record = json.loads(data, object_pairs_hook=_once)
        if isinstance(record, dict) and record.get("format", FORMAT) != FORMAT:
            raise _other_format(record["format"])
        manifest = Manifest.model_validate(record)
    except ValidationError as error:
        found = error.errors(include_url=False)
        if all(each["type"] == "extra_forbidden" for each in found):
            raise _newer(str(found[0]["loc"][-1]), record) from None
        raise damaged(f"the manifest is not one: {_said(error)}") from None
    except (ValueError, RecursionError) as error:
        raise damaged(f"the manifest is not JSON as we write it: {str(error)[:120]}") from None
    if manifest_bytes(manifest) != data:
        raise damaged("the manifest is not written as we write it")
    return manifest


def _key(entry: Entry) -> tuple[str, str]:
    return entry.kind, entry.name


def _in_order(what: str, keys: Sequence[tuple[str, ...]]) -> None:
    if any(one >= other for one, other in pairwise(keys)):
        raise ValueError(f"{what} stand there twice or out of order")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands there twice")
    return made


def _said(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    text = first["msg"].removeprefix("Value error, ")
    return f"{place}: {text}" if place else text


def _newer(key: str, record: dict[str, Any]) -> WizardError:
    """Return the refusal of a manifest that says more than this release understands."""
    entries = (each for each in record.get("entries") or () if isinstance(each, dict) and each.get("kind") == "wheel")
    made_by = next((each for entry in entries if _RELEASE.fullmatch(each := str(entry.get("version")))), "")
    hint = f"Open it with the release of rancher-wizard that made it{f', {made_by}' * bool(made_by)}."
    return damaged(f"its manifest has {key[:80]!r}, which rancher-wizard {__version__} does not know", hint=hint)


def _other_format(found: object) -> WizardError:
    hint = "Make the bundle with this release of rancher-wizard, or open it with the one that made it."
    return damaged(f"its format is {str(found)[:80]!r}, this is for {FORMAT}", hint=hint)
