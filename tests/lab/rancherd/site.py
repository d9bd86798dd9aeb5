"""Folders of RancherD's stand-ins as an operator would have kept them, and specs for both generations."""

import hashlib
import io
import tarfile
from pathlib import Path
from typing import Any

import yaml

from tests.lab.lab import Lab
from tests.lab.operator import Operator
from tests.lab.specs import cluster

HERE = Path(__file__).parent
FIRST, SECOND = "v2.5.9", "v1.27.10+rke2r1"
SELF = """#!/bin/sh
PYTHONPATH=/opt/rancherd-standin exec /usr/bin/python3 /opt/rancherd-standin/second.py "$@"
"""


def first_release(lab: Lab, folder: Path) -> Path:
    """Write the first generation's archive and its checksums."""
    rke2, registry = _rke2(lab, "v1.34.2+rke2r1"), _registry(lab, "v1.34.2+rke2r1")
    inside = {
        "bin/rancherd": (HERE / "first.sh").read_text().replace("@VERSION@", FIRST).encode(),
        "share/rancherd/rke2": rke2["bin/rke2"],
        "share/rancherd/rancher.py": (HERE / "rancher.py").read_bytes(),
    }
    for role in ("server", "agent"):
        unit = rke2[f"lib/systemd/system/rke2-{role}.service"].decode().replace("rke2-", "rancherd-")
        unit = unit.replace("bin/rke2 ", "bin/rancherd ").replace("[Service]", f"[Service]\nEnvironment={registry}")
        inside[f"lib/systemd/system/rancherd-{role}.service"] = unit.encode()
    folder.mkdir()
    with tarfile.open(folder / "rancherd-amd64.tar.gz", "w:gz") as tar:
        for name, data in inside.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o644 if name.startswith("lib/") else 0o755
            tar.addfile(entry, io.BytesIO(data))
    return _summed(folder, "rancherd-amd64.tar.gz")


def second_release(lab: Lab, folder: Path) -> Path:
    """Write the second generation's program, and lay on the nodes what it would pull from a registry."""
    folder.mkdir()
    (folder / "rancherd-amd64").write_text(SELF)
    archive = lab.release_of(SECOND) / "rke2.linux-amd64.tar.gz"
    registry = _registry(lab, SECOND)
    for node in lab.nodes.values():
        for role in ("server", "agent"):
            node.write(f"/etc/default/rke2-{role}", f"{registry}\n", mode=0o644)
        (node.home / "root/opt/rke2.tar.gz").write_bytes(archive.read_bytes())
        for name in ("second.py", "rancher.py"):
            node.write(f"/opt/rancherd-standin/{name}", (HERE / name).read_text(), mode=0o644)
    return _summed(folder, "rancherd-amd64")


def spec(
    lab: Lab, operator: Operator, folder: Path, generation: int, servers: int, agents: int, **changes: Any
) -> Path:
    """Write the spec of n1… for a generation."""
    own: dict[str, Any] = {"generation": generation}
    if generation == 2:
        own["rancher_version"] = "2.8.1"
    fields = {
        "distribution": "rancherd",
        "version": FIRST if generation == 1 else SECOND,
        "rancherd": own,
        "source": {"kind": "folder", "path": str(folder)},
    }
    path = operator.home / "cluster.yaml"
    path.write_text(yaml.safe_dump(cluster(lab, servers, agents, **(fields | changes)), sort_keys=False))
    return path


def _registry(lab: Lab, version: str) -> str:
    """Where the stand-in of RKE2 finds its images, as a variable of its environment."""
    return f"RKE2_STANDIN_REGISTRY={lab.mirror(version)}"


def _rke2(lab: Lab, version: str) -> dict[str, bytes]:
    with tarfile.open(lab.release_of(version) / "rke2.linux-amd64.tar.gz") as tar:
        return {each.name: file.read() for each in tar if (file := tar.extractfile(each))}


def _summed(folder: Path, name: str) -> Path:
    digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / "sha256sum-amd64.txt").write_text(f"{digest}  {name}\n")
    return folder
