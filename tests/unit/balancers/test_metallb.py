"""MetalLB's manifests, against its own definitions; the ConfigMap of old, and back."""

import base64
import contextlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.balancers.metallb_schema import faults
from tests.unit.balancers.sites import site_of
from tests.unit.bundle.site import digest_of, write_signed
from tests.unit.spec.specs import HEAD, read
from wizard.balancers.ingress.controller import INGRESS
from wizard.balancers.manifest import as_text
from wizard.balancers.metallb.chart import chart_values, ingress_config
from wizard.balancers.metallb.configmap import config_map
from wizard.balancers.metallb.convert import convert
from wizard.balancers.metallb.files import ADDRESSES, CHART, for_kubectl, paths, planned, real_text, seal
from wizard.balancers.metallb.objects import objects
from wizard.bundle.format.manifest import Entry
from wizard.cli.main import main
from wizard.errors import BadSpec, BadUsage, WizardError
from wizard.spec.load import load_spec
from wizard.spec.metallb import Metallb
from wizard.spec.models import Spec

EXAMPLE = Path(__file__).parents[1] / "spec" / "example.yaml"
POOL = "{name: apps, addresses: [10.0.0.240/28]}"
PEER = "{name: tor, my_asn: 64512, peer_asn: 64513, address: 10.0.0.1, password: {env: BGP_PASSWORD}}"
SEED = """\
apiVersion: v1
kind: ConfigMap
metadata: {namespace: metallb-system, name: config}
data:
  config: |
    peers:
    - {my-asn: 64512, peer-asn: 64513, peer-address: 10.0.0.1, password: 'a"b', node-selectors: [{match-labels: {}}]}
    bgp-communities: {no-export: '65535:65281'}
    address-pools:
    - {name: My_Pool, protocol: layer2, addresses: [10.0.0.240 - 10.0.0.250], auto-assign: false}
    - name: routed
      protocol: bgp
      addresses: [198.51.100.7/24]
      bgp-advertisements: [{aggregation-length: 32, localpref: 100, communities: [no-export]}, {aggregation-length: 24}]
"""


def spec_of(metallb: str, *, more: str = "") -> Spec:
    return read(f"{HEAD}metallb: {{{metallb}}}\n{more}").spec


def metallb_of(metallb: str) -> Metallb:
    found = spec_of(metallb).metallb
    assert found is not None
    return found


def no_password(peer: Any) -> str:
    return "x"


def custom(manifests: Any) -> list[dict[str, Any]]:
    return [one for one in manifests if one["apiVersion"].startswith("metallb.io/")]


def test_every_field_of_the_example_is_one_that_metallb_knows() -> None:
    metallb = load_spec(EXAMPLE).spec.metallb
    assert metallb is not None
    made = objects(metallb, no_password)
    assert [fault for one in custom(made) for fault in faults(one)] == []
    assert {one["kind"] for one in made} == {
        "IPAddressPool",
        "L2Advertisement",
        "BGPAdvertisement",
        "BGPPeer",
        "BFDProfile",
        "Community",
        "Secret",
    }


def test_a_pool_alone_is_announced_by_an_advertisement_of_all() -> None:
    pool, way = objects(metallb_of(f"pools: [{POOL}]"), no_password)
    assert pool["spec"] == {"addresses": ["10.0.0.240/28"]}
    assert (way["kind"], way["spec"]) == ("L2Advertisement", {})


@pytest.mark.parametrize(
    ("version", "bgp", "values"),
    [
        ("0.16.1", False, {"speaker": {"frr": {"enabled": False}}, "frrk8s": {"enabled": False}}),
        ("0.13.12", False, {"speaker": {"frr": {"enabled": False}}}),
        ("0.13.7", False, {}),
        ("0.16.1", True, {}),
        ("0.12.1", False, {"existingConfigMap": "config", "psp": {"create": False}}),
    ],
)
def test_the_chart_runs_no_routing_daemon_that_nobody_asked_for(version: str, bgp: bool, values: object) -> None:
    more = f", bgp: {{peers: [{PEER}]}}" if bgp else ""
    assert chart_values(metallb_of(f"version: {version}, pools: [{POOL}]{more}")) == values


