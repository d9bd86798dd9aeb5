"""What a bundle brings follows from the spec, and nothing else comes along."""

import pytest

from tests.unit.spec.specs import HEAD, read
from wizard.bundle.contents.artifact import Artifact, whole_reference
from wizard.bundle.contents.wanted import image_lines, image_sets, listed, wanted
from wizard.bundle.contents.wish import Wish
from wizard.errors import BadUsage
from wizard.profiles import profile
from wizard.spec.models import Spec
from wizard.spec.rancher_line import newest_cert_manager

RELEASE = "v1.34.2+rke2r1"


def spec_of(more: str = "") -> Spec:
    return read(HEAD + more).spec


def version_of_kube_vip() -> str:
    return str(profile("kube-vip")["version"])


def the_list(wish: Wish, part: str) -> Artifact:
    (found,) = [each for each in wanted(wish).artifacts if (each.part, each.kind) == (part, "list")]
    return found


def names(wish: Wish, part: str = "") -> set[str]:
    return {each.name for each in wanted(wish).artifacts if part in ("", each.part)}


def test_a_bare_cluster_brings_its_release_kubectl_and_the_wizard():
    parts = {each.part for each in wanted(Wish(RELEASE)).artifacts}
    assert parts == {"rke2", "kubectl", "wizard"}
    assert "rke2/v1.34.2+rke2r1/install.sh" in names(Wish(RELEASE))
    assert "rke2/v1.34.2+rke2r1/rke2-images-canal.linux-amd64.tar.zst" in names(Wish(RELEASE))


@pytest.mark.parametrize(
    ("version", "cni", "ingress", "sets"),
    [
        ("v1.34.2+rke2r1", ("canal",), "", ("core", "canal")),
        ("v1.35.7+rke2r1", ("canal",), "ingress-nginx", ("core", "canal")),
        ("v1.35.7+rke2r1", ("canal",), "traefik", ("core", "canal", "traefik")),
        ("v1.36.0+rke2r1", ("canal",), "traefik", ("core", "canal")),
        ("v1.36.0+rke2r1", ("canal",), "ingress-nginx", ("core", "canal", "ingress-nginx")),
        ("v1.36.0+rke2r1", ("multus", "cilium"), "none", ("core", "multus", "cilium")),
        ("v1.34.2+rke2r1", ("none",), "none", ("core",)),
        ("v1.29.3+rke2r1", ("flannel",), "traefik", ("core", "flannel")),
    ],
)
def test_image_archives_follow_version_plug_in_and_ingress(version, cni, ingress, sets):
    assert image_sets(version, cni, ingress) == sets


def test_each_architecture_has_its_own_files_and_what_is_of_none_comes_once():
    found = names(Wish(RELEASE, arches=("amd64", "arm64")), "rke2")
    assert {"rke2/v1.34.2+rke2r1/rke2.linux-amd64.tar.gz", "rke2/v1.34.2+rke2r1/rke2.linux-arm64.tar.gz"} <= found
    assert sum(name.endswith("install.sh") for name in found) == 1


def test_a_plus_in_a_version_is_written_as_urls_have_it():
    sources = {each.source for each in wanted(Wish(RELEASE)).artifacts if each.part == "rke2"}
    assert all("v1.34.2%2Brke2r1" in source for source in sources)


def test_archives_are_checked_against_the_release_s_own_sums():
    for each in wanted(Wish(RELEASE)).artifacts:
        if each.part == "rke2" and each.file_name.startswith("rke2-images"):
            assert each.sums_url is not None
            assert each.sums_url.endswith("/sha256sum-amd64.txt")


def test_lists_of_names_go_to_no_node():
    lists = [each for each in wanted(Wish(RELEASE)).artifacts if each.kind == "list"]
    assert lists
    assert all(each.roles == () for each in lists)


