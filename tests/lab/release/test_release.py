"""The stand-in release on real nodes, brought up by hand: it must fail, wait and recover as the real one does."""

import hashlib
import time
from collections.abc import Callable

import pytest

from tests.lab.lab import Lab
from tests.lab.nodes import LabNode

NODES = 5
PASSWORD, AGENT_PASSWORD = "p" * 32, "a" * 32
CONFIG = "/etc/rancher/rke2/config.yaml"
DATA = "/var/lib/rancher/rke2"
KUBECTL = f"{DATA}/bin/kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml --request-timeout=8s"
SHOWN = (
    """-o jsonpath='{range .items[*]}{.metadata.name}{" "}{.status.conditions[?(@.type=="Ready")].status}{" "}"""
    """{.status.conditions[?(@.type=="EtcdIsVoter")].status}{"\\n"}{end}'"""
)


@pytest.fixture(scope="module", autouse=True)
def installed(lab: Lab) -> None:
    """The release on every node, nothing started."""
    for name, node in lab.nodes.items():
        node.run("mkdir -p /opt/release")
        for file in lab.release.iterdir():
            with file.open() as source:
                node.run(f"cat >/opt/release/{file.name}", stdin=source)
        role = "agent" if name in ("n4", "n5") else "server"
        node.run(f"INSTALL_RKE2_ARTIFACT_PATH=/opt/release INSTALL_RKE2_TYPE={role} sh /opt/release/install.sh")


def configure(node: LabNode, token: str, *, joins: bool = True, more: str = "") -> None:
    server = "server: https://10.77.0.11:9345\n" if joins else ""
    secret = "" if "::node:" in token else f'agent-token: "{AGENT_PASSWORD}"\n'
    node.write(CONFIG, f"token: {token}\n{secret}node-name: {node.name}\n{server}{more}")


def ca_hash(lab: Lab) -> str:
    text = lab["n1"].run(f"cat {DATA}/server/tls/server-ca.crt").stdout
    return hashlib.sha256(text.encode()).hexdigest()


def journal(node: LabNode, unit: str) -> str:
    text: str = node.run(f"journalctl -q -o cat -u {unit}").stdout
    return text


def members(lab: Lab, at: str = "n1") -> list[str]:
    lines: list[str] = lab[at].run(f"{KUBECTL} get nodes {SHOWN}").stdout.splitlines()
    return lines


def until(what: Callable[[], bool], timeout_s: float = 40) -> None:
    end = time.monotonic() + timeout_s
    while not what():
        assert time.monotonic() < end, "did not happen"
        time.sleep(0.3)


def test_a_first_server_comes_up_and_votes(lab: Lab) -> None:
    configure(lab["n1"], PASSWORD, joins=False, more="no-such-key: 1\n")
    lab["n1"].run("systemctl start rke2-server")
    said = journal(lab["n1"], "rke2-server")
    marks = ("Starting rke2 v", "Wrote kubeconfig", "Imported images from", "Running kubelet", "rke2 is up and running")
    places = [said.index(mark) for mark in marks]
    assert places == sorted(places)
    assert "Unknown flag --no-such-key found in config.yaml, skipping" in said
    until(lambda: members(lab) == ["n1 True True"])


def test_servers_that_join_at_once_wait_for_each_other(lab: Lab) -> None:
    for name in ("n2", "n3"):
        configure(lab[name], f"K10{ca_hash(lab)}::server:{PASSWORD}")
        lab[name].run("systemctl start --no-block rke2-server")
    until(lambda: members(lab) == ["n1 True True", "n2 True True", "n3 True True"])
    said = journal(lab["n2"], "rke2-server") + journal(lab["n3"], "rke2-server")
    assert "Waiting for other members to finish joining etcd cluster: etcdserver:" in said


def test_an_agent_with_a_wrong_ca_hash_waits_for_ever(lab: Lab) -> None:
    configure(lab["n5"], f"K10{'0' * 64}::node:{AGENT_PASSWORD}")
    lab["n5"].run("systemctl start --no-block rke2-agent")
    wanted = "token CA hash does not match the Cluster CA certificate hash"
    until(lambda: journal(lab["n5"], "rke2-agent").count(wanted) > 1)
    assert lab["n5"].run("systemctl is-active rke2-agent", check=False).stdout == "activating\n"
    lab["n5"].run("systemctl stop rke2-agent")


def test_a_server_with_the_agents_password_is_refused(lab: Lab) -> None:
    configure(lab["n5"], f"K10{ca_hash(lab)}::server:{AGENT_PASSWORD}")
    lab["n5"].run("systemctl start --no-block rke2-server")
    until(lambda: "/v1-rke2/server-bootstrap: 401 Unauthorized" in journal(lab["n5"], "rke2-server"))
    lab["n5"].run("systemctl stop rke2-server; systemctl reset-failed rke2-server", check=False)


def test_an_agent_joins_with_the_agents_password(lab: Lab) -> None:
    configure(lab["n4"], f"K10{ca_hash(lab)}::node:{AGENT_PASSWORD}")
    lab["n4"].run("systemctl start rke2-agent")
    until(lambda: "n4 True " in members(lab))
    assert lab["n4"].run(f"sha256sum {DATA}/agent/server-ca.crt").stdout.startswith(ca_hash(lab))


