"""A bundle for RKE1: the vendor's program, and of its images those that a spec's choices run."""

import json

import pytest

from tests.unit.bundle.site import content, digest_of, write_site
from tests.unit.rke1.designs import HEAD, LARGE, SMALL
from tests.unit.spec.specs import read
from wizard.bundle.contents.complete import complete
from wizard.bundle.contents.rke1 import planes_of, roles_of, system_images
from wizard.bundle.contents.wanted import listed, wanted
from wizard.bundle.contents.wish import Wish
from wizard.bundle.format.manifest import Blob, Entry, new_manifest
from wizard.cli.main import main
from wizard.errors import BadUsage, WizardError
from wizard.profiles import profile

VERSION = "v1.30.14-rancher1-1"
NAMES = {
    "etcd": "rancher/mirrored-coreos-etcd:v3.5.12",
    "alpine": "rancher/rke-tools:v0.1.103",
    "nginxProxy": "rancher/rke-tools:v0.1.103",
    "kubernetes": "rancher/hyperkube:v1.30.14-rancher1",
    "podInfraContainer": "rancher/mirrored-pause:3.7",
    "canalFlexVol": "rancher/mirrored-calico-pod2daemon-flexvol:v3.28.1",
    "calicoCtl": "rancher/mirrored-calico-ctl:v3.28.1",
    "coredns": "rancher/mirrored-coredns-coredns:1.11.1",
    "ingress": "rancher/nginx-ingress-controller:nginx-1.11.2-rancher1",
    "metricsServer": "rancher/mirrored-metrics-server:v0.7.1",
    "windowsPodInfraContainer": "rancher/mirrored-pause:3.7-windows",
    "weaveNode": "",
}
DATA = json.dumps({"K8sVersionRKESystemImages": {VERSION: NAMES}})


def images(spec_text: str) -> dict[str, tuple[str, ...]]:
    """The images that the list adds for a spec, each with its roles."""
    artifacts = wanted(Wish.of(read(spec_text).spec)).artifacts
    (metadata,) = [each for each in artifacts if each.kind == "list"]
    named = {each.name: each.roles for each in artifacts if each.kind == "image"}
    return {each.name: each.roles for each in listed(metadata, DATA)} | named


def test_a_spec_brings_rke_with_its_checksum_its_metadata_and_kubectl():
    found = {each.name: each for each in wanted(Wish.of(read(SMALL).spec)).artifacts}
    program = found["rke1/v1.8.14/rke_linux-amd64"]
    assert program.sums_url == "https://github.com/rancher/rke/releases/download/v1.8.14/sha256sum.txt"
    assert program.roles == ("jump",)
    assert "rke1/v1.8.14/data.json" in found
    assert "kubectl/v1.30.14/linux-amd64/kubectl" in found
    assert not any(name.startswith("rke2") for name in found)


def test_an_rke_of_the_operator_s_own_is_not_brought():
    names = {each.name for each in wanted(Wish.of(read(SMALL + "rke1: {binary: rke}\n").spec)).artifacts}
    assert not any("rke_linux" in name for name in names)
    assert "rke1/v1.8.14/data.json" in names


def test_images_follow_the_choices_and_no_others_come():
    assert set(images(LARGE)) == {
        f"docker.io/{NAMES[name]}"
        for name in (
            "etcd",
            "alpine",
            "kubernetes",
            "podInfraContainer",
            "canalFlexVol",
            "coredns",
            "ingress",
            "metricsServer",
        )
    }
    without = images(LARGE + "network: {cni: calico}\ningress: none\nrke1: {monitoring: none}\n")
    assert f"docker.io/{NAMES['calicoCtl']}" in without
    assert not any("ingress" in name or "metrics" in name or "flexvol" in name for name in without)


def test_images_of_etcd_are_for_servers_alone():
    found = images(LARGE)
    assert found[f"docker.io/{NAMES['etcd']}"] == ("server",)
    assert found[f"docker.io/{NAMES['ingress']}"] == ("server", "agent")