def test_rancher_brings_its_chart_and_cert_manager_only_where_it_makes_certificates():
    spec = spec_of("rancher: {version: 2.13.3, hostname: rancher.example.com}")
    own = Wish.of(spec)
    assert own.cert_manager == newest_cert_manager((1, 34))
    assert {"charts/rancher-2.13.3.tgz", f"charts/cert-manager-{own.cert_manager}.tgz"} <= names(own)
    assert any(name.startswith("helm/") for name in names(own))
    outside = spec_of("rancher: {version: 2.13.3, hostname: rancher.example.com, tls: external}")
    assert Wish.of(outside).cert_manager == ""


def test_of_rancher_s_list_only_what_its_own_cluster_runs_is_taken():
    images = the_list(Wish(RELEASE, rancher="2.13.3"), "rancher")
    text = "rancher/fleet:v0.14.1\nrancher/hyperkube:v1.20\n# a comment\n\nrancher/shell:v0.6.1\n"
    found = [each.name for each in listed(images, text)]
    assert found == ["docker.io/rancher/fleet:v0.14.1", "docker.io/rancher/shell:v0.6.1"]


def test_of_longhorn_s_list_everything_is_taken():
    images = the_list(Wish(RELEASE, longhorn="1.11.4"), "longhorn")
    assert [each.name for each in listed(images, "longhornio/longhorn-manager:v1.11.4")] == [
        "docker.io/longhornio/longhorn-manager:v1.11.4"
    ]


def test_kube_vip_and_metallb_bring_the_images_that_they_run():
    spec = spec_of("balancer: {kind: kube-vip, vip: 10.0.0.9}\nmetallb: {pools: [{name: a, addresses: [10.9.0.0/24]}]}")
    found = names(Wish.of(spec))
    assert {name for name in found if "kube-vip" in name} == {f"ghcr.io/kube-vip/kube-vip:{version_of_kube_vip()}"}
    assert not any("frr" in name for name in found), "only BGP needs it"
    assert any("frr" in name for name in names(Wish(RELEASE, metallb="0.16.1", bgp=True)))


def test_packages_follow_the_nodes_distributions():
    wish = Wish(RELEASE, systems=("debian-12", "rhel-9"), purposes=frozenset({"haproxy", "iscsi"}))
    packages = {each.name: each for each in wanted(wish).artifacts if each.kind == "package"}
    assert packages["packages/debian-12/open-iscsi"].source == "apt:debian/bookworm/open-iscsi"
    assert packages["packages/rhel-9/iscsi-initiator-utils"].roles == ("server", "agent")
    assert packages["packages/rhel-9/haproxy"].roles == ("balancer",)


def test_packages_that_nobody_can_name_are_told_of_not_dropped_in_silence():
    (note,) = wanted(Wish(RELEASE, purposes=frozenset({"haproxy"}))).notes
    assert note.startswith("packages (haproxy) are left out")


def test_an_unknown_distribution_is_refused():
    with pytest.raises(BadUsage, match="--os beos-5: not known"):
        wanted(Wish(RELEASE, systems=("beos-5",)))


def test_storage_and_balancer_ask_for_their_packages():
    assert Wish.of(spec_of("storage: {kind: longhorn}")).purposes >= {"iscsi"}
    assert Wish.of(spec_of()).purposes == {"iptables", "time", "tools"}


@pytest.mark.parametrize(
    ("short", "whole"),
    [
        ("busybox", "docker.io/library/busybox:latest"),
        ("rancher/shell:v1", "docker.io/rancher/shell:v1"),
        ("quay.io/metallb/speaker:v0.15.3", "quay.io/metallb/speaker:v0.15.3"),
        ("reg:5000/a/b", "reg:5000/a/b:latest"),
        ("localhost/a", "localhost/a:latest"),
        ("a/b@sha256:" + "0" * 64, "docker.io/a/b@sha256:" + "0" * 64),
    ],
)
def test_a_short_reference_means_docker_s_registry(short, whole):
    assert whole_reference(short) == whole


def test_lines_that_name_nothing_are_passed_over():
    assert image_lines("\n# x\n a/b:1 \n") == ("a/b:1",)
