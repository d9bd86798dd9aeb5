"""Images made up for tests, and a registry in this process that has them."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.unit.bundle.web import Answer, Asked
from wizard.bundle.oci.manifest import DOCKER_INDEX, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST, digest_of

BASE = b"the layer that all share" * 100


@dataclass
class Made:
    """An image: its root's bytes and media type, and everything beneath by digest."""

    root: bytes
    media_type: str
    manifests: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        return digest_of(self.root)

    @property
    def index(self) -> dict[str, Any]:
        record: dict[str, Any] = json.loads(self.root)
        return record if "manifests" in record else {}


def make_image(name: str, arches: tuple[str, ...] = ("amd64", "arm64"), *, docker: bool = False) -> Made:
    children = [_one(f"{name}-{arch}", arch, docker=docker) for arch in arches]
    listed = [
        {
            "mediaType": child.media_type,
            "digest": child.digest,
            "size": len(child.root),
            "platform": {"os": "linux", "architecture": arch},
        }
        for child, arch in zip(children, arches, strict=True)
    ]
    attestation = {
        "mediaType": OCI_MANIFEST,
        "digest": digest_of(b"attested"),
        "size": 8,
        "platform": {"os": "unknown", "architecture": "unknown"},
    }
    kind = DOCKER_INDEX if docker else OCI_INDEX
    root = json.dumps({"schemaVersion": 2, "mediaType": kind, "manifests": [*listed, attestation]}).encode()
    made = Made(root, kind, {digest_of(root): (kind, root)})
    for child in children:
        made.manifests |= child.manifests
        made.blobs |= child.blobs
    return made


def _one(name: str, arch: str, *, docker: bool = False) -> Made:
    config = json.dumps({"architecture": arch, "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}}).encode()
    blobs = (config, BASE, f"layer of {name}".encode() * 50)
    kind = DOCKER_MANIFEST if docker else OCI_MANIFEST
    types = (
        ("application/vnd.docker.container.image.v1+json", "application/vnd.docker.image.rootfs.diff.tar.gzip")
        if docker
        else ("application/vnd.oci.image.config.v1+json", "application/vnd.oci.image.layer.v1.tar+gzip")
    )
    parts = [
        {"mediaType": types[min(rank, 1)], "digest": digest_of(blob), "size": len(blob)}
        for rank, blob in enumerate(blobs)
    ]
    root = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": parts[0], "layers": parts[1:]}).encode()
    return Made(root, kind, {digest_of(root): (kind, root)}, {digest_of(blob): blob for blob in blobs})


def registry_of(images: dict[str, Made], *, token: str = "") -> Callable[[Asked], Answer]:
    """Answer for images by `repository:tag`; with `token`, only those who fetched it at /token."""

    def answer(asked: Asked) -> Answer:
        if asked.path.startswith("/token"):
            return Answer(200, json.dumps({"token": token}).encode())
        if token and asked.headers.get("authorization") != f"Bearer {token}":
            host = asked.headers["host"]
            challenge = f'Bearer realm="http://{host}/token",service="here",scope="repository:x:pull"'
            return Answer(401, headers={"WWW-Authenticate": challenge})
        repository, _, rest = asked.path.removeprefix("/v2/").rpartition("/manifests/")
        if repository:
            return _manifest(images, repository, rest)
        digest = asked.path.rpartition("/blobs/")[2]
        found = next((made.blobs[digest] for made in images.values() if digest in made.blobs), None)
        return Answer(404) if found is None else Answer(200, found, {"ETag": f'"{digest}"'})

    return answer


def _manifest(images: dict[str, Made], repository: str, what: str) -> Answer:
    for name, made in images.items():
        known, _, tag = name.rpartition(":")
        if known == repository and (what == tag or what in made.manifests):
            kind, data = made.manifests[made.digest if what == tag else what]
            digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
            return Answer(200, data, {"Content-Type": kind, "Docker-Content-Digest": digest})
    return Answer(404)
