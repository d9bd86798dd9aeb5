"""Nodes that leave and come on real machines: etcd keeps its quorum, and nothing is left where they were."""

import json
import time
from pathlib import Path

import pytest
import yaml

from tests.lab.lab import Lab
from tests.lab.nodes import LabNode
from tests.lab.operator import Operator, cluster_nodes, etcd_members
from wizard.rollout import events as ev

NODES = 5
LEFT = (
    "find /etc /usr/local /opt /var/lib/rancher /var/lib/rancher-wizard /var/lib/kubelet -xdev -type f 2>/dev/null "
    "| sort | grep -v '/etc/machine-id'; systemctl list-unit-files --no-legend 'rke2*' 'rancher-wizard*'"
)


@pytest.fixture(scope="module")
def before(lab: Lab) -> dict[str, str]:
    return {name: node.run(LEFT, check=False).stdout for name, node in lab.nodes.items()}


@pytest.fixture(scope="module")
def spec(lab: Lab, operator: Operator, before: dict[str, str]) -> Path:
    """A cluster of 3 servers and 2 agents, with a comment that must outlive every change."""
    path = lab.spec(servers=3, agents=2)
    path.write_text("# the lab, as it was meant\n" + path.read_text())
    done = operator.apply(path)
    assert done.returncode == 0, done.stdout + done.stderr
    return path


def names(spec: Path) -> list[str]:
    return [node["name"] for node in yaml.safe_load(spec.read_text())["nodes"]]


def same(node: LabNode, before: dict[str, str]) -> None:
    assert set(node.run(LEFT, check=False).stdout.splitlines()) - set(before[node.name].splitlines()) == set()


def test_an_agent_leaves_and_nothing_of_it_stays(
    lab: Lab, operator: Operator, spec: Path, before: dict[str, str]
) -> None:
    done = operator.run("nodes", "remove", spec, "n5", "--yes", "--headless")
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(cluster_nodes(lab["n1"])) == ["n1", "n2", "n3", "n4"]
    assert names(spec) == ["n1", "n2", "n3", "n4"]
    assert spec.read_text().startswith("# the lab, as it was meant\n")
    same(lab["n5"], before)
    again = operator.run("nodes", "remove", spec, "n5", "--yes", "--headless")
    assert again.returncode == 0, again.stdout + again.stderr
    ended = [each.outcome for each in operator.events() if isinstance(each, ev.StepEnded)]
    assert set(ended) == {"unchanged"}


def test_it_comes_again_under_its_name(lab: Lab, operator: Operator, spec: Path) -> None:
    address = lab["n5"].address
    done = operator.run("nodes", "add", spec, "n5", "--address", address, "--yes", "--headless")
    assert done.returncode == 0, done.stdout + done.stderr
    assert cluster_nodes(lab["n1"])["n5"] == "Ready"
    assert names(spec)[-1] == "n5"


def test_a_server_is_replaced_and_votes_again(lab: Lab, operator: Operator, spec: Path) -> None:
    done = operator.run("nodes", "replace", spec, "n1", "--yes", "--headless", timeout_s=400)
    assert done.returncode == 0, done.stdout + done.stderr
    assert etcd_members(lab["n2"]) == 3
    assert cluster_nodes(lab["n2"])["n1"] == "Ready"
    again = operator.apply(spec)
    assert "nothing to do" in again.stdout, again.stdout + again.stderr


def test_a_snapshot_is_taken_fetched_and_pruned(operator: Operator, spec: Path) -> None:
    for name in ("first", "second"):
        done = operator.run("snapshot", "save", spec, "--name", name, "--yes", "--headless")
        assert done.returncode == 0, done.stdout + done.stderr
    listed = json.loads(operator.run("snapshot", "list", spec, "--json").stdout)
    assert [each["name"].partition("-")[0] for each in listed[:2]] == ["second", "first"]
    assert all(each["node"] is None for each in listed[:2])
    sealed = operator.state / "snapshots" / f"{listed[0]['name']}.sealed"
    sealed.unlink()
    done = operator.run("snapshot", "fetch", spec, listed[0]["name"], "--yes", "--headless")
    assert (done.returncode, sealed.exists()) == (0, True), done.stdout + done.stderr
    done = operator.run("snapshot", "prune", spec, "--keep", "1", "--yes", "--headless")
    assert done.returncode == 0, done.stdout + done.stderr
    left = json.loads(operator.run("snapshot", "list", spec, "--json").stdout)
    assert [each["name"] for each in left] == [listed[0]["name"]]