@pytest.mark.parametrize(
    ("version", "prefix"), [("0.16.1", "metallb.io"), ("0.14.9", "metallb.io"), ("0.14.8", "metallb.universe.tf")]
)
@pytest.mark.parametrize("ingress", ["traefik", "ingress-nginx"])
def test_the_ingress_asks_for_its_address_in_the_words_of_the_release(version: str, prefix: str, ingress: str) -> None:
    asked = f"version: {version}, pools: [{POOL}], expose_ingress: {{pool: apps, addresses: [10.0.0.241]}}"
    spec = spec_of(asked, more=f"ingress: {ingress}\n")
    assert spec.metallb is not None
    config = ingress_config(spec, spec.metallb)
    values = yaml.safe_load(config["spec"]["valuesContent"])
    service = values["service"] if ingress == "traefik" else values["controller"]["service"]
    assert service["type"] == "LoadBalancer"
    assert service["annotations"] == {f"{prefix}/address-pool": "apps", f"{prefix}/loadBalancerIPs": "10.0.0.241"}
    assert config["metadata"]["name"] == ("rke2-traefik" if ingress == "traefik" else "rke2-ingress-nginx")


def test_the_release_chooses_the_ingress_that_nobody_chose() -> None:
    spec = spec_of(f"pools: [{POOL}], expose_ingress: {{}}")
    assert spec.metallb is not None
    assert ingress_config(spec, spec.metallb)["metadata"]["name"] == "rke2-ingress-nginx"
    newer = spec.model_copy(update={"version": "v1.36.3+rke2r1"})
    assert ingress_config(newer, spec.metallb)["metadata"]["name"] == "rke2-traefik"


