"""The spec beside the old cluster: always valid, as many machines, and no address shared with anything old."""

import ipaddress
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.rke1.configs import CONFIGS, ONE
from tests.unit.rke1.designs import DESIGNS
from wizard.errors import BadSpec, BadUsage
from wizard.migrate.networks import Free
from wizard.migrate.new_spec import new_spec
from wizard.migrate.old import PODS, SERVICES, Old, of_spec, read_old
from wizard.spec.address import holds, networks, overlapping
from wizard.spec.load import read_spec

ROLES = [
    ("server", ["controlplane", "etcd"]),
    ("server", ["etcd"]),
    ("server", ["controlplane"]),
    ("server", ["controlplane", "etcd", "worker"]),
    ("agent", ["worker"]),
]
LABELS = st.dictionaries(
    st.sampled_from(["disk", "app.example.com/tier", "zone-x"]), st.sampled_from(["", "ssd", "a-b"])
)
TAINTS = st.lists(
    st.sampled_from(["gpu=true:NoSchedule", "old:NoExecute", "x=y:PreferNoSchedule"]), max_size=2, unique=True
)
V4 = st.sampled_from(["10.0.0.0/8", "10.42.0.0/16", "172.16.0.0/12", "100.64.0.0/10", "192.168.0.0/17", "10.64.0.0/11"])
SERVICE_V4 = st.sampled_from(["10.43.0.0/16", "172.16.0.0/12", "192.168.128.0/20", "100.64.0.0/12", "10.96.0.0/27"])


@st.composite
def specs(draw) -> str:
    """A spec of RKE1; what our rules refuse is left out by the test."""
    rows = [
        {
            "name": f"n-{number}",
            "address": f"203.0.113.{number}",
            "role": role,
            "roles": roles,
            "labels": draw(LABELS),
            "taints": draw(TAINTS),
        }
        for number, (role, roles) in enumerate([ROLES[3], *draw(st.lists(st.sampled_from(ROLES), max_size=9))], 1)
    ]
    for row in rows:
        if draw(st.booleans()):
            row["internal_address"] = f"10.77.{draw(st.integers(0, 255))}.{row['address'].rpartition('.')[2]}"
    spec = {
        "apiVersion": "rancher-wizard/v1",
        "name": draw(st.sampled_from(["a", "prod", "x" * 63])),
        "distribution": "rke1",
        "version": draw(st.sampled_from(["v1.30.14-rancher1-1", "v1.24.17-rancher1-1"])),
        "nodes": rows,
        "ssh": {"user": "ops", **draw(st.sampled_from([{}, {"port": 2222}, {"key": "~/.ssh/rke"}]))},
        "network": {
            "cni": draw(st.sampled_from(["canal", "calico", "flannel", "none"])),
            "cluster_cidr": draw(V4),
            "service_cidr": draw(SERVICE_V4),
        },
        "etcd": {"snapshots": {"schedule": draw(st.sampled_from(["0 */3 * * *", "0 0 * * *"])), "retention": 24}},
        "upgrade": {"drain": draw(st.sampled_from(["all", "none"]))},
        "rollout": {"workers": {"at_once": draw(st.sampled_from(["10%", 1, "50%"]))}},
        "rke1": {"services": {"kubelet": {"extra_args": draw(st.sampled_from([{}, {"max-pods": 250}]))}}},
    }
    if draw(st.booleans()):
        spec["ingress"] = "none"
    return yaml.safe_dump(spec)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(specs())
def test_any_spec_of_rke1_leads_to_a_valid_one_whose_networks_are_free(text: str) -> None:
    try:
        spec = read_spec(text.encode(), name="old").spec
    except BadSpec:
        return
    prove(of_spec(spec, Path("cluster.yaml")))


