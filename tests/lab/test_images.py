"""A bundle's images in a containerd that is not ours, here and on nodes: names, digests, what is taken away again."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.lab import charts, network, specs
from tests.lab.lab import Lab
from tests.lab.machine import install_packages
from tests.lab.operator import Operator, cluster_nodes
from tests.lab.outside import demand_none, drop
from tests.lab.rke1.bundle import image
from tests.unit.bundle.shelves import write_bundle_of
from tests.unit.bundle.site import digest_of, image_parts, write_signed
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.manifest import Entry
from wizard.bundle.oci_archive import Archive, archive_of, archived_image
from wizard.distros.rke2.import_images import HELD, IMPORT, LOOK, TIDY
from wizard.hosts.script import Script
from wizard.profiles import profile
from wizard.rollout import events as ev

NAMES = {
    "docker.io/rancher/rancher:v2": image("rancher", "amd64", "arm64"),
    "quay.io/metallb/speaker:v1": image("speaker", "amd64", "arm64"),
    f"quay.io/metallb/frr:v1@{image('frr', 'amd64').digest}": image("frr", "amd64"),
}
BY_DIGEST = f"quay.io/metallb/frr@{image('frr', 'amd64').digest}"


NODES = 2
VERSION = specs.VERSION
METALLB = {"version": "0.16.1", "pools": [{"name": "apps", "addresses": [f"{network.NET}.220-{network.NET}.225"]}]}
METALLB_IMAGES = {f"quay.io/metallb/{name}:v0.16.1" for name in ("controller", "speaker")}
VIP, VIP_IMAGE = f"{network.NET}.210", "{image}:{version}".format(**profile("kube-vip"))
CTR = "/var/lib/rancher/rke2/bin/ctr --address /run/k3s/containerd/containerd.sock --namespace k8s.io"
ARCHIVES = "cd /var/lib/rancher/rke2/agent/images && ls rancher-wizard-*.tar"


def signed_bundle(folder: Path, release: Path) -> dict[str, str]:
    """Write a signed bundle of the stand-in release, MetalLB's chart and all images on top; return a spec's source."""
    chart = charts.metallb(folder / "charts", METALLB["version"])
    given: list[tuple[Entry | None, bytes]] = []
    for name, data in (
        *((f"rke2/{VERSION}/{each.name}", each.read_bytes()) for each in sorted(release.iterdir()) if each.is_file()),
        (f"charts/{chart.name}", chart.read_bytes()),
    ):
        kind = "chart" if name.startswith("charts/") else "file"
        given.append((Entry(kind=kind, name=name, sha256=digest_of(data), source="lab"), data))
    for name in (*METALLB_IMAGES, VIP_IMAGE):
        given += image_parts(name, image(name))
    made = write_signed(folder, *given)
    return {
        "kind": "bundle",
        "path": str(folder / str(made.path)),
        "key": str(folder / str(made.key)),
        "spread": "fan-out",
    }


@pytest.fixture(scope="module")
def spec(lab: Lab, operator: Operator) -> Iterator[Path]:
    """A server with kube-vip, and an agent; nothing may leave the site."""
    install_packages({"ctr": "containerd"})
    for each in lab.nodes.values():
        for program in ("containerd", "ctr"):
            shutil.copy(f"/usr/bin/{program}", each.home / f"root/usr/bin/{program}")
    source = signed_bundle(lab.home, lab.release)
    front = {"kind": "kube-vip", "vip": VIP}
    drop(lab)
    yield lab.spec(servers=1, agents=1, registration=None, balancer=front, metallb=METALLB, source=source)
    demand_none(lab)


def in_containerd(lab: Lab, name: str) -> set[str]:
    """Return the images that a node's containerd has."""
    return {*lab[name].run(f"{CTR} images list --quiet").stdout.split()}


def archives(lab: Lab, name: str) -> list[str]:
    said = lab[name].run(ARCHIVES, check=False).stdout.split()
    return [each.removeprefix("rancher-wizard-").rpartition("-")[0] for each in said]