def test_files_hold_the_chart_first_and_mask_passwords(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BGP_PASSWORD", "s3cret: '\"\n- x")
    spec = spec_of(f"pools: [{POOL}], bgp: {{peers: [{PEER}]}}, expose_ingress: {{}}")
    site = site_of(spec, tmp_path)
    assert paths(spec) == (CHART, ADDRESSES, INGRESS)
    assert planned(site, ADDRESSES).sha256 == ""
    seal(site)
    file = planned(site, ADDRESSES)
    assert "s3cret" not in file.shown
    assert (file.mode, len(file.sha256)) == (0o600, 64)
    documents = list(yaml.safe_load_all(real_text(site, ADDRESSES).reveal()))
    (secret,) = [one for one in documents if one["kind"] == "Secret"]
    assert secret["stringData"] == {"password": "s3cret: '\"\n- x"}
    home, chart = yaml.safe_load_all(real_text(site, CHART).reveal())
    assert home["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "privileged"
    assert chart["spec"]["version"] == "0.16.1"
    assert chart["spec"]["targetNamespace"] == home["metadata"]["name"]


def test_a_chart_of_ones_own_travels_within_the_manifest(tmp_path: Path) -> None:
    site = site_of(spec_of(f"pools: [{POOL}], chart: metallb.tgz"), tmp_path)
    with pytest.raises(BadSpec, match=r"metallb\.chart: .*metallb\.tgz: No such file"):
        planned(site, CHART)
    (tmp_path / "metallb.tgz").write_bytes(b"PK")
    with pytest.raises(BadSpec, match="not a chart"):
        planned(site, CHART)
    (tmp_path / "metallb.tgz").write_bytes(b"\x1f\x8bchart")
    _, chart = yaml.safe_load_all(real_text(site, CHART).reveal())
    assert base64.b64decode(chart["spec"]["chartContent"]) == b"\x1f\x8bchart"
    assert "repo" not in chart["spec"]
    assert len(planned(site, CHART).shown) < 2000


def test_a_bundle_brings_the_chart_within_the_manifest(tmp_path: Path) -> None:
    entry = Entry(kind="chart", name="charts/metallb-0.16.1.tgz", sha256=digest_of(b"\x1f\x8bchart"), source="here")
    source = write_signed(tmp_path, (entry, b"\x1f\x8bchart"))
    bundled = spec_of(f"pools: [{POOL}]").model_copy(update={"source": source})
    _, chart = yaml.safe_load_all(real_text(site_of(bundled, tmp_path), CHART).reveal())
    assert base64.b64decode(chart["spec"]["chartContent"]) == b"\x1f\x8bchart"
    assert "repo" not in chart["spec"]
    older = spec_of(f"version: 0.15.3, pools: [{POOL}]").model_copy(update={"source": source})
    with pytest.raises(WizardError, match=r"site\.rwb: charts/metallb-0\.15\.3\.tgz is not in it"):
        planned(site_of(older, tmp_path), CHART)


def test_before_0_13_all_of_it_is_one_config_map(tmp_path: Path) -> None:
    site = site_of(spec_of(f"version: 0.12.1, pools: [{POOL}]"), tmp_path)
    assert paths(site.spec) == (CHART,)
    _, old, chart = yaml.safe_load_all(real_text(site, CHART).reveal())
    config = yaml.safe_load(old["data"]["config"])
    assert config == {"address-pools": [{"name": "apps", "protocol": "layer2", "addresses": ["10.0.0.240/28"]}]}
    assert "existingConfigMap: config" in chart["spec"]["valuesContent"]


def test_the_config_map_of_old_becomes_resources() -> None:
    found = convert(SEED)
    assert [fault for one in custom(found.objects) for fault in faults(one)] == []
    by_name = {(one["kind"], one["metadata"]["name"]): one.get("spec", one) for one in found.objects}
    assert by_name["IPAddressPool", "my-pool"] == {"addresses": ["10.0.0.240-10.0.0.250"], "autoAssign": False}
    assert by_name["L2Advertisement", "my-pool"] == {"ipAddressPools": ["my-pool"]}
    assert by_name["IPAddressPool", "routed"] == {"addresses": ["198.51.100.0/24"]}
    assert by_name["BGPAdvertisement", "routed-2"] == {"ipAddressPools": ["routed"], "aggregationLength": 24}
    assert by_name["BGPPeer", "peer1"]["passwordSecret"] == {"name": "bgp-peer1"}
    assert by_name["Secret", "bgp-peer1"]["stringData"] == {"password": 'a"b'}
    assert found.notes == ("'My_Pool' is called my-pool now: annotations of services must say so too",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not YAML"),
        ("", "0 documents, not one ConfigMap"),
        ("{kind: ConfigMap, data: {}}", "has no data.config"),
        ("controller: {}", "'controller' is no key of MetalLB's"),
        ("address-pools: {}", "address-pools: is no list"),
        ("address-pools: [{name: a, protocol: layer2}]", "a has no addresses"),
        ("address-pools: [{name: a, protocol: arp, addresses: [10.0.0.0/24]}]", "a has protocol 'arp'"),
        ("address-pools: [{name: a, protocol: layer2, addresses: [10.0.0.1]}, {name: a}]", "a has no addresses"),
        ("address-pools: [{name: a, protocol: layer2, addresses: [10.0.0.x]}]", "'10.0.0.x' is not a range"),
        ("peers: [{my-asn: 1}]", "peers: peer1 has no peer-asn, peer-address"),
    ],
)
def test_what_is_no_config_map_is_refused_by_name(text: str, said: str) -> None:
    with pytest.raises(BadUsage, match=r".") as caught:
        convert(text)
    assert said in caught.value.message


NAMES = st.lists(st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True), min_size=1, max_size=4, unique=True)


