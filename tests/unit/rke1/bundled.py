"""A signed bundle of what a spec of RKE1 runs, two images of its own and more on top."""

import json
from collections.abc import Iterable
from pathlib import Path

from tests.unit.bundle.site import digest_of, given_image, write_signed
from wizard.bundle.format.manifest import Entry


def bundle_of_images(folder: Path, *, without: str = "", more: Iterable[str] = ()) -> str:
    """Write one of etcd and kubernetes, and of `more` by their whole references; return the lines of a spec for it."""
    images = {name: f"rancher/{name}:v1" for name in ("etcd", "kubernetes")}
    here = (f"docker.io/{name}" for key, name in images.items() if key != without)
    return write_bundle(folder, {"v1.30.14-rancher1-1": images}, (*here, *more))


def write_bundle(folder: Path, known: dict[str, dict[str, str]], images: Iterable[str], program: bytes = b"") -> str:
    """Write one whose metadata has the images of `known`, with these in it, and an `rke` where a program is given."""
    data = json.dumps({"K8sVersionRKESystemImages": known}).encode()
    given: list[tuple[Entry | None, bytes]] = [
        (Entry(kind="list", name="rke1/v1.8.14/data.json", sha256=digest_of(data), source="x"), data)
    ]
    if program:
        name = "rke1/v1.8.14/rke_linux-amd64"
        given.append((Entry(kind="file", name=name, sha256=digest_of(program), source="x"), program))
    for image in images:
        given += given_image(image)
    source = write_signed(folder, *given)
    return f"source: {{kind: bundle, path: {source.path}, key: {source.key}}}\n"
