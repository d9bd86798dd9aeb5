"""One thing that a bundle has to bring, before anybody fetched it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from wizard.bundle.format.manifest import Kind, Role
from wizard.profiles import profile

PACKAGE_ENDS = (".deb", ".rpm")
ARCHES = {"x86_64": "amd64", "aarch64": "arm64", "s390x": "s390x"}
"""Publishers' names of processors by what `uname -m` calls them."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What a publisher signs a file by: where it is, where the keys are, and the fingerprints of those that count."""

    url: str
    keys_url: str
    fingerprints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Artifact:
    """What is wanted and where it comes from; `part` is the part of the site that wants it, such as `rke2`.

    `name` is its name in the bundle. `source` is a URL, for an image its reference, for a package
    `apt:debian/bookworm/haproxy` (with all that it depends on), for the wizard `pip:rancher-wizard`. `sums_url` is
    the publisher's list of checksums that has to name it. `picks` says what of a list is wanted, where that is not all,
    `versions` of which versions, where it is of several. `release` is that of Kubernetes' distribution that it is a
    part of, empty for all else; of several that share it, the oldest.
    """

    kind: Kind
    name: str
    source: str
    part: str
    version: str = ""
    licence: str = ""
    arch: str = ""
    roles: tuple[Role, ...] = ()
    sums_url: str | None = None
    signature: Signature | None = None
    picks: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    release: str = ""

    @property
    def file_name(self) -> str:
        """The last part of its name."""
        return self.name.rsplit("/", 1)[-1]


def rows(
    part: str, version: str, *, arches: tuple[str, ...], sets: tuple[str, ...] = (), **more: str
) -> Iterator[Artifact]:
    """Return what profiles/artifacts.yaml lists for a part at one version, for these architectures and image sets."""
    known = profile("artifacts")[part]
    facts = {"version": version, "quoted": quote(version, safe=""), **more}
    for row in known["rows"]:
        text = row["name"] + row.get("url", "")
        for arch in arches if "{arch}" in text else ("",):
            for each in sets if "{set}" in text else ("",):
                yield _artifact(part, row, known["licence"], {**facts, "arch": arch, "set": each})


def image(part: str, reference: str, *, licence: str = "", roles: tuple[Role, ...] = ()) -> Artifact:
    """Return an image by its reference as lists and charts write it: `rancher/fleet:v1` is docker.io's."""
    whole = whole_reference(reference)
    version = whole.partition("@")[0].rpartition(":")[2]
    return Artifact("image", whole, whole, part, version, licence, roles=roles)


def whole_reference(reference: str) -> str:
    """Return a reference with its registry and tag, both of which may be left out: docker.io, latest."""
    first, _, rest = reference.partition("/")
    if not rest:
        reference = f"docker.io/library/{reference}"
    elif "." not in first and ":" not in first and first != "localhost":
        reference = f"docker.io/{reference}"
    tagged = "@" in reference or ":" in reference.rpartition("/")[2]
    return reference if tagged else f"{reference}:latest"


def _artifact(part: str, row: Mapping[str, Any], licence: str, facts: Mapping[str, str]) -> Artifact:
    name = row["name"].format(**facts)
    if row["kind"] == "image":
        return image(part, name, licence=licence)
    return Artifact(
        kind=row["kind"],
        name=name,
        source=row["url"].format(**facts),
        part=part,
        version=facts["version"],
        licence=licence,
        arch=facts["arch"],
        roles=tuple(row.get("roles", ())),
        sums_url=row["sums"].format(**facts) if "sums" in row else None,
        signature=_signature(row["signature"], facts) if "signature" in row else None,
    )


def _signature(row: Mapping[str, Any], facts: Mapping[str, str]) -> Signature:
    return Signature(row["url"].format(**facts), row["keys"].format(**facts), tuple(row["fingerprints"]))