@given(NAMES, st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=4, max_size=4))
def test_a_spec_of_old_says_the_same_once_converted(names: list[str], switches: list[tuple[bool, bool, bool]]) -> None:
    pools = [
        {"name": name, "addresses": (f"10.7.{place}.0/24",), "auto_assign": auto, "avoid_buggy_ips": buggy}
        for place, (name, (auto, buggy, _)) in enumerate(zip(names, switches, strict=False))
    ]
    by_bgp = tuple(name for name, (_, _, bgp) in zip(names, switches, strict=False) if bgp)
    by_arp = tuple(name for name in names if name not in by_bgp)
    peer = {"name": "peer1", "my_asn": 1, "peer_asn": 2, "address": "10.0.0.1", "hold_time_s": 30}
    fields: dict[str, Any] = {"version": "0.12.1", "pools": tuple(pools), "l2": ({"pools": by_arp},) if by_arp else ()}
    if by_bgp:
        fields["bgp"] = {"peers": (peer,), "advertisements": ({"pools": by_bgp, "local_pref": 7},)}
    metallb = Metallb.model_validate(fields)
    converted = convert(as_text(config_map(metallb, no_password))).objects
    assert [fault for one in custom(converted) for fault in faults(one)] == []

    def told(manifests: Any) -> set[tuple[str, str, str]]:
        return {
            (one["kind"], name, str(one["spec"].get("localPref")))
            for one in custom(manifests)
            for name in one["spec"].get("ipAddressPools", [str(one["spec"].get("addresses", one["spec"]))])
        }

    assert told(converted) == told(objects(metallb, no_password))


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=4), st.text())
def test_whatever_stands_in_a_value_stays_a_value(labels: dict[str, str], password: str) -> None:
    document = {"labels": labels, "password": password}
    assert list(yaml.safe_load_all(as_text(document, document))) == [document, document]


@given(st.text(max_size=200))
def test_any_text_is_converted_or_refused_in_words(text: str) -> None:
    with contextlib.suppress(BadUsage):
        assert convert(text).objects is not None


def test_the_command_converts_and_says_what_was_renamed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "old.yaml").write_text(SEED)
    assert main(["metallb", "convert", str(tmp_path / "old.yaml")]) == 0
    out, err = capsys.readouterr()
    assert custom(yaml.safe_load_all(out)) == custom(convert(SEED).objects)
    assert "'My_Pool' is called my-pool now" in err


def test_the_command_prints_what_kubectl_applies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "c.yaml").write_text(f"{HEAD}metallb: {{pools: [{POOL}], bgp: {{peers: [{PEER}]}}}}\n")
    assert main(["metallb", "manifests", str(tmp_path / "c.yaml")]) == 0
    out = capsys.readouterr().out
    assert [fault for one in custom(yaml.safe_load_all(out)) for fault in faults(one)] == []
    assert out == for_kubectl(load_spec(tmp_path / "c.yaml").spec)
    (tmp_path / "none.yaml").write_text(HEAD)
    assert main(["metallb", "manifests", str(tmp_path / "none.yaml")]) == 2


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("nope.yaml", "No such file or directory"),
        (".", "Is a directory"),
        ("big.yaml", "larger than 4 MiB"),
        ("other.yaml", "'x' is no key of MetalLB's; one of address-pools, bfd-profiles, bgp-communities, peers"),
    ],
)
def test_a_configmap_that_can_not_be_read_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str, said: str
) -> None:
    with (tmp_path / "big.yaml").open("wb") as big:
        big.truncate(4 * 1024 * 1024 + 1)
    (tmp_path / "other.yaml").write_text("x: 1\n")
    assert main(["metallb", "convert", str(tmp_path / file)]) == 2
    assert f"{tmp_path / file}: {said}\n-> " in capsys.readouterr().err


def test_the_plan_shows_each_file_before_any_server_was_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "c.yaml").write_text(f"{HEAD}metallb: {{pools: [{POOL}], expose_ingress: {{}}}}\n")
    assert main(["metallb", "plan", str(tmp_path / "c.yaml"), "--offline"]) == 0
    out = capsys.readouterr().out
    assert all(path in out for path in (CHART, ADDRESSES, INGRESS))
    assert "kind: IPAddressPool" in out
    assert main(["plan", str(tmp_path / "c.yaml"), "--offline"]) == 0
    assert "MetalLB: 1 node" in capsys.readouterr().out
