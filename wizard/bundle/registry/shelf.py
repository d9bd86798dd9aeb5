"""Which images there are to give out, by name and tag, over blobs that lie wherever they lie."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from wizard.bundle.oci.manifest import LIMIT_BYTES, Manifest, read_manifest
from wizard.bundle.oci.reference import DOCKER, Reference, folder_of
from wizard.errors import WizardError


class Blobs(Protocol):
    """Content by sha256, read in pieces; several threads may read at once."""

    def size(self, sha256: str) -> int | None:
        """Return its size in bytes, or None where it is not there."""
        ...

    def read(self, sha256: str, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`, fewer at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Shelf:
    """Images by their names in a registry of many; `tags` is repository → tag → digest, both sorted."""

    blobs: Blobs
    tags: Mapping[str, Mapping[str, str]]
    manifests: Mapping[str, Manifest]

    def repository(self, name: str, namespace: str = "") -> str | None:
        """Return the repository that a client means by `name`.

        containerd names the registry that it would have asked as `namespace` (`?ns=quay.io`), without `name` telling.
        """
        if namespace and namespace != DOCKER and (full := f"{folder_of(namespace)}/{name}") in self.tags:
            return full
        return name if name in self.tags else None

    def manifest(self, repository: str, what: str) -> Manifest | None:
        """Return a manifest by tag or digest."""
        return self.manifests.get(self.tags[repository].get(what, what))


def put_on_shelf(images: Iterable[Reference], blobs: Blobs) -> Shelf:
    """Return the shelf of these images, each pinned by digest.

    Raises WizardError when a manifest is missing or is none. Of an index those manifests count which are there: the
    others are for architectures that nobody wanted.
    """
    tags: dict[str, dict[str, str]] = {}
    manifests: dict[str, Manifest] = {}
    for image in images:
        root = _manifest(blobs, image.digest, str(image))
        manifests[root.digest] = root
        for child in root.manifests:
            if blobs.size(child.sha256) is not None:
                manifests[child.digest] = _manifest(blobs, child.digest, str(image))
        tags.setdefault(image.name_elsewhere, {})[image.tag or image.digest.replace(":", "-")] = image.digest
    ordered = {name: dict(sorted(there.items())) for name, there in sorted(tags.items())}
    return Shelf(blobs, ordered, manifests)


def _manifest(blobs: Blobs, digest: str, name: str) -> Manifest:
    size = blobs.size(digest.removeprefix("sha256:"))
    if size is None:
        raise WizardError(f"{name}: its manifest is not in the bundle", hint="Create the bundle again.")
    data = blobs.read(digest.removeprefix("sha256:"), 0, min(size, LIMIT_BYTES + 1))
    manifest = read_manifest(data, "", name=name)
    if manifest.digest != digest:
        raise WizardError(f"{name}: its manifest was changed", hint="Verify the bundle, or carry it in again.")
    return manifest