@pytest.mark.parametrize("text", DESIGNS.values(), ids=DESIGNS.keys())
def test_each_design_of_rke1_does(text: str, tmp_path: Path) -> None:
    (tmp_path / "s3-ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    prove(of_spec(read_spec(text.encode(), name="old").spec, tmp_path / "cluster.yaml"))


@pytest.mark.parametrize("number", range(len(CONFIGS)))
def test_so_does_each_cluster_yml_that_can_be_read_whatever_rke_says_to_it(number: int, tmp_path: Path) -> None:
    changes, _ = CONFIGS[number]
    file: dict = {"nodes": [ONE], "kubernetes_version": "v1.30.14-rancher1-1"}
    for path, value in changes.items():
        *above, last = path.split(".")
        place = file
        for key in above:
            place = place.setdefault(key, {})
        place[last] = value
    (tmp_path / "cluster.yml").write_text(yaml.safe_dump(file))
    try:
        old = read_old(tmp_path / "cluster.yml")
    except BadSpec:
        return
    prove(old)


def prove(old: Old) -> None:
    new = new_spec(old)
    spec = read_spec(new.text.encode(), name="new").spec
    assert (spec.distribution, spec) == ("rke2", new.spec)
    assert spec.name != old.name
    wanted = sum(bool(node.roles & {"etcd", "worker"}) for node in old.nodes)
    assert len(spec.nodes) == max(wanted, 1) or not any("etcd" in node.roles for node in old.nodes)
    fresh = (*spec.network.cluster_cidr, *spec.network.service_cidr)
    assert overlapping(fresh, readable((*old.networks(PODS), *old.networks(SERVICES)))) == []
    assert overlapping(spec.network.cluster_cidr, spec.network.service_cidr) == []
    for node in old.nodes:
        assert not any(holds(network, address) for network in networks(fresh) for address in node.addresses)


def readable(cidrs: tuple[str, ...]) -> list[str]:
    return [str(ipaddress.ip_network(text, strict=False)) for text in cidrs]


def test_new_addresses_stand_in_the_order_of_servers_and_agents_and_what_the_site_uses_is_left_alone() -> None:
    old = of_spec(read_spec(DESIGNS["medium"].encode(), name="old").spec, Path("cluster.yaml"))
    addresses = [f"10.64.0.{number}" for number in range(1, 7)]
    spec = new_spec(old, addresses, ["10.65.0.0/16"]).spec
    assert [node.address for node in (*spec.servers, *spec.agents)] == addresses
    assert overlapping((*spec.network.cluster_cidr, *spec.network.service_cidr), ["10.64.0.0/15"]) == []
    assert all("CriticalAddonsOnly=true:NoExecute" in node.taints for node in spec.servers)


def test_snapshots_of_the_two_clusters_lie_in_folders_of_their_own_and_no_key_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "s3-ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    new = new_spec(of_spec(read_spec(DESIGNS["s3"].encode(), name="old").spec, tmp_path / "cluster.yaml"))
    s3 = new.spec.etcd.snapshots.s3
    assert s3 is not None
    assert (s3.bucket, s3.folder, s3.access_key) == ("etcd", "prod-rke2", None)
    assert any("keys are not taken over" in note for note in new.notes)


def test_where_nothing_private_is_free_that_is_said() -> None:
    old = networks(["10.42.0.0/16"])
    with pytest.raises(BadUsage, match="no private IPv4 network is free"):
        Free(["0.0.0.0/0"]).pods(old, 3)
    assert Free(["::/0"]).pods(old, 3) == ("10.64.0.0/16",)


ANY = st.one_of(
    st.none(), st.booleans(), st.integers(-9, 10**9), st.text(max_size=12), st.lists(st.text(max_size=6), max_size=2)
)
NODE = st.dictionaries(
    st.sampled_from(["address", "internal_address", "hostname_override", "user", "port", "role", "labels", "taints"]),
    st.one_of(
        ANY,
        st.lists(st.sampled_from(["etcd", "controlplane", "worker"]), max_size=3),
        st.dictionaries(st.text(max_size=5), ANY, max_size=2),
        st.sampled_from(["10.42.0.9", "fd00::1", "::1", "0.0.0.0", "10.0.0.1,fd00::7"]),
    ),
)
PLACES = [
    "cluster_name",
    "kubernetes_version",
    "ssh_key_path",
    "network.plugin",
    "ingress.provider",
    "authentication.sans",
    "upgrade_strategy.max_unavailable_worker",
    "services.etcd.backup_config.interval_hours",
    "services.etcd.backup_config.retention",
    "services.etcd.backup_config.s3backupconfig.bucket_name",
    "services.etcd.backup_config.s3backupconfig.folder",
    "services.kube-api.service_cluster_ip_range",
    "services.kube-api.service_node_port_range",
    "services.kube-controller.cluster_cidr",
    "services.kubelet.cluster_domain",
    "services.kubelet.extra_args.max-pods",
]
FILE = st.fixed_dictionaries(
    {
        "nodes": st.lists(NODE, min_size=1, max_size=4),
        "values": st.dictionaries(st.sampled_from(PLACES), ANY, max_size=8),
    }
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FILE)
def test_whatever_a_cluster_yml_holds_it_is_refused_or_leads_to_a_valid_spec(tmp_path: Path, file: dict) -> None:
    tree: dict = {"nodes": file["nodes"]}
    for place, value in file["values"].items():
        *above, last = place.split(".")
        at = tree
        for key in above:
            at = at.setdefault(key, {})
        at[last] = value
    (tmp_path / "cluster.yml").write_text(yaml.safe_dump(tree, allow_unicode=True))
    try:
        old = read_old(tmp_path / "cluster.yml")
    except BadSpec:
        return
    new = new_spec(old)
    assert read_spec(new.text.encode(), name="new").spec == new.spec
