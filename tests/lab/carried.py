"""A bundle made as an operator makes it, out of mirrors in this process: the stand-in release, and packages."""

import asyncio
import hashlib
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

from tests.lab.base import BALANCER_SHELF
from tests.lab.nodes import LabNode
from tests.lab.specs import VERSION
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


def published(release: Path, debian: Publisher) -> Callable[[Asked], Answer]:
    """Answer for all that a bundle of the lab's cluster is made of."""
    folder, tool = f"/rancher/rke2/releases/download/{VERSION}", b"kubectl"
    files = {f"{folder}/rke2.linux-amd64.tar.gz": (release / "rke2.linux-amd64.tar.gz").read_bytes()}
    for name in ("core", "canal"):
        image = f"docker.io/rancher/{name}:v1"
        files[f"{folder}/rke2-images-{name}.linux-amd64.tar.zst"] = saved(image)
        files[f"{folder}/rke2-images-{name}.linux-amd64.txt"] = f"{image}\n".encode()
    sums = (f"{hashlib.sha256(data).hexdigest()}  {path.rpartition('/')[2]}\n" for path, data in files.items())
    files[f"{folder}/sha256sum-amd64.txt"] = "".join(sums).encode()
    files[f"/rancher/rke2/{VERSION}/install.sh"] = (release / "install.sh").read_bytes()
    kubectl = f"/release/{VERSION.partition('+')[0]}/bin/linux/amd64/kubectl"
    files |= {kubectl: tool, f"{kubectl}.sha256": hashlib.sha256(tool).hexdigest().encode()}
    packages = debian.answers()

    def answer(asked: Asked) -> Answer:
        path = unquote(asked.path)
        return Answer(200, files[path]) if path in files else packages(asked)

    return answer


def create(folder: Path, release: Path, debian: Publisher) -> None:
    """Make `site.rwb` of the cluster.yaml in `folder`, where there is internet, and sign it."""
    asyncio.run(_create(folder, published(release, debian), debian.keyring))
    for words in (("keygen", folder / "signer"), ("sign", folder / "site.rwb", "--key", folder / "signer")):
        asyncio.run(_bundle(*words))


async def _create(folder: Path, answer: Callable[[Asked], Answer], keyring: Path) -> None:
    async with serving(answer) as web:
        await _bundle("create", folder / "cluster.yaml", *_ways(folder, web, keyring))


def _ways(folder: Path, web: Web, keyring: Path) -> list[str | Path]:
    mirrors = [word for host in HOSTS for word in ("--mirror", f"{host}={web.url}")]
    kept = ("--cache", folder / "cache", "--keyring", keyring)
    return ["-o", folder / "site.rwb", "--os", "debian-12", *kept, *mirrors]


async def _bundle(*words: str | Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "wizard.cli.main", "bundle", *map(str, words)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
