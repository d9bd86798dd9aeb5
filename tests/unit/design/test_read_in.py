import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.unit.design.answering import outcome, some_answers
from wizard.design.answers import Answers
from wizard.design.compose import compose_draft
from wizard.design.draft import Draft
from wizard.design.nodes.understand import understand
from wizard.design.read_in import ReadIn, open_file, read_in
from wizard.design.writing import answers_path, write_spec
from wizard.errors import BadSpec
from wizard.plain import plain
from wizard.spec.load import read_spec
from wizard.spec.models import Spec
from wizard.spec.option_rule import known_options

RKE1 = """\
nodes:
- address: 192.0.2.11
  port: "2222"
  internal_address: 10.0.0.11
  role: [controlplane, worker, etcd]
  hostname_override: Rancher-1
  user: rke
  ssh_key: "-----BEGIN OPENSSH PRIVATE KEY----- hunter2"
  ssh_key_path: ~/.ssh/rke
  labels: {disk: ssd}
  taints: [{key: a, value: b, effect: NoSchedule}]
- {address: 192.0.2.12, role: [etcd], user: rke}
- {address: 192.0.2.13, role: [etcd, controlplane], user: rke}
- {address: 192.0.2.14, role: [worker], user: rke}
- {address: "not an address", role: [worker], user: rke}
services:
  etcd:
    backup_config:
      interval_hours: 6
      retention: 12
      s3backupconfig: {access_key: AKIAABCDEFGHIJKLMNOP, secret_key: hunter2, bucket_name: snaps, endpoint: s3.local}
  kube-api: {service_cluster_ip_range: 172.20.0.0/16, extra_args: {audit-log-maxage: "30"}}
  kube-controller: {cluster_cidr: 172.16.0.0/14}
  kubelet: {cluster_domain: example.local, extra_args: {max-pods: "150"}}
network: {plugin: calico}
authentication: {sans: [192.0.2.10, k8s.example.com]}
ingress: {provider: nginx}
bastion_host: {address: jump.example.com, user: ops, port: "22", ssh_key: hunter2}
kubernetes_version: v1.28.9-rancher1-1
private_registries: [{url: reg.local, password: hunter2}]
"""
RKE2 = """\
server: https://rke2.example.com:9345
token: hunter2
tls-san: [rke2.example.com, 192.0.2.9]
cni: cilium
cluster-cidr: 172.16.0.0/14,fd42::/56
service-cidr: 172.20.0.0/16,fd43::/112
etcd-s3: true
etcd-s3-bucket: snaps
etcd-s3-secret-key: hunter2
etcd-snapshot-schedule-cron: "0 */6 * * *"
etcd-snapshot-retention: many
kubelet-arg: [max-pods=150, v=4]
profile: cis
write-kubeconfig-mode: "0644"
node-name: cp-1
node-ip: [10.0.0.1, "fd00::1"]
node-external-ip: 192.0.2.1
node-label: [disk=ssd]
node-taint: CriticalAddonsOnly=true:NoExecute
clustr-dns: 10.0.0.10
"""


def spec_of(read: ReadIn) -> Spec:
    return read_spec(compose_draft(read.draft).encode(), name="cluster.yaml").spec


def test_a_cluster_of_rke1_is_the_start_of_one_of_rke2() -> None:
    read = read_in(RKE1.encode(), "cluster.yml")
    assert read.kind == "a cluster.yml of RKE1"
    # The bad line stays in the list, for the operator to mend.
    assert understand(read.draft.nodes_text).bad
    spec = spec_of(read)
    assert (spec.nodes[0].name, spec.nodes[0].role) == ("rancher-1", "server")
    first = spec.node("rancher-1")
    assert (first.address, first.internal_address) == ("192.0.2.11", "10.0.0.11")
    assert (first.ssh.port, first.ssh.user) == (2222, "rke")
    assert (first.labels, first.taints) == ({"disk": "ssd"}, ("a=b:NoSchedule",))
    assert len(spec.servers) == 3
    assert (spec.network.cni, spec.network.cluster_cidr) == (("calico",), ("172.16.0.0/14",))
    assert spec.network.service_cidr == ("172.20.0.0/16",)
    assert spec.registration.address == "k8s.example.com"
    assert spec.registration.tls_sans == ("192.0.2.10",)
    assert spec.etcd.snapshots.s3
    assert (spec.etcd.snapshots.s3.bucket, spec.etcd.snapshots.retention) == ("snaps", 12)
    assert spec.options.server["cluster-domain"] == "example.local"
    assert spec.options.agent["kubelet-arg"] == ("max-pods=150",)
    assert spec.ssh.bastion
    assert spec.ssh.bastion.address == "jump.example.com"
    assert spec.version.endswith("+rke2r1")


def test_what_is_not_taken_over_is_named_with_the_reason() -> None:
    notes = "\n".join(read_in(RKE1.encode(), "cluster.yml").notes)
    for said in (
        "RKE1 ended on 31 July 2025",
        "nodes[1]: etcd alone",
        "nodes[4]:",
        "kubernetes_version: left out",
        "private_registries: left out",
        "services.kube-api.extra_args: left out, set them by options of the spec: audit-log-maxage",
        "keys are not taken over",
    ):
        assert said in notes


@pytest.mark.parametrize("text", [RKE1, RKE2])
def test_no_secret_is_taken_over_or_shown(text: str) -> None:
    read = read_in(text.encode(), "file")
    assert "hunter2" not in repr(read)
    assert "AKIA" not in repr(read)