def test_nodes_have_what_their_pods_run_and_hand_it_on(lab: Lab, operator: Operator, spec: Path) -> None:
    done = operator.apply(spec)
    assert done.returncode == 0, done.stdout + done.stderr
    assert cluster_nodes(lab["n1"]) == {"n1": "Ready", "n2": "Ready"}
    assert in_containerd(lab, "n1") == METALLB_IMAGES | {VIP_IMAGE}
    assert in_containerd(lab, "n2") == METALLB_IMAGES
    assert (archives(lab, "n1"), archives(lab, "n2")) == (["kube-vip", "metallb"], ["metallb"])
    for name in METALLB_IMAGES:
        manifest = next(iter(image(name).index["manifests"]))["digest"]
        assert manifest in lab["n2"].run(f"{CTR} images check name=={name}").stdout
    told = [
        each.doing for each in operator.events() if isinstance(each, ev.StepProgress) and each.step == "send-images"
    ]
    assert any(each.startswith(("images from n1", "images from n2")) for each in told), told
    # kube-vip's was there when RKE2 started: nobody could have joined otherwise.
    log = lab["n1"].run("journalctl -u rke2-server -o cat").stdout
    assert log.index("rancher-wizard-kube-vip") < log.index("Running kubelet")


def test_again_there_is_nothing_to_do_and_a_lost_image_is_imported_without_being_sent(
    lab: Lab, operator: Operator, spec: Path
) -> None:
    again = operator.apply(spec)
    assert "nothing to do" in again.stdout, again.stdout + again.stderr
    lab["n2"].run(f"{CTR} images remove {sorted(METALLB_IMAGES)[0]}")
    done = operator.apply(spec)
    assert done.returncode == 0, done.stdout + done.stderr
    assert in_containerd(lab, "n2") == METALLB_IMAGES
    told = [each.doing for each in operator.events() if isinstance(each, ev.StepProgress)]
    assert [each for each in told if each.startswith("images from")] == []
    assert any("imports 2 images of rancher-wizard-metallb" in each for each in told)


def test_a_start_of_rke2_imports_them_again(lab: Lab, spec: Path) -> None:
    lab["n2"].run(f"{CTR} images remove {sorted(METALLB_IMAGES)[0]}; systemctl restart rke2-agent", timeout=120)
    assert in_containerd(lab, "n2") == METALLB_IMAGES


def test_what_the_spec_has_no_more_is_tidied_and_a_removed_node_keeps_nothing(
    lab: Lab, operator: Operator, spec: Path
) -> None:
    text = yaml.safe_load(spec.read_text())
    del text["metallb"]
    spec.write_text(yaml.safe_dump(text, sort_keys=False))
    done = operator.apply(spec)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (archives(lab, "n1"), archives(lab, "n2")) == (["kube-vip"], [])
    assert "pinned" not in lab["n2"].run(f"{CTR} images list").stdout
    gone = operator.run("nodes", "remove", spec, "n2", "--yes", "--headless")
    assert gone.returncode == 0, gone.stdout + gone.stderr
    assert lab["n2"].run("ls -d /var/lib/rancher/rke2 /var/lib/rancher-wizard", check=False).stdout == ""


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


def test_a_containerd_that_does_not_answer_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    environment = os.environ | {"RW_CTR": "/usr/bin/ctr", "RW_CONTAINERD": str(tmp_path / "nobody.sock")}
    words = ["sh", "-s", "docker.io/rancher/rancher:v2"]
    done = subprocess.run(words, input=HELD.text, env=environment, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (1, "")
    assert "nobody.sock" in done.stderr


def test_each_processor_has_an_archive_of_its_own(node: Node, tmp_path: Path) -> None:
    bundle = write_bundle_of(NAMES, tmp_path / "site.rwb")
    name = "docker.io/rancher/rancher:v2"
    made = {arch: written(bundle, tmp_path, name, arch=arch) for arch in ("amd64", "arm64")}
    for arch, archive in made.items():
        node.run(IMPORT, tmp_path / archive.name, name)
        assert node.held(archive)[name] == f"sha256:{archive.images[0].manifest}"
        assert f"linux/{arch}" in node.ctr("images", "list", f"name=={name}")


@pytest.mark.parametrize("lost", ["layer", "configuration", "manifest"])
def test_an_image_of_which_a_blob_was_lost_is_not_taken_for_whole(node: Node, tmp_path: Path, lost: str) -> None:
    bundle = write_bundle_of(NAMES, tmp_path / "site.rwb")
    made = written(bundle, tmp_path, *NAMES)
    names = [each.name for each in made.images]
    node.run(IMPORT, tmp_path / made.name, *names)
    own = next(each for each in made.images if "speaker" in each.name)
    blob = {"layer": own.blobs[-1], "configuration": own.blobs[0], "manifest": own.manifest}[lost]
    node.ctr("content", "delete", f"sha256:{blob}")
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
