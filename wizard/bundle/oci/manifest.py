"""Manifests and indexes of images, in OCI's and in docker's words."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from wizard.bundle.oci.reference import DIGEST
from wizard.errors import WizardError

# https://github.com/opencontainers/image-spec/blob/main/media-types.md and
# https://github.com/distribution/distribution/blob/main/docs/content/spec/manifest-v2-2.md
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
INDEXES = frozenset({OCI_INDEX, DOCKER_INDEX})
MANIFESTS = frozenset({OCI_MANIFEST, DOCKER_MANIFEST})
ACCEPT = ", ".join((OCI_INDEX, OCI_MANIFEST, DOCKER_INDEX, DOCKER_MANIFEST))
LIMIT_BYTES = 4 << 20  # what registries take at most


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What a manifest says of a blob or of another manifest; `arch` only in an index."""

    media_type: str
    digest: str
    size_bytes: int
    os: str = ""
    arch: str = ""

    @property
    def sha256(self) -> str:
        """The digest's hexadecimal part."""
        return self.digest.removeprefix("sha256:")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest (with a config and layers) or an index (with manifests), and its very bytes."""

    data: bytes
    media_type: str
    manifests: tuple[Descriptor, ...]
    blobs: tuple[Descriptor, ...]

    @property
    def is_index(self) -> bool:
        """Whether it only lists others, one an architecture."""
        return self.media_type in INDEXES

    @property
    def digest(self) -> str:
        """`sha256:…` of its bytes."""
        return digest_of(self.data)

    def of(self, arches: frozenset[str]) -> tuple[Descriptor, ...]:
        """Return the Linux manifests of an index for these architectures (amd64, arm64, …)."""
        return tuple(each for each in self.manifests if each.os == "linux" and each.arch in arches)

    def only(self, digests: frozenset[str]) -> "Manifest":
        """Return the index with these manifests alone: another one, of another digest."""
        record = json.loads(self.data)
        record["manifests"] = [each for each in record["manifests"] if each["digest"] in digests]
        return read_manifest(json.dumps(record, separators=(",", ":")).encode(), self.media_type, name=self.digest)


def digest_of(data: bytes) -> str:
    """Return `sha256:…` of some bytes."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def read_manifest(data: bytes, media_type: str, *, name: str) -> Manifest:
    """Read a manifest or an index; `media_type` is what the server called it. Raises WizardError, with `name`."""
    try:
        if len(data) > LIMIT_BYTES:
            raise ValueError("larger than 4 MiB")
        record = json.loads(data)
        kind = record.get("mediaType") or media_type.partition(";")[0].strip()
        if kind in INDEXES:
            return Manifest(data, kind, tuple(_descriptor(each) for each in record["manifests"]), ())
        if kind in MANIFESTS:
            parts = (record["config"], *record["layers"])
            return Manifest(data, kind, (), tuple(_descriptor(each) for each in parts))
        raise ValueError(f"of a kind that is not known: {str(kind)[:80]!r}")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        why = str(error) if isinstance(error, ValueError) else "a part is missing"
        hint = "Only images with manifests of OCI or of docker's version 2 can be carried."
        raise WizardError(f"{name}: its manifest can't be used: {why}", hint=hint) from None


def _descriptor(record: dict[str, Any]) -> Descriptor:
    digest, size = record["digest"], record["size"]
    if not isinstance(digest, str) or not DIGEST.fullmatch(digest):
        raise ValueError(f"a digest other than sha256: {str(digest)[:80]!r}")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise ValueError(f"a size of {str(size)[:40]!r}")
    platform = record.get("platform") or {}
    os, arch = str(platform.get("os", "")), str(platform.get("architecture", ""))
    return Descriptor(str(record.get("mediaType", "")), digest, size, os, arch)
