"""A bundle made as an operator makes it, out of mirrors in this process: the stand-in release, and packages."""

import asyncio
import hashlib
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

from tests.lab.base import BALANCER_SHELF
from tests.lab.nodes import LabNode
from tests.unit.bundle.debian import Publisher
from tests.unit.bundle.test_complete import saved
from tests.unit.bundle.web import Answer, Asked, Web, serving

HOSTS = ("github.com", "raw.githubusercontent.com", "dl.k8s.io", "deb.debian.org")
ON_NODES = "dpkg-query -W -f '${Package}\\t${Provides}\\n'"
SHOWN = "'${Package}\\t${Depends}\\t'"
ON_SHELF = f"cd {BALANCER_SHELF}; for deb in *.deb; do dpkg-deb -W --showformat={SHOWN} $deb; echo $deb; done"
NOT_ON_NODES = ("apparmor", "gawk")
"""Packages of a bundle that no test installs; something stands for them."""


def publisher(home: Path, node: LabNode) -> Publisher:
    """Return Debian as the lab knows it: required is what every node has, the shelf holds HAProxy and keepalived."""
    made = Publisher.new(home)
    for line in node.run(ON_NODES).stdout.splitlines():
        package, provides = line.split("\t")
        made.stanzas[package] = "\n".join(("Priority: required", *_field("Provides", provides)))
    for line in node.run(ON_SHELF).stdout.splitlines():
        package, depends, file_name = line.split("\t")
        made.stanzas[package] = "\n".join(_field("Depends", depends))
        made.debs[package] = (node.home / f"root{BALANCER_SHELF}" / file_name).read_bytes()
    made.stanzas |= dict.fromkeys(NOT_ON_NODES, "")
    return made


def _field(name: str, relations: str) -> Iterator[str]:
    """Yield a field of a stanza, without versions: those of this list are not those on the nodes."""
    if relations:
        yield f"{name}: {re.sub(r' *[(][^)]*[)]', '', relations)}"


def published(releases: Iterable[Path], debian: Publisher) -> Callable[[Asked], Answer]:
    """Answer for all that a bundle of the lab's cluster is made of; each release lies in a folder of its name."""
    files = {path: data for release in releases for path, data in _release(release)}
    packages = debian.answers()

    def answer(asked: Asked) -> Answer:
        path = unquote(asked.path)
        return Answer(200, files[path]) if path in files else packages(asked)

    return answer


def _release(release: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a release by their paths, with the kubectl that belongs to it."""
    version, tool = release.name, b"kubectl"
    folder = f"/rancher/rke2/releases/download/{version}"
    files = {f"{folder}/rke2.linux-amd64.tar.gz": (release / "rke2.linux-amd64.tar.gz").read_bytes()}
    for name in ("core", "canal", "ingress-nginx"):
        image = f"docker.io/rancher/{name}:{version.replace('+', '-')}"
        files[f"{folder}/rke2-images-{name}.linux-amd64.tar.zst"] = saved(image)
        files[f"{folder}/rke2-images-{name}.linux-amd64.txt"] = f"{image}\n".encode()
    sums = (f"{hashlib.sha256(data).hexdigest()}  {path.rpartition('/')[2]}\n" for path, data in files.items())
    yield f"{folder}/sha256sum-amd64.txt", "".join(sums).encode()
    yield from files.items()
    yield f"/rancher/rke2/{version}/install.sh", (release / "install.sh").read_bytes()
    kubectl = f"/release/{version.partition('+')[0]}/bin/linux/amd64/kubectl"
    yield kubectl, tool
    yield f"{kubectl}.sha256", hashlib.sha256(tool).hexdigest().encode()


def create(
    folder: Path, releases: Iterable[Path], debian: Publisher, *more: str, spec: str = "cluster", output: str = "site"
) -> None:
    """Make OUTPUT.rwb of SPEC.yaml in `folder`, where there is internet, and sign it: by a new key for the first."""
    made = folder / f"{output}.rwb"
    asyncio.run(_create(folder / f"{spec}.yaml", made, published(releases, debian), debian.keyring, more))
    if not (folder / "signer").exists():
        asyncio.run(_bundle("keygen", folder / "signer"))
    asyncio.run(_bundle("sign", made, "--key", folder / "signer"))


async def _create(
    spec: Path, made: Path, answer: Callable[[Asked], Answer], keyring: Path, more: Sequence[str]
) -> None:
    async with serving(answer) as web:
        await _bundle("create", spec, *_ways(made, web, keyring), *more)


def _ways(made: Path, web: Web, keyring: Path) -> list[str | Path]:
    mirrors = [word for host in HOSTS for word in ("--mirror", f"{host}={web.url}")]
    kept = ("--cache", made.parent / "cache", "--keyring", keyring)
    return ["-o", made, "--os", "debian-12", *kept, *mirrors]


async def _bundle(*words: str | Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "wizard.cli.main", "bundle", *map(str, words)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
