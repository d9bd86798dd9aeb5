"""A bundle's images in a containerd that is not ours: names, digests, packed layers, and what is taken away again."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.lab.rke1.bundle import image
from tests.unit.bundle.shelves import write_bundle_of
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.oci_archive import Archive, archive_of, archived_image
from wizard.distros.rke2.import_images import HELD, IMPORT, LOOK, TIDY
from wizard.hosts.script import Script

NAMES = {
    "docker.io/rancher/rancher:v2": image("rancher", "amd64", "arm64"),
    "quay.io/metallb/speaker:v1": image("speaker", "amd64", "arm64"),
    f"quay.io/metallb/frr:v1@{image('frr', 'amd64').digest}": image("frr", "amd64"),
}
BY_DIGEST = f"quay.io/metallb/frr@{image('frr', 'amd64').digest}"


class Node:
    """The scripts as they run on a node, with Debian's ctr in the place of RKE2's."""

    def __init__(self, socket: Path) -> None:
        self.environment = os.environ | {"RW_CTR": "/usr/bin/ctr", "RW_CONTAINERD": str(socket)}
        self._ctr = ("ctr", "--address", str(socket), "--namespace", "k8s.io")

    def run(self, script: Script, *words: str | Path) -> list[str]:
        done = subprocess.run(
            ["sh", "-s", *map(str, words)],
            input=script.text,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()

    def held(self, archive: Archive) -> dict[str, str]:
        rows = self.run(HELD, *(each.name for each in archive.images))
        return dict(line.removeprefix("image=").split(" ") for line in rows)

    def ctr(self, *words: str | Path) -> str:
        return subprocess.run((*self._ctr, *map(str, words)), capture_output=True, text=True, check=True).stdout


@pytest.fixture
def node(containerd: Path) -> Node:
    return Node(containerd)


def written(bundle: Bundle, folder: Path, *names: str, arch: str = "amd64", part: str = "apps") -> Archive:
    entries = [each for each in bundle.manifest.entries if each.name in names]
    made = archive_of(bundle, [archived_image(bundle, each, arch) for each in entries], f"rancher-wizard-{part}-")
    (folder / made.name).write_bytes(made.read(0, made.size_bytes))
    return made


def test_a_real_containerd_takes_the_images_by_the_digests_that_were_signed(node: Node, tmp_path: Path) -> None:
    bundle = write_bundle_of(NAMES, tmp_path / "site.rwb")
    made = written(bundle, tmp_path, *NAMES)
    assert node.held(made) == {}
    names = [each.name for each in made.images]
    said = node.run(IMPORT, tmp_path / made.name, *names)
    assert [line for line in said if line.startswith("imported ")] == [f"imported {name}" for name in names]
    assert node.held(made) == {each.name: f"sha256:{each.manifest}" for each in made.images}
    assert BY_DIGEST in names
    assert {f"x.rke2.held={name}" for name in names} <= set(node.run(LOOK))
    # As a pod's start does it: what came packed is unpacked, and is what it was.
    (tmp_path / "root-fs").mkdir()
    node.ctr("images", "mount", "--snapshotter", "native", "--rw", BY_DIGEST, tmp_path / "root-fs")
    try:
        assert (tmp_path / "root-fs" / "frr").read_text().startswith("frr amd64")
        assert (tmp_path / "root-fs" / "base").stat().st_size == 50_000
    finally:
        subprocess.run(["umount", tmp_path / "root-fs"], check=True)


def test_each_processor_has_an_archive_of_its_own(node: Node, tmp_path: Path) -> None:
    bundle = write_bundle_of(NAMES, tmp_path / "site.rwb")
    name = "docker.io/rancher/rancher:v2"
    made = {arch: written(bundle, tmp_path, name, arch=arch) for arch in ("amd64", "arm64")}
    for arch, archive in made.items():
        node.run(IMPORT, tmp_path / archive.name, name)
        assert node.held(archive)[name] == f"sha256:{archive.images[0].manifest}"
        assert f"linux/{arch}" in node.ctr("images", "list", f"name=={name}")


def test_an_image_of_which_a_blob_was_lost_is_not_taken_for_whole(node: Node, tmp_path: Path) -> None:
    bundle = write_bundle_of(NAMES, tmp_path / "site.rwb")
    made = written(bundle, tmp_path, *NAMES)
    names = [each.name for each in made.images]
    node.run(IMPORT, tmp_path / made.name, *names)
    own = next(each for each in made.images if "speaker" in each.name)
    node.ctr("content", "delete", f"sha256:{own.blobs[-1]}")
    assert node.held(made).keys() == {*names} - {own.name}
    node.run(IMPORT, tmp_path / made.name, *names)
    assert node.held(made).keys() == {*names}


def test_what_an_archive_alone_brought_may_be_cleared_away_once_another_took_its_place(
    node: Node, tmp_path: Path
) -> None:
    bundle = write_bundle_of(NAMES, tmp_path / "site.rwb")
    rancher, speaker, frr = NAMES
    old, new = written(bundle, tmp_path, rancher, speaker), written(bundle, tmp_path, speaker, frr)
    other = written(bundle, tmp_path, frr, part="others")
    for each in (old, new, other):
        node.run(IMPORT, tmp_path / each.name, *(image.name for image in each.images))
    assert node.ctr("images", "list").count("io.cri-containerd.pinned=pinned") == 3
    assert node.run(TIDY, tmp_path, "rancher-wizard-apps-*.tar", new.name) == [f"removed {old.name}"]
    assert sorted(each.name for each in tmp_path.glob("*.tar")) == sorted((new.name, other.name))
    pinned = [line.split()[0] for line in node.ctr("images", "list").splitlines() if "pinned=pinned" in line]
    assert sorted(pinned) == sorted((speaker, BY_DIGEST))
    assert node.run(TIDY, tmp_path, "rancher-wizard-*.tar", new.name, "rancher-wizard-others-*") == []