def test_a_node_of_rke2_is_the_start_of_its_cluster() -> None:
    read = read_in(RKE2.encode(), "config.yaml")
    assert read.kind == "a config.yaml of RKE2"
    spec = spec_of(read)
    (node,) = spec.nodes
    assert (node.name, node.role) == ("cp-1", "server")
    assert (node.address, node.internal_address) == ("192.0.2.1", "10.0.0.1,fd00::1")
    assert (node.labels, node.taints) == ({"disk": "ssd"}, ("CriticalAddonsOnly=true:NoExecute",))
    assert spec.registration.address == "rke2.example.com"
    assert spec.network.cluster_cidr == ("172.16.0.0/14", "fd42::/56")
    assert spec.security.profile == "cis"
    assert spec.etcd.snapshots.schedule == "0 */6 * * *"
    assert spec.options.server["write-kubeconfig-mode"] == "0644"
    assert set(spec.options.agent["kubelet-arg"]) == {"v=4", "max-pods=150"}
    notes = "\n".join(read.notes)
    assert "token: a secret is not taken over" in notes
    assert "'many' is not a whole number" in notes
    assert "clustr-dns: RKE2 does not know this key" in notes


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "empty"),
        ("- a\n", "no keys and values"),
        ("a: 1\n", "no kind of file"),
        ("a: [\n", "not valid YAML"),
        ("apiVersion: rancher-wizard/v1\n", "nodes: is missing"),
        ("apiVersion: v1\nkind: Pod\n", "apiVersion"),
    ],
)
def test_a_file_that_is_none_of_these_is_told(text: str, what: str) -> None:
    with pytest.raises(BadSpec, match=what):
        read_in(text.encode(), "file.yaml")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadSpec, match="No such file"):
        open_file(tmp_path / "none.yaml")
    with pytest.raises(BadSpec, match="Is a directory"):
        open_file(tmp_path)


def test_a_virtual_ip_behind_a_name_is_still_an_answer(tmp_path: Path) -> None:
    said = Answers({"vip": "10.0.0.10", "dns_name": "rke2.example.com"})
    path = tmp_path / "cluster.yaml"
    write_spec(path, compose_draft(Draft(answers=said, nodes_text="192.0.2.[1-3]")), said)
    assert open_file(path).draft.answers == said


@settings(max_examples=25)
@given(some_answers())
@example(Answers({"vip": "10.0.0.10", "dns_name": "rke2.example.com"}, frozenset({"cluster_name"})))
@example(Answers({"node_mask": 18, "dual_stack": True}))
@example(Answers({"node_mask": 16, "cni": "calico"}))
@example(Answers({"distribution": "rancherd"}))
def test_a_spec_with_its_answers_beside_it_comes_back_byte_for_byte(said: Answers) -> None:
    # S3 without a bucket leaves nothing in the spec.
    assume(said["backup"] != "s3" or said["s3_bucket"])
    draft = Draft(answers=said, nodes_text="192.0.2.[1-5]")
    text = outcome(lambda: compose_draft(draft))
    if isinstance(text, str):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "cluster.yaml")
            write_spec(path, text, said)
            again = open_file(path).draft
        assert compose_draft(again) == text


def test_the_spec_counts_where_the_answers_beside_it_say_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "cluster.yaml"
    said = Answers().given("pods", 300).given("cis", True).given("vip", "192.0.2.9")
    text = compose_draft(Draft(answers=said, nodes_text="192.0.2.1"))
    write_spec(path, text.replace("  profile: cis", "  profile: none"), said)
    again = open_file(path).draft.answers
    assert (again["pods"], again["cis"], again["vip"]) == (300, False, "192.0.2.9")
    answers_path(path).write_text("podz: 3\n")
    assert "did you mean 'pods'?" in open_file(path).notes[0]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 99999) | st.text(max_size=20) | st.sampled_from(["10.0.0.1", "[red]"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
SERVICES = st.dictionaries(st.sampled_from(["etcd", "kube-api", "kube-controller", "kubelet"]), VALUES)
RKE1_KEYS = ["services", "network", "ingress", "bastion_host", "authentication", "cluster_name", "ssh_key_path", "dns"]
NODE_KEYS = ["address", "role", "user", "port", "labels", "taints", "hostname_override", "internal_address", "ssh_key"]


@settings(max_examples=40)
@given(
    st.dictionaries(st.sampled_from(RKE1_KEYS), VALUES | SERVICES),
    st.lists(st.dictionaries(st.sampled_from(NODE_KEYS), VALUES), min_size=1),
)
def test_any_content_of_rke1_is_taken_or_noted(data: dict[str, Any], nodes: list[dict[str, Any]]) -> None:
    read = outcome(lambda: read_in(yaml.safe_dump({**data, "nodes": nodes}).encode(), "cluster.yml"))
    assert isinstance(read, ReadIn | BadSpec)
    if isinstance(read, ReadIn):
        assert all(plain(note) == note for note in read.notes)


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from(["server", *known_options()]), VALUES, min_size=1))
def test_any_content_of_rke2_is_taken_or_noted(data: dict[str, Any]) -> None:
    read = outcome(lambda: read_in(yaml.safe_dump(data).encode(), "config.yaml"))
    assert isinstance(read, ReadIn | BadSpec)
    if isinstance(read, ReadIn):
        assert all(plain(note) == note for note in read.notes)
        spec = outcome(lambda: spec_of(read))
        assert isinstance(spec, Spec | BadSpec)
