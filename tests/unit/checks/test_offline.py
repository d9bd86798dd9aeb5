"""What would still go out is told where the release comes from a folder or a bundle, and nowhere else."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.checks.machines import machine
from tests.unit.checks.specs import spec
from wizard.bundle.packages.onto_node import packages_in
from wizard.checks.known import CHECKS
from wizard.checks.look import fragments
from wizard.checks.place import host_of, outside, private, public_name
from wizard.hosts.facts import Facts
from wizard.spec.models import Spec
from wizard.spec.source import Source

BUNDLE = {"kind": "bundle", "path": "site.rwb"}
FOLDER = {"kind": "folder", "path": "release"}
RANCHER = {"version": "2.13.3", "hostname": "rancher.site.lan"}
INSIDE = {"mirrors": {"*": {"endpoint": ["https://registry.site.lan:5000"]}}}
POOLS = {"pools": [{"name": "apps", "addresses": ["10.0.0.100-10.0.0.110"]}]}


def out(wanted: Spec, facts: Facts | None = None, *, node: str = "cp-1") -> dict[str, str]:
    """Return what goes out by that node, by check."""
    facts = facts or machine(node)
    said = (check.judge(wanted, {node: facts}) for check in CHECKS if check.id.startswith("offline."))
    bad = [found[node] for found in said if node in found and found[node].verdict != "ok"]
    assert all(each.next_move and each.saw.startswith("would go out: ") for each in bad)
    return {each.check.removeprefix("offline."): each.saw.removeprefix("would go out: ") for each in bad}


def test_a_cluster_out_of_a_bundle_needs_no_internet() -> None:
    assert out(spec(source=BUNDLE)) == {}
    assert out(spec(source=FOLDER)) == {}


def test_what_comes_from_the_internet_anyhow_is_no_news() -> None:
    assert out(spec(rancher=RANCHER, metallb=POOLS), machine(x_time__server="2.debian.pool.ntp.org")) == {}


def test_images_of_charts_are_pulled_unless_a_bundle_or_a_mirror_of_the_site_has_them() -> None:
    at_hand = {"rancher": RANCHER | {"bundled_catalogs": True, "charts": "charts"}}
    at_hand |= {"metallb": POOLS | {"chart": "metallb.tgz"}}
    folder, bundle = at_hand | {"source": FOLDER}, at_hand | {"source": BUNDLE}
    assert out(spec(**folder)) == {"images": "docker.io (for Rancher), quay.io (for cert-manager)"}
    assert out(spec(**folder, registries=INSIDE)) == {}
    assert out(spec(**bundle)) == {}
    own = {"system_default_registry": "registry.site.lan:5000"}
    assert out(spec(**folder, registries=own)) == {"images": "quay.io (for MetalLB)"}
    assert out(spec(**bundle, registries=own)) == {}
    assert out(spec(**bundle, registries={"system_default_registry": "images.example.com"})) == {
        "images": "images.example.com (for RKE2)"
    }


def test_a_mirror_outside_is_told_unless_nodes_find_it_inside() -> None:
    asked = spec(source=BUNDLE, registries={"mirrors": {"docker.io": {"endpoint": ["https://images.example.com"]}}})
    assert out(asked) == {"images": "images.example.com (for what is pulled from a mirror)"}
    assert out(asked, machine(x_dns__name="2 10.0.0.80 images.example.com")) == {}
    assert "rw_names=images.example.com\n" in fragments(asked, asked.nodes[0])[0].text


def test_charts_come_from_repositories_unless_they_lie_at_hand() -> None:
    asked = {"rancher": RANCHER | {"bundled_catalogs": True}, "metallb": POOLS, "registries": INSIDE}
    told = out(spec(**asked, source=FOLDER))["charts"]
    assert "Rancher 2.13.3 from https://releases.rancher.com" in told
    assert "cert-manager v1.21.1 from https://charts.jetstack.io" in told
    assert "MetalLB" in told
    assert "charts" not in out(spec(**asked, source=BUNDLE))
    at_hand = asked | {"rancher": asked["rancher"] | {"charts": "charts"}, "metallb": POOLS | {"chart": "metallb.tgz"}}
    assert out(spec(**at_hand, source=FOLDER)) == {}
    assert "charts" not in out(spec(**asked, source=FOLDER), machine("worker-1"), node="worker-1")


def test_catalogs_and_lets_encrypt_are_of_the_internet() -> None:
    acme = RANCHER | {"tls": "letsEncrypt", "email": "ops@example.com"}
    assert out(spec(rancher=acme, source=BUNDLE, registries=INSIDE))["rancher"] == (
        "catalogs from git.rancher.io, certificates by Let's Encrypt"
    )


@pytest.mark.parametrize(
    ("system", "carried", "told"),
    [
        ({}, (), {"packages": "iptables for debian 12"}),
        ({}, ("debian-12/iptables",), {}),
        ({}, ("debian-12/iptables_1.8.9-2_amd64.deb",), {}),
        ({}, ("debian-11/iptables",), {"packages": "iptables for debian 12"}),
        ({"os_id": "rocky", "os_version": "9.4"}, ("rhel-9/iptables-nft",), {}),
        ({"os_id": "nixos", "os_version": "25"}, (), {"packages": "iptables for nixos 25"}),
    ],
)
def test_packages_that_a_node_lacks_come_out_of_the_source_or_from_mirrors(
    system: dict[str, str], carried: tuple[str, ...], told: dict[str, str]
) -> None:
    bare: dict[str, Any] = {"x_tool": ("curl", "tar"), "x_carried": carried}
    assert out(spec(source=BUNDLE), machine(**bare | system)) == told


def test_packages_of_storage_are_wanted_where_it_is(tmp_path: Path) -> None:
    bare = machine(x_tool=("curl", "iptables"))
    longhorn = spec(source=BUNDLE, registries=INSIDE, storage={"kind": "longhorn", "shared": True})
    assert out(longhorn, bare) == {"packages": "open-iscsi for debian 12, nfs-common for debian 12"}


def test_a_folder_names_its_packages_by_their_files(tmp_path: Path) -> None:
    there = tmp_path / "packages/debian-12"
    there.mkdir(parents=True)
    for name in ("iptables_1.8.9-2_amd64.deb", "notes.txt"):
        (there / name).touch()
    assert packages_in(Source(kind="folder", path=tmp_path), Path()) == ("debian-12/iptables_1.8.9-2_amd64.deb",)
    assert packages_in(Source(), tmp_path) == ()


def test_what_nodes_are_told_to_use_is_looked_at_for_where_it_is() -> None:
    facts = machine(
        x_time__server=("2.debian.pool.ntp.org", "ntp.site.lan", "10.0.0.3"),
        x_dns__server=("10.0.0.2", "8.8.8.8"),
    )
    s3 = {"bucket": "b", "access_key": {"env": "A"}, "secret_key": {"env": "B"}}
    wanted = spec(
        source=BUNDLE,
        etcd={"snapshots": {"s3": s3}},
        proxy={"https": "http://proxy.site.lan:3128"},
    )
    assert out(wanted, facts) == {
        "time": "2.debian.pool.ntp.org",
        "names": "8.8.8.8",
        "snapshots": "s3.amazonaws.com",
        "proxy": "whatever goes through proxy.site.lan",
    }


@pytest.mark.parametrize(
    ("place", "host"),
    [
        ("https://[fd00::1]:5000/v2/", "fd00::1"),
        ("registry.site.lan:5000", "registry.site.lan"),
        ("docker.io", "docker.io"),
        ("https://[", ""),
        ("", ""),
    ],
)
def test_a_host_is_read_from_urls_and_registries(place: str, host: str) -> None:
    assert host_of(place) == host


@pytest.mark.parametrize(
    ("host", "leaves"),
    [
        ("10.1.2.3", False),
        ("100.64.1.1", False),
        ("fd00::1", False),
        ("fe80::1", False),
        ("1.1.1.1", True),
        ("2606:4700::1111", True),
        ("registry", False),
        ("registry.corp", False),
        ("quay.io", True),
        ("printer.home.arpa", False),
    ],
)
def test_names_and_addresses_tell_whether_the_site_is_left(host: str, leaves: bool) -> None:
    assert outside(host, Facts()) is leaves


@given(st.text())
def test_no_text_breaks_the_reading_of_places(text: str) -> None:
    assert isinstance(host_of(text), str)
    assert not (private(text) and public_name(text))