def test_an_image_that_the_spec_names_takes_the_place_of_the_version_s():
    own = "rke1: {system_images: {etcd: 'reg.lan:5000/etcd:v9', canal_flexvol: 'a/b:1'}}\n"
    found = images(LARGE + own)
    assert {"reg.lan:5000/etcd:v9", "docker.io/a/b:1"} <= set(found)
    assert f"docker.io/{NAMES['etcd']}" not in found
    assert f"docker.io/{NAMES['canalFlexVol']}" not in found


def test_docker_s_packages_come_where_the_wizard_installs_it():
    wish = Wish.of(read(SMALL + "rke1: {docker: install}\n").spec, systems=("debian-12", "rhel-9"))
    names = {each.name for each in wanted(wish).artifacts if each.kind == "package"}
    assert {"packages/debian-12/docker.io", "packages/rhel-9/docker-ce"} <= names
    assert "docker" not in Wish.of(read(SMALL).spec).purposes


@pytest.mark.parametrize(
    "data", ["", "[]", "{}", '{"K8sVersionRKESystemImages": 3}', '{"K8sVersionRKESystemImages": {}}']
)
def test_metadata_that_is_none_or_does_not_know_the_version_is_told(data):
    with pytest.raises(WizardError, match=r"^data\.json: "):
        system_images(data, VERSION, name="data.json")


def test_each_image_has_the_name_that_cluster_yml_gives_it():
    known = system_images(DATA, VERSION, name="data.json")
    assert known["canal_flexvol"] == NAMES["canalFlexVol"]
    assert known["nginx_proxy"] == NAMES["nginxProxy"]
    assert "weave_node" not in known
    assert (planes_of("etcd"), planes_of("kubernetes")) == ({"etcd"}, frozenset())
    assert roles_of("kubernetes") == ("server", "agent")


def test_an_image_that_is_not_in_the_bundle_is_missed_by_name(tmp_path):
    wish = Wish.of(read(LARGE).spec)
    artifacts = [each for each in wanted(wish).artifacts if each.kind != "wheel"]
    (metadata,) = [each for each in artifacts if each.kind == "list"]
    artifacts += [each for each in listed(metadata, DATA) if NAMES["coredns"] not in each.name]
    datas = {each.name: DATA.encode() if each.kind == "list" else each.name.encode() for each in artifacts}
    entries = [
        Entry(kind=each.kind, name=each.name, sha256=digest_of(datas[each.name]), source="https://x")
        for each in {each.name: each for each in artifacts}.values()
    ]
    blobs = content(*datas.values())
    sizes = [Blob(sha256=key, size_bytes=len(data)) for key, data in blobs.items()]
    proof = complete(write_site(tmp_path / "site.rwb", new_manifest("site", entries, sizes), blobs), wish)
    missing = {each.name: each.asked_by for each in proof.missing}
    assert missing.pop(f"docker.io/{NAMES['coredns']}") == "data.json"
    assert [name.partition("/")[0] for name in missing] == ["wizard"]


def test_every_choice_of_a_spec_is_known():
    known = profile("rke1/images")
    for part in ("canal", "calico", "flannel", "coredns", "kube-dns", "ingress-nginx", "metrics-server"):
        assert known[part]["images"]


def test_without_a_spec_a_version_of_rke1_does(capsys):
    assert main(["bundle", "plan", "--version", "v1.28.15-rancher1-1", "--cni", "calico"]) == 0
    assert "rke1/v1.7.3/rke_linux-amd64" in capsys.readouterr().out
    assert main(["bundle", "plan", "--version", "v1.28.15-rancher1-1", "--cni", "cilium"]) == 2
    assert "RKE1 has no cilium" in capsys.readouterr().err


def test_a_version_that_no_release_of_rke_is_known_for_is_refused():
    with pytest.raises(BadUsage, match=r"no `rke` is known that installs v1\.16\.1-rancher1-1"):
        Wish.of(read(SMALL.replace("v1.30.14", "v1.16.1")).spec)


def test_an_operator_s_own_cluster_yml_is_told_of():
    spec = read(HEAD + SMALL.removeprefix(HEAD) + "rke1: {cluster_yml: own.yml}\n").spec
    assert any("cluster.yml" in note for note in wanted(Wish.of(spec)).notes)
