"""A cluster.yml is judged as `rke` judges it, at the line of each fault; the rest is a doubt of ours."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.rke1.configs import CONFIGS, ONE, TWO, text_of
from tests.unit.rke1.designs import SINGLE
from wizard.cli.main import main
from wizard.distros.rke1.secrecy import masked_text, without_secrets
from wizard.distros.rke1.vet.verdict import judge
from wizard.errors import BadSpec
from wizard.secret import MASK

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.yml"))


@pytest.mark.parametrize(("change", "said"), CONFIGS)
def test_rke_would_say_this_first(change, said):
    found = judge(text_of(change).encode(), name="cluster.yml").refused
    assert (found[0].what if found else "") == said


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_what_we_write_ourselves_is_taken_by_rke(file):
    found = judge(file.read_bytes(), name=file.name)
    assert found.refused == ()
    if file.stem != "everything":
        assert found.doubts == ()


def test_every_fault_is_told_at_its_line():
    text = """\
kubernetes_version: v1.30.14-rancher1-1
nodes:
  - address: 10.0.0.1
    user: ops
    role: [controlplane, etcd, worker]
  - address: 10.0.0.1
    user: ops
    role:
      - worker
      - boss
network:
  plugin: cilium
"""
    found = judge(text.encode(), name="cluster.yml")
    assert found.lines(found.refused) == (
        "cluster.yml:6: nodes[1].address: Cluster can't have duplicate node: 10.0.0.1",
        "cluster.yml:10: nodes[1].role[1]: Failed to recognize host [10.0.0.1] role boss",
        "cluster.yml:12: network.plugin: Network plugin [cilium] is not supported",
    )
    assert found.refused[0].what == "Failed to recognize host [10.0.0.1] role boss"


DOUBTS = [
    (
        {"kubernetes_version": None},
        "kubernetes_version: is missing: without a pinned version `rke` takes its own default",
    ),
    ({"kubernetes_version": "v1.30.99-rancher1-1"}, "v1.30.99-rancher1-1 is not known here; see what your `rke config"),
    ({"kubernetes_version": "v1.32.11-rancher1-1"}, "need an RKE Extended Life subscription; v1.30.14-rancher1-1"),
    ({"nodes": [{**ONE, "role": ["etcd"]}]}, "no node has the role controlplane"),
    ({"nodes": [ONE, {**TWO, "role": ["etcd"]}]}, "2 etcd nodes outlive 0 failures, as 1 would"),
    (
        {"nodes": [{**ONE, "internal_address": "fd00::1"}, {**TWO, "internal_address": "FD00:0::1"}]},
        "nodes[1].internal_address: 'FD00:0::1' is that of nodes[0] too",
    ),
    ({"nodes": [{**ONE, "address": "10.42.1.1"}]}, "nodes[0].address: '10.42.1.1' lies in 10.42.0.0/16"),
    ({"nodes": [{**ONE, "ssh_agent_auth": True}]}, "nodes[0].ssh_agent_auth: is overwritten"),
    (
        {"nodes": [{**ONE, "adress": "x"}]},
        "nodes[0].adress: is not known to `rke`, which drops it silently; did you mean",
    ),
    (
        {"nodes": [{**ONE, "taints": [{"key": "node-role.kubernetes.io/etcd", "effect": "NoExecute"}]}]},
        "is set by `rke` itself, and ignored here",
    ),
    ({"pod_security_policy": True}, "pod_security_policy: is not known to `rke`"),
    ({"services.kube-api.pod_security_policy": True}, "services.kube-api.pod_security_policy: is not known"),
    ({"services.kube-controller.cluster_cidr": "10.43.0.0/17"}, "10.43.0.0/17 overlaps service_cluster_ip_range"),
    ({"services.kube-api.service_cluster_ip_range": "10.9.0.0/16"}, "10.43.0.10 is not in service_cluster_ip_range"),
    ({"services.kube-api.service_cluster_ip_range": "10.9.0.0/16"}, "'10.43.0.0/16' is not that of kube-api"),
    ({"services.etcd.snapshot": False}, "services.etcd.snapshot: no snapshots are taken"),
    ({"services.etcd.backup_config.enabled": False}, "starts the container that takes snapshots with 0h"),
    ({"services.etcd.backup_config.retention": 2}, "snapshots are kept for 24 hours (2 x 12); 6 for 72 hours"),
    ({"ignore_docker_version": True}, "does nothing here: each command reads its own flag"),
    ({"upgrade_strategy.drain": True}, "without node_drain_input `rke` may end in a panic"),
    ({"system_images": {"etcd": "e"}}, "images named here win over kubernetes_version"),
    ({"services.kubelet.image": "k"}, "services.kubelet.image: is overwritten by the version's"),
    ({"addon_job_timeout": 30}, "30 s are short for pulling images"),
    ({"network.plugin": "weave", "kubernetes_version": "v1.28.12-rancher1-1"}, "weave is deprecated from v1.27 on"),
]


@pytest.mark.parametrize(("change", "said"), DOUBTS)
def test_what_rke_does_not_look_at_is_doubted(change, said):
    found = judge(text_of(change).encode(), name="cluster.yml")
    assert found.refused == ()
    assert any(said in line for line in found.lines(found.doubts)), found.lines(found.doubts)


@pytest.mark.parametrize(
    ("rke", "version", "said"),
    [
        ("1.5.12", "v1.30.3-rancher1-1", "rke 1.5.12 does not know v1.30.3-rancher1-1: its minor came with 1.6.0"),
        ("1.6.1", "v1.30.5-rancher1-1", "rke 1.6.1 does not know v1.30.5-rancher1-1: it goes up to v1.30.3-rancher1-1"),
        ("1.6.1", "v1.30.3-rancher1-1", ""),
        ("1.6.1", "v1.24.17-rancher1-1", ""),
        ("1.8.14", "v1.32.13-rancher1-3", ""),
        ("1.8.13", "v1.32.13-rancher1-3", "it goes up to v1.32.13-rancher1-2"),
        ("1.6.2", "v1.30.99-rancher1-1", ""),
    ],
)
def test_a_version_is_judged_for_the_rke_at_hand(rke, version, said):
    found = judge(text_of({"kubernetes_version": version}).encode(), name="cluster.yml", rke=rke).refused
    assert len(found) == bool(said)
    assert said in "".join(one.what for one in found)


@pytest.mark.parametrize("text", ["", "- a\n", "a: [\n", "\tnodes: x\n", "just words\n"])
def test_what_is_no_cluster_yml_is_one_clear_error(text):
    with pytest.raises(BadSpec) as caught:
        judge(text.encode(), name="cluster.yml")
    assert len(caught.value.problems) == 1


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 70_000)
    | st.sampled_from(["", "x", "etcd", "10.0.0.1", "10.42.0.0/16"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["role", "plugin", "key"]), inner),
    max_leaves=6,
)
_PATHS = sorted({path for change, _ in (*CONFIGS, *DOUBTS) for path in change})


@given(st.dictionaries(st.sampled_from(_PATHS), _VALUES, max_size=4))
def test_whatever_stands_in_a_field_it_is_judged_and_never_crashes(change):
    paths = [path for path in change if not any(other != path and path.startswith(other) for other in change)]
    found = judge(text_of({path: change[path] for path in paths}).encode(), name="cluster.yml")
    for line in (*found.lines(found.refused), *found.lines(found.doubts)):
        assert line.startswith("cluster.yml:")


def test_check_prints_faults_and_doubts_apart(tmp_path, capsys):
    path = tmp_path / "cluster.yml"
    path.write_text(text_of({"network.plugin": "cilium", "addon_job_timeout": 30}))
    assert main(["rke1", "check", str(path)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert f"warning: {path}:" in told.err
    assert "this one first: Network plugin [cilium] is not supported" in told.err
    path.write_text(text_of({}))
    assert main(["rke1", "check", str(path)]) == 0
    assert "`rke` would take it: 1 node, v1.30.14-rancher1-1" in capsys.readouterr().out
    assert main(["rke1", "check", str(tmp_path / "none.yml")]) == 2
    assert "No such file" in capsys.readouterr().err


def test_show_tells_all_but_the_secrets(tmp_path, capsys):
    path = tmp_path / "cluster.yml"
    bucket = {"endpoint": "s3.lan", "bucket_name": "b", "access_key": "AKIA", "secret_key": "hush"}
    change = {
        "nodes": [{**ONE, "ssh_key": "hush"}],
        "services.etcd.backup_config.s3backupconfig": bucket,
        "private_registries": [{"url": "reg.lan", "user": "puller", "password": "hush", "is_default": True}],
        "bastion_host": {"address": "gate", "user": "jump", "ssh_key": "hush"},
        "cloud_provider.vsphereCloudProvider": {"virtual_center": {"vc": {"password": "hush"}}},
    }
    path.write_text(text_of(change))
    assert main(["rke1", "show", str(path)]) == 0
    shown = capsys.readouterr().out
    for words in (
        "Cluster prod",
        "31 July 2025",
        "s3.lan/b",
        "reg.lan, as puller",
        "jump@gate:22",
        "every 12 h, kept 72 h",
    ):
        assert words in shown
    assert main(["rke1", "show", "--json", str(path)]) == 0
    record = capsys.readouterr().out
    assert json.loads(record)["nodes"][0]["ssh_key"] == "********"
    assert "hush" not in shown + record
    assert "AKIA" not in shown + record


@pytest.mark.parametrize("verb", ["show", "check"])
def test_a_spec_of_the_wizard_is_not_judged_as_a_cluster_yml(verb, tmp_path, capsys):
    (tmp_path / "cluster.yaml").write_text(SINGLE)
    assert main(["rke1", verb, str(tmp_path / "cluster.yaml")]) == 2
    said = capsys.readouterr().err
    assert "is a spec of the wizard, not RKE1's cluster.yml" in said
    assert "unmarshal" not in said


def test_a_value_below_a_secret_is_masked_too():
    tree = {"cloud_provider": {"harvesterCloudProvider": {"cloud_config": "hush"}}}
    assert "hush" not in str(without_secrets(tree))


@pytest.mark.parametrize(
    ("values", "seen"),
    [
        ({"services": {"kube-api": {"extra_args": {"oidc-client-secret": "hush"}}}}, MASK),
        ({"services": {"kube-api": {"extra_args_array": {"x": ["--token=hush"]}}}}, f"--token={MASK}"),
        ({"services": {"kubelet": {"extra_env": ["DB_PASSWORD=hush"]}}}, f"DB_PASSWORD={MASK}"),
        ({"private_registries": [{"url": "https://u:hush@reg.lan"}]}, f"https://{MASK}@reg.lan"),
        ({"private_registries": [{"url": "u:hush@reg.lan"}]}, f"{MASK}@reg.lan"),
        ({"addons_include": ["https://hush@git.lan/a.yml"]}, f"https://{MASK}@git.lan/a.yml"),
        ({"addons": "apiVersion: v1\nkind: Secret\ndata: {x: hush}\n"}, MASK),
        ({"services": {"kube-api": {"extra_args": {"token-auth-file": "/etc/tokens"}}}}, "/etc/tokens"),
        ({"services": {"kube-api": {"extra_env": ["A=b"]}}}, "A=b"),
        ({"nodes": [{"taints": [{"key": "a", "value": "b"}]}]}, "b"),
    ],
)
def test_secrets_in_flags_variables_addresses_and_add_ons_are_masked(values, seen):
    shown = without_secrets(values)
    text = masked_text("# kept\n" + yaml.safe_dump(values))
    assert "hush" not in str(shown) + text
    while not isinstance(shown, str):
        shown = list(shown.values())[-1] if isinstance(shown, dict) else shown[-1]
    assert shown == seen
    assert text.startswith("# kept\n")
    assert without_secrets(yaml.safe_load(text)) == without_secrets(values)


def test_a_release_of_rke_that_nobody_read_of_is_judged_by_the_minor_and_says_so(tmp_path, capsys):
    path = tmp_path / "cluster.yml"
    path.write_text(text_of({}))
    assert main(["rke1", "check", str(path), "--rke", "1.8.14"]) == 0
    assert capsys.readouterr().err == ""
    assert main(["rke1", "check", str(path), "--rke", "9.9.9"]) == 0
    assert "the versions of rke 9.9.9 are not known here" in capsys.readouterr().err


@pytest.mark.parametrize(
    "change",
    [
        {"services.kube-api": {"secrets_encryption_config": "hush"}},
        {"services.etcd.backup_config": {"s3backupconfig": "hush"}},
        {"cloud_provider": "hush"},
        {"bastion_host": "https://u:hush@gate"},
        {"services.kubelet": "--token=hush"},
        {"private_registries": "u:hush@reg.lan"},
    ],
)
def test_a_secret_in_the_wrong_place_is_not_quoted(change):
    found = judge(text_of(change).encode(), name="cluster.yml").refused
    assert "cannot unmarshal !!str `" in found[0].what
    assert "hush" not in str(found)