def test_a_second_machine_of_that_name_is_rejected(lab: Lab) -> None:
    configure(lab["n5"], f"K10{ca_hash(lab)}::node:{AGENT_PASSWORD}")
    lab["n5"].run(f"sed -i s/n5/n4/ {CONFIG}; systemctl start --no-block rke2-agent")
    until(lambda: "Node password rejected, duplicate hostname" in journal(lab["n5"], "rke2-agent"))
    lab["n5"].run("systemctl stop rke2-agent", check=False)


def test_etcd_outlives_its_service_and_is_found_again(lab: Lab) -> None:
    before = lab["n2"].run("pidof etcd").stdout
    lab["n2"].run("systemctl stop rke2-server", check=False)
    assert lab["n2"].run("pidof etcd").stdout == before
    lab["n2"].run("systemctl start rke2-server")
    assert lab["n2"].run("pidof etcd").stdout == before


def test_without_quorum_nothing_is_answered_and_with_it_all_is(lab: Lab) -> None:
    for name in ("n2", "n3"):
        lab[name].power_cut()
    asked = lab["n1"].run(f"{KUBECTL} get nodes", check=False)
    assert asked.returncode == 1
    assert "timed out" in asked.stderr
    for name in ("n2", "n3"):
        lab[name].start()
        lab[name].wait_up()
        lab[name].run("systemctl start rke2-server")
    until(lambda: members(lab) == ["n1 True True", "n2 True True", "n3 True True", "n4 True "])


def test_a_port_in_use_is_named(lab: Lab) -> None:
    lab["n3"].run("/usr/local/bin/rke2-killall.sh", check=False)
    assert lab["n3"].run("pidof etcd", check=False).returncode == 1
    lab["n3"].run("systemd-run --quiet --unit=squatter nc -lk 6443")
    lab["n3"].run("systemctl start --no-block rke2-server")
    until(lambda: "listen tcp :6443: bind: address already in use" in journal(lab["n3"], "rke2-server"))
    lab["n3"].run("systemctl stop squatter; systemctl start rke2-server", check=False)
    until(lambda: "n3 True True" in members(lab))


def test_a_deleted_server_leaves_etcd_and_an_uninstalled_one_leaves_nothing(lab: Lab) -> None:
    lab["n1"].run(f"{KUBECTL} drain n3 --ignore-daemonsets && {KUBECTL} delete node n3")
    wanted = "this server is a not a member of the etcd cluster"
    until(lambda: lab["n3"].run("pidof etcd", check=False).returncode == 1)
    lab["n3"].run("systemctl restart --no-block rke2-server")
    until(lambda: wanted in journal(lab["n3"], "rke2-server"))
    assert lab["n3"].run("/usr/local/bin/rke2-uninstall.sh").stdout.endswith("Cleanup completed successfully\n")
    assert lab["n3"].run("ls /usr/local/bin/rke2 /var/lib/rancher/rke2", check=False).stdout == ""
    assert lab["n3"].run("pidof etcd", check=False).returncode == 1
    until(lambda: members(lab) == ["n1 True True", "n2 True True", "n4 True "])


def test_a_snapshot_is_saved_and_listed(lab: Lab) -> None:
    saved = lab["n1"].run("/usr/local/bin/rke2 etcd-snapshot save --name before").stderr
    name = saved.rpartition("Snapshot ")[2].removesuffix(" saved.\n")
    assert name.startswith("before-n1-")
    assert name in lab["n1"].run("/usr/local/bin/rke2 etcd-snapshot ls").stdout


def reset(node: LabNode, *more: str) -> str:
    """What a reset of etcd says."""
    done = node.run(f"/usr/local/bin/rke2 server --cluster-reset {' '.join(more)}", check=False)
    return f"{done.returncode}\n{done.stderr}"


def test_a_reset_out_of_a_snapshot_makes_a_cluster_of_one_that_others_join_anew(lab: Lab) -> None:
    snapshots = f"{DATA}/server/db/snapshots"
    path = f"{snapshots}/{lab['n1'].run(f'ls {snapshots}').stdout.split()[0]}"
    lab["n1"].run(f"{KUBECTL} cordon n1")
    assert "bind: address already in use" in reset(lab["n1"])
    for name in ("n1", "n2"):
        lab[name].run("/usr/local/bin/rke2-killall.sh", check=False)
    assert "cannot perform cluster-reset while server URL is set" in reset(lab["n2"])
    assert "snapshot path does not exist: /none" in reset(lab["n1"], "--cluster-reset-restore-path=/none")
    alone = lab["n1"].run(f"/usr/local/bin/rke2 server --cluster-reset-restore-path={path}", check=False)
    assert "--cluster-reset required" in alone.stderr
    said = reset(lab["n1"], f"--cluster-reset-restore-path={path}")
    assert said.startswith("0\n"), said
    assert "Pre-restore etcd database moved to" in said
    assert "was previously reset" in reset(lab["n1"])
    lab["n1"].run("systemctl start rke2-server")
    assert not lab["n1"].run(f"ls {DATA}/server/db").stdout.count("reset-flag")
    lab["n2"].run(f"mv {DATA}/server/db {DATA}/server/db-before; systemctl start rke2-server")
    until(lambda: {"n1 True True", "n2 True True"} <= set(members(lab)))
    assert "SchedulingDisabled" not in lab["n1"].run(f"{KUBECTL} get node n1").stdout
