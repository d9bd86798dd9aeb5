"""A bundle's images as `docker load` takes them: blobs as they are, and a manifest.json that says what belongs where.

Source: moby/moby, image/tarexport/load.go: layers may be packed, names within the archive are free. containerd's
import (core/images/archive/importer.go) reads the same.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from wizard.bundle.carried import blob_of
from wizard.bundle.carried_image import manifest_of
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.manifest import Entry
from wizard.errors import WizardError
from wizard.hosts.upload import Delivery

BLOBS = "blobs"
"""The folder in the archive that blobs lie in."""
_CONFIG_LIMIT = 8 << 20


@dataclass(frozen=True, slots=True)
class DockerImage:
    """An image for one processor: docker's name for it, its configuration and packed layers by sha256, in order.

    `layers_unpacked` are the digests by which docker tells layers apart once they are unpacked.
    """

    name: str
    config: str
    layers: tuple[str, ...]
    layers_unpacked: tuple[str, ...]


def docker_image(bundle: Bundle, entry: Entry, arch: str) -> DockerImage:
    """Return an entry's image for a processor (amd64, arm64). Raises WizardError where there is none for it."""
    config, *layers = (each.sha256 for each in manifest_of(bundle, entry, arch).blobs)
    try:
        unpacked = json.loads(blob_of(bundle, config).read(0, _CONFIG_LIMIT))["rootfs"]["diff_ids"]
        return DockerImage(docker_name(entry.name), config, tuple(layers), tuple(map(str, unpacked)))
    except (ValueError, KeyError, TypeError) as error:
        raise WizardError(f"{entry.name}: its configuration can't be read: {str(error)[:120]}") from None


def docker_name(reference: str) -> str:
    """Return what docker calls an image: docker.io/rancher/shell:v1 is rancher/shell:v1 to it."""
    return reference.removeprefix("docker.io/").removeprefix("library/")


def archive_manifest(images: Iterable[DockerImage]) -> bytes:
    """Return the archive's manifest.json."""
    rows = [
        {
            "Config": f"{BLOBS}/{each.config}",
            "RepoTags": [each.name],
            "Layers": [f"{BLOBS}/{layer}" for layer in each.layers],
        }
        for each in images
    ]
    return json.dumps(rows, indent=1).encode()


def deliveries(bundle: Bundle, images: Iterable[DockerImage], folder: str) -> tuple[Delivery, ...]:
    """Return the blobs of these images, each once and proven, for a folder on a node.

    Raises Refused for one whose bytes are others.
    """
    digests = dict.fromkeys(digest for each in images for digest in (each.config, *each.layers))
    return tuple(Delivery(blob_of(bundle, digest), f"{folder}/{BLOBS}/{digest}", digest) for digest in digests)
