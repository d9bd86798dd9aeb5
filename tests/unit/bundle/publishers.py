"""All the places that a bundle is filled from, in one server of this process."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.unit.bundle.images import Made, make_image, registry_of
from tests.unit.bundle.test_complete import saved
from tests.unit.bundle.web import Answer, Asked, file_of
from tests.unit.spec.specs import HEAD

HOSTS = ("github.com", "raw.githubusercontent.com", "dl.k8s.io", "charts.jetstack.io", "quay.io", "docker.io")
SIZE_BYTES = 40_000
METALLB = """
metallb:
  version: 0.15.3
  pools: [{name: front, addresses: [10.1.0.200-10.1.0.220]}]
"""
IMAGES = {
    "metallb/controller:v0.15.3": make_image("controller"),
    "metallb/speaker:v0.15.3": make_image("speaker"),
    "frrouting/frr:10.4.1": make_image("frr", docker=True),
}


def write_spec(folder: Path) -> Path:
    path = folder / "cluster.yaml"
    path.write_text(HEAD + METALLB)
    return path


def words(folder: Path, url: str, cache: str) -> list[str]:
    """Return the command line that makes a bundle of that spec, everything fetched from `url`."""
    mirrors = [word for host in HOSTS for word in ("--mirror", f"{host}={url}")]
    named = ["-o", str(folder / "site.rwb"), "--cache", str(folder / cache)]
    return ["bundle", "create", str(folder / "cluster.yaml"), "--no-wizard", *named, *mirrors]


def body(path: str) -> bytes:
    """Return what lies at a path: always the same; an archive of images and its list belong together."""
    if "rke2-images-" in path:
        name = f"rancher/{path.rpartition('rke2-images-')[2].partition('.')[0]}:v1"
        return f"docker.io/{name}\n".encode() if path.endswith(".txt") else saved(name)
    return Random(path).randbytes(SIZE_BYTES)


def published(images: dict[str, Made] = IMAGES, *, spoiled: str = "") -> Callable[[Asked], Answer]:
    """Answer for every file, for lists of checksums, and for images; `spoiled` ends the path of a damaged file."""
    registry = registry_of(images)

    def answer(asked: Asked) -> Answer:
        if asked.path.startswith("/v2/"):
            return registry(asked)
        if re.search(r"/sha256sum[^/]*\.txt$", asked.path):
            return Answer(200, _sums(asked.path))
        if asked.path.endswith(".sha256"):
            return Answer(200, hashlib.sha256(body(asked.path.removesuffix(".sha256"))).hexdigest().encode())
        data = body(asked.path)
        return file_of(data[::-1] if spoiled and asked.path.endswith(spoiled) else data, tag=f'"{asked.path}"')(asked)

    return answer


def _sums(path: str) -> bytes:
    folder = path.rpartition("/")[0]
    names = [f"rke2-images-{each}.linux-amd64.{end}" for each in ("core", "canal") for end in ("tar.zst", "txt")]
    listed = (f"{folder}/{name}" for name in ("rke2.linux-amd64.tar.gz", *names))
    lines = (f"{hashlib.sha256(body(each)).hexdigest()}  {each.rpartition('/')[2]}\n" for each in listed)
    return "".join(lines).encode()
