"""Rancher out of a bundle: its charts and helm come from there, and no repository is asked."""

import base64
import io
import platform
import tarfile
from pathlib import Path

import pytest
import yaml

from tests.unit.bundle.site import digest_of, write_signed
from tests.unit.rancher.conftest import RANCHER
from tests.unit.rancher.standin import Cluster, put_helm
from tests.unit.rancher.test_steps import apply
from wizard.bundle.contents.artifact import ARCHES
from wizard.bundle.format.manifest import Entry, Kind
from wizard.errors import WizardError
from wizard.kube.door import door_at
from wizard.rancher.by_manifest import ByManifest
from wizard.rancher.release import releases
from wizard.rancher.state import look
from wizard.whole import RANCHER_PART

SOURCE = "source: {kind: bundle, path: site.rwb, key: signer.pub}\n"
CHART = b"\x1f\x8bthe chart of "


def entry(kind: Kind, name: str, data: bytes, arch: str = "") -> tuple[Entry, bytes]:
    return Entry(kind=kind, name=name, sha256=digest_of(data), source="https://charts.example", arch=arch), data


def charts(*names: str) -> list[tuple[Entry, bytes]]:
    return [entry("chart", f"charts/{name}.tgz", CHART + name.encode()) for name in names]


def packed_helm(folder: Path, cluster: Path) -> tuple[Entry, bytes]:
    """Return the stand-in for helm, packed as its publisher packs helm."""
    arch, data = ARCHES[platform.machine()], io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as tar:
        tar.add(put_helm(folder, cluster), f"linux-{arch}/helm")
    return entry("file", f"helm/v3.19.0/helm-v3.19.0-linux-{arch}.tar.gz", data.getvalue(), arch)


async def test_charts_and_helm_come_out_of_the_bundle(
    make_site, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    names = [release.archive.removesuffix(".tgz") for release in releases(make_site(RANCHER).spec)]
    write_signed(tmp_path, *charts(*names), packed_helm(tmp_path / "packed", cluster.path))
    await apply(make_site(RANCHER + SOURCE), cluster)
    assert set(names) == set(cluster.there["deployments"].values())


async def test_a_chart_that_is_not_in_the_bundle_is_fetched_from_nowhere_else(
    make_site, cluster: Cluster, helm: Path, tmp_path: Path
) -> None:
    write_signed(tmp_path, packed_helm(tmp_path / "packed", cluster.path))
    with pytest.raises(WizardError, match=r"site\.rwb: charts/cert-manager-v.*\.tgz is not in it"):
        await apply(make_site(RANCHER + SOURCE), cluster)
    assert not (helm / "calls").exists()


async def test_rke2_is_given_the_bundle_s_charts_inside_of_its_manifests(
    make_site, cluster: Cluster, tmp_path: Path
) -> None:
    site = make_site(RANCHER.replace("}", ", how: manifests}") + SOURCE)
    release = releases(site.spec)[-1]
    write_signed(tmp_path, *charts(release.archive.removesuffix(".tgz")))
    by = ByManifest(site, site.spec.rancher)
    (shown,) = by.files(release)
    assert f"({release.archive}, base64)" in shown.shown
    (step,) = [each for each in RANCHER_PART.stages(site)[0].steps if getattr(each, "release", None) == release]
    work, _ = cluster.work(step)
    door = door_at(site, cluster.host("cp-1"))
    await by.deliver(work, door, release, await look(door))
    written = next(iter(cluster.files.values()))
    spec = yaml.safe_load(written)["spec"]
    assert base64.b64decode(spec["chartContent"]) == CHART + b"rancher-2.13.3"
    assert "repo" not in spec
