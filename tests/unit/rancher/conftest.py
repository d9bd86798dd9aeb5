"""A site with Rancher in its spec, a server that stands in for the cluster, and a helm that stands in for helm."""

from pathlib import Path

import pytest

from tests.unit.rancher.standin import Cluster, put_helm
from tests.unit.rke2.conftest import make_site

__all__ = ["RANCHER", "cluster", "helm", "make_site"]

RANCHER = "rancher: {version: 2.13.3, hostname: rancher.example.com}\n"


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    return Cluster(tmp_path / "cluster.json")


@pytest.fixture
def helm(tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a helm in PATH; what it was told is in its `calls`."""
    folder = tmp_path / "bin"
    put_helm(folder, cluster.path)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder
