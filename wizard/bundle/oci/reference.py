"""Names of images: `rancher/rancher:v2.13.1`, `quay.io/jetstack/cert-manager-webhook:v1.16.2@sha256:…`."""

import re
from dataclasses import dataclass, replace

from wizard.errors import BadUsage

DOCKER = "docker.io"
# Grammar of the distribution specification: https://github.com/opencontainers/distribution-spec/blob/main/spec.md
REPOSITORY = re.compile(r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*")
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?")


@dataclass(frozen=True, slots=True)
class Reference:
    """An image: its registry, its repository there, and which one: by tag, by digest (`sha256:…`), or both."""

    registry: str
    repository: str
    tag: str
    digest: str = ""

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.registry}/{self.repository}{tag}" + (f"@{self.digest}" if self.digest else "")

    @property
    def what(self) -> str:
        """The part that a registry is asked for: the digest if known, else the tag."""
        return self.digest or self.tag

    @property
    def name_elsewhere(self) -> str:
        """The repository's name in a registry that holds images of many.

        Those of docker.io keep theirs, for `system-default-registry` and docker's `registry-mirrors` look for them
        there; all others stand under the name of their registry.
        """
        if self.registry == DOCKER:
            return self.repository
        return f"{folder_of(self.registry)}/{self.repository}"

    def pinned(self, digest: str) -> "Reference":
        """Return the same name, of exactly this digest."""
        return replace(self, digest=digest)


def folder_of(registry: str) -> str:
    """Return the name that a registry's images stand under in another; a port's colon is not allowed in it."""
    return registry.lower().replace(":", "-")


def read_reference(text: str) -> Reference:
    """Read an image's name as docker does. Raises BadUsage."""
    name, _, digest = text.strip().partition("@")
    first, slash, rest = name.partition("/")
    # Docker's rule: only what has a dot, a colon, or is localhost, is a host.
    named = bool(slash) and (first == "localhost" or "." in first or ":" in first)
    registry, path = (first, rest) if named else (DOCKER, name)
    if registry in ("index.docker.io", "registry-1.docker.io"):
        registry = DOCKER
    repository, _, tag = path.partition(":")
    if registry == DOCKER and "/" not in repository:
        repository = f"library/{repository}"
    tag = tag or ("" if digest else "latest")
    fits = HOST.fullmatch(registry) and REPOSITORY.fullmatch(repository) and (not tag or TAG.fullmatch(tag))
    if not fits or (digest and not DIGEST.fullmatch(digest)) or ("@" in text and not digest):
        raise BadUsage(f"{text!r}: not the name of an image", hint="Give [REGISTRY/]REPOSITORY[:TAG][@sha256:DIGEST].")
    return Reference(registry, repository, tag, digest)
