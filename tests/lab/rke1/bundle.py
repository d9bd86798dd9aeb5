"""A bundle for RKE1 as an operator makes it, out of mirrors in this process: `rke`'s stand-in, images that load."""

import asyncio
import gzip
import hashlib
import io
import json
import sys
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.unit.bundle.images import Made, registry_of
from tests.unit.bundle.web import Answer, Asked, serving
from wizard.bundle.oci.manifest import OCI_INDEX, OCI_MANIFEST, digest_of

RKE = "v1.8.14"
HOSTS = ("github.com", "raw.githubusercontent.com", "dl.k8s.io", "docker.io")
IMAGES = {
    "etcd": "rancher/mirrored-coreos-etcd:v3.5.12",
    "alpine": "rancher/rke-tools:v0.1.103",
    "kubernetes": "rancher/hyperkube:v1.30.14-rancher1",
    "podInfraContainer": "rancher/mirrored-pause:3.7",
    "canalNode": "rancher/mirrored-calico-node:v3.28.1",
    "coredns": "rancher/mirrored-coredns-coredns:1.11.1",
    "ingress": "rancher/nginx-ingress-controller:nginx-1.11.2-rancher1",
}
ON_ETCD, ON_WORKERS = {IMAGES["etcd"]}, {IMAGES["coredns"], IMAGES["ingress"]}


def image(name: str, *arches: str) -> Made:
    """Return an image that docker can unpack, for amd64 unless said: a layer that all share, and one of its own."""
    made, listed = Made(b"", OCI_INDEX), []
    for arch in arches or ("amd64",):
        manifest, blobs = _for(name, arch)
        platform = {"os": "linux", "architecture": arch}
        listed.append({**_part(OCI_MANIFEST, manifest), "platform": platform})
        made.manifests[digest_of(manifest)] = (OCI_MANIFEST, manifest)
        made.blobs |= {digest_of(blob): blob for blob in blobs}
    made.root = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": listed}).encode()
    made.manifests[made.digest] = (OCI_INDEX, made.root)
    return made


def _for(name: str, arch: str) -> tuple[bytes, tuple[bytes, ...]]:
    """Return the manifest for one processor, and what it names."""
    layers = [_layer("base", b"x" * 50_000), _layer(name.replace("/", "-"), f"{name} {arch}".encode() * 200)]
    rootfs = {"type": "layers", "diff_ids": [digest_of(raw) for raw in layers]}
    config = json.dumps({"architecture": arch, "os": "linux", "config": {}, "rootfs": rootfs}).encode()
    packed = [gzip.compress(raw, mtime=0) for raw in layers]
    kind = "application/vnd.oci.image."
    record = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": _part(f"{kind}config.v1+json", config),
        "layers": [_part(f"{kind}layer.v1.tar+gzip", blob) for blob in packed],
    }
    return json.dumps(record).encode(), (config, *packed)


def _part(kind: str, data: bytes) -> dict[str, Any]:
    return {"mediaType": kind, "digest": digest_of(data), "size": len(data)}


def create(
    folder: Path, versions: Sequence[str], rke: bytes, *more: str, spec: str = "cluster", output: str = "site"
) -> str:
    """Make OUTPUT.rwb of SPEC.yaml in `folder`, signed by `signer`; return what `create` said.

    `versions` are those that are published, all by one `rke`.
    """
    return asyncio.run(_create(folder / f"{spec}.yaml", folder / f"{output}.rwb", _published(versions, rke), more))


async def _create(spec: Path, made: Path, answer: Callable[[Asked], Answer], more: Sequence[str]) -> str:
    signer = made.with_name("signer")
    async with serving(answer) as web:
        mirrors = [word for host in HOSTS for word in ("--mirror", f"{host}={web.url}")]
        bundle = ("-o", made, "--cache", made.with_name("cache"), "--no-wizard")
        said = await _bundle("create", spec, *bundle, *mirrors, *more)
    if not signer.exists():
        await _bundle("keygen", signer)
    await _bundle("sign", made, "--key", signer)
    return said


def images_of(version: str) -> dict[str, str]:
    """Return a version's images by their names in the metadata; all but Kubernetes itself are the same for all."""
    return IMAGES | {"kubernetes": f"rancher/hyperkube:{version.rpartition('-')[0]}"}


def _published(versions: Sequence[str], rke: bytes) -> Callable[[Asked], Answer]:
    releases = f"/rancher/rke/releases/download/{RKE}"
    known = {version: images_of(version) for version in versions}
    files = {
        f"{releases}/rke_linux-amd64": rke,
        f"{releases}/sha256sum.txt": f"{hashlib.sha256(rke).hexdigest()} rke_linux-amd64\n".encode(),
        f"/rancher/rke/{RKE}/data/data.json": json.dumps({"K8sVersionRKESystemImages": known}).encode(),
    }
    for version in versions:
        kubectl = f"/release/{version.partition('-')[0]}/bin/linux/amd64/kubectl"
        files |= {kubectl: b"kubectl", f"{kubectl}.sha256": hashlib.sha256(b"kubectl").hexdigest().encode()}
    registry = registry_of({name: image(name) for each in known.values() for name in each.values()})
    return lambda asked: Answer(200, files[asked.path]) if asked.path in files else registry(asked)


def _layer(name: str, data: bytes) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
    return made.getvalue()


async def _bundle(*words: str | Path) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "wizard.cli.main", "bundle", *map(str, words)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return said.decode()