def test_certificates_are_made_anew_on_every_node(lab: Lab, operator: Operator, spec: Path) -> None:
    listed = json.loads(operator.run("certs", "list", spec, "--json").stdout)
    assert {each["node"] for each in listed} >= {"n1", "n2", "n3"}
    ends = {(each["node"], each["path"]): each["ends"] for each in listed}
    done = operator.run("certs", "rotate", spec, "--yes", "--headless")
    assert done.returncode == 0, done.stdout + done.stderr
    again = json.loads(operator.run("certs", "list", spec, "--json").stdout)
    leaves = [each for each in again if not each["authority"] and each["node"] in ("n1", "n2", "n3")]
    assert leaves
    assert all(each["ends"] > ends[each["node"], each["path"]] for each in leaves)
    assert set(cluster_nodes(lab["n2"]).values()) == {"Ready"}


def test_what_was_changed_by_hand_is_told_and_nothing_else(lab: Lab, operator: Operator, spec: Path) -> None:
    clean = operator.run("drift", spec)
    assert (clean.returncode, clean.stdout) == (0, "nothing differs on 5 nodes\n"), clean.stdout + clean.stderr
    lab["n4"].run("echo 'debug: true' >> /etc/rancher/rke2/config.yaml; chmod 644 /etc/rancher/rke2/config.yaml")
    told = json.loads(operator.run("drift", spec, "--json").stdout)
    assert {(each["node"], each["path"]) for each in told} >= {("n4", "/etc/rancher/rke2/config.yaml")}
    assert {each["node"] for each in told} == {"n4"}


def test_a_server_that_etcd_can_not_spare_stays(lab: Lab, operator: Operator, spec: Path) -> None:
    lab["n3"].run("systemctl stop rke2-server; /usr/local/bin/rke2-killall.sh")
    end = time.monotonic() + 120
    while cluster_nodes(lab["n1"]).get("n3", "Ready") == "Ready" and time.monotonic() < end:
        time.sleep(1)
    text = spec.read_text()
    refused = operator.run("nodes", "remove", spec, "n2", "--yes", "--headless")
    assert (refused.returncode, spec.read_text()) == (3, text), refused.stdout + refused.stderr
    assert "members would be left voting" in refused.stderr or "not among" in refused.stderr, refused.stderr


def test_a_server_whose_machine_is_gone_is_forgotten(lab: Lab, operator: Operator, spec: Path) -> None:
    done = operator.run("nodes", "remove", spec, "n3", "--dead", "--yes", "--headless")
    assert done.returncode == 0, done.stdout + done.stderr
    # RKE2 keeps the node until its member is out of etcd; the stand-in forgets it first.
    end = time.monotonic() + 60
    while etcd_members(lab["n2"]) != 2 and time.monotonic() < end:
        time.sleep(1)
    assert etcd_members(lab["n2"]) == 2
    assert names(spec) == ["n1", "n2", "n4", "n5"]


def test_a_whole_cluster_is_taken_away(lab: Lab, operator: Operator, spec: Path, before: dict[str, str]) -> None:
    unsaid = operator.run("remove", spec, "--headless")
    assert unsaid.returncode == 2
    assert "--confirm lab" in unsaid.stderr
    done = operator.run("remove", spec, "--confirm", "lab", "--headless")
    assert done.returncode == 0, done.stdout + done.stderr
    for name in names(spec):
        same(lab[name], before)
    assert not operator.state.exists()
    assert ".removed/lab-" in done.stdout
