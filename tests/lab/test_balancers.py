"""A pair of balancers in front of three servers: real haproxy and keepalived, on machines of their own."""

import json
import time
from pathlib import Path

import pytest

from tests.lab import balancers, faults, network
from tests.lab.balancers import Asked, asking
from tests.lab.lab import Lab
from tests.lab.nodes import LabNode
from tests.lab.operator import Operator, changed_spec, cluster_nodes
from wizard.balancers.haproxy.render import DRAINED, SOCKET
from wizard.balancers.pool.pool import POOL

NODES = 5
SERVERS = ("n1", "n2", "n3")
MACHINES = {"lb-1": "n4", "lb-2": "n5"}
VIP = f"{network.NET}.200"


@pytest.fixture(scope="module")
def before(lab: Lab) -> dict[str, str]:
    """What is on the machines before anything of ours is."""
    for name in MACHINES.values():
        balancers.offered(lab[name])
    return {name: lab[name].run(balancers.TRACES).stdout for name in MACHINES.values()}


@pytest.fixture(scope="module")
def spec(lab: Lab, operator: Operator, before: dict[str, str]) -> Path:
    """The site brought up: balancers first, then servers that join through the virtual IP."""
    machines = [{"name": name, "address": lab[node].address} for name, node in MACHINES.items()]
    front = {"kind": "haproxy", "nodes": machines, "vip": VIP, "sticky": True}
    path = lab.spec(servers=3, agents=0, registration={"address": VIP}, balancer=front)
    done = operator.apply(path)
    assert done.returncode == 0, done.stdout + done.stderr
    balancers.ingresses(*(lab[name] for name in SERVERS))
    return path


def active(lab: Lab) -> LabNode:
    """The machine that carries the virtual IP."""
    return balancers.carrier(*(lab[name] for name in MACHINES.values()), address=VIP)


def standby(lab: Lab) -> LabNode:
    carrier = active(lab)
    return next(lab[node] for node in MACHINES.values() if node != carrier.name)


def healthy(lab: Lab, operator: Operator, spec: Path) -> None:
    """Wait until the pair is whole again, as the operator sees it."""
    end = time.monotonic() + 90
    while (done := operator.run("balancer", "status", spec)).returncode != 0:
        assert time.monotonic() < end, done.stdout + done.stderr
        time.sleep(1)


def test_servers_join_through_the_virtual_ip_and_all_is_well(lab: Lab, operator: Operator, spec: Path) -> None:
    assert cluster_nodes(lab["n1"]) == dict.fromkeys(SERVERS, "Ready")
    assert f"server: https://{VIP}:9345" in lab["n3"].run("cat /etc/rancher/rke2/config.yaml").stdout
    healthy(lab, operator, spec)
    with asking(lab, VIP) as asked:
        pass
    assert {said for *_, said in asked.answers} == {"HTTP/1.1 401 Unauthorized"}


def test_the_running_site_is_told_with_its_pair_and_a_server_that_is_silent(
    lab: Lab, operator: Operator, spec: Path
) -> None:
    whole = json.loads(operator.run("status", spec, "--json").stdout)
    assert {problem["what"] for problem in whole["problems"]} <= {"no server has a snapshot of etcd"}
    machines = {each["name"]: each for each in whole["balancers"]["machines"]}
    assert {MACHINES[name]: each["carries"] for name, each in machines.items()} == {
        name: name == active(lab).name for name in MACHINES.values()
    }
    assert all((each["haproxy"], each["keepalived"]) == ("active", "active") for each in machines.values())
    pools = {row["server"] for each in machines.values() for row in each["pool"] if row["backend"] == "be_kube_api"}
    assert pools == set(SERVERS)
    # Its API server is a pod, which outlives the unit; its supervisor does not.
    lab["n3"].run("systemctl stop rke2-server")
    try:
        with faults.no_ssh(lab["n3"]):
            end = time.monotonic() + 60
            while "n3 not up in be_rke2_join" not in (said := operator.run("status", spec, "--headless")).stdout:
                assert time.monotonic() < end, said.stdout + said.stderr
                time.sleep(1)
    finally:
        lab["n3"].run("systemctl start rke2-server")
    assert said.returncode == 1
    assert "! n3: no answer" in said.stdout
    assert "  -> Start sshd there" in said.stdout
    assert f"balancer: virtual IP {VIP}: carried by" in said.stdout
    healthy(lab, operator, spec)


def test_applied_again_it_changes_nothing(lab: Lab, operator: Operator, spec: Path) -> None:
    for command in ("apply", "balancer apply"):
        done = operator.run(*command.split(), spec, "--headless", "--yes")
        assert done.returncode == 0, done.stderr
        assert "nothing to do" in done.stdout


def test_no_request_is_lost_while_all_servers_restart_not_even_of_a_client_that_sticks_to_one(
    lab: Lab, operator: Operator, spec: Path
) -> None:
    starts = {
        name: lab[name].run("systemctl show -p ExecMainStartTimestampMonotonic rke2-server").stdout for name in SERVERS
    }
    with asking(lab, VIP) as asked, asking(lab, VIP, 443) as user:
        done = operator.apply(changed_spec(spec, options={"server": {"debug": True}}))
    assert done.returncode == 0, done.stdout + done.stderr
    for name, before in starts.items():
        assert lab[name].run("systemctl show -p ExecMainStartTimestampMonotonic rke2-server").stdout != before
    for client in (asked, user):
        assert len(client.answers) > 40
        assert client.lost == []
    print(f"rolling restart: no answer for {asked.gap_s:.2f} s on 6443, {user.gap_s:.2f} s on 443")
    healthy(lab, operator, spec)


def test_who_is_taken_out_stays_out_when_haproxy_is_reloaded_or_restarted(
    lab: Lab, operator: Operator, spec: Path
) -> None:
    node = lab[MACHINES["lb-1"]]
    assert "left=be_ingress_443 0" in node.run(POOL.command("leave", SOCKET, DRAINED, "n2", "5")).stdout
    for verb in ("reload", "restart", "reload"):
        node.run(f"systemctl {verb} haproxy; sleep 2")
        assert states(node, "n2") == {"DRAIN"}
        assert states(node, "n1") == {"UP"}
    entered = node.run(POOL.command("enter", SOCKET, DRAINED, "n2", "30", "be_kube_api", "be_rke2_join")).stdout
    assert "entered=be_kube_api" in entered
    node.run("systemctl reload haproxy; sleep 1")
    assert "DRAIN" not in states(node, "n2")
    healthy(lab, operator, spec)


def states(node: LabNode, server: str) -> set[str]:
    """How a balancer's machine takes a server, over all backends."""
    said = [
        line.removeprefix("show=").split()
        for line in node.run(POOL.command("show", SOCKET, DRAINED)).stdout.splitlines()
    ]
    return {status.partition("_")[0] for _, name, status, *_ in said if name == server}


def test_a_balancer_whose_haproxy_stays_away_hands_the_address_over(lab: Lab, operator: Operator, spec: Path) -> None:
    node = active(lab)
    with asking(lab, VIP) as asked, balancers.killed(node):
        takeover(lab, node)
    told("kill -9", asked)
    healthy(lab, operator, spec)


def test_a_balancer_without_power_hands_the_address_over(lab: Lab, operator: Operator, spec: Path) -> None:
    node = active(lab)
    with asking(lab, VIP) as asked, balancers.without_power(node):
        takeover(lab, node)
    told("power-off", asked)
    healthy(lab, operator, spec)


def test_a_balancer_whose_cable_is_unplugged_hands_the_address_over(lab: Lab, operator: Operator, spec: Path) -> None:
    node = active(lab)
    with asking(lab, VIP) as asked, faults.cut(node):
        takeover(lab, node)
        time.sleep(2)
    told("link cut", asked)
    healthy(lab, operator, spec)


def takeover(lab: Lab, gone: LabNode) -> None:
    """Wait until the other machine carries the address."""
    other = next(lab[node] for node in MACHINES.values() if node != gone.name)
    balancers.taken_over(other, VIP)


def told(what: str, asked: Asked) -> None:
    """Say the figure, and that answers came back."""
    print(f"{what}: no answer for {asked.gap_s:.2f} s")
    assert not asked.answers[-1][2].startswith("!")


def test_a_drill_measures_the_gap_and_brings_the_machine_back(lab: Lab, operator: Operator, spec: Path) -> None:
    was = active(lab)
    done = operator.run("balancer", "drill", spec, "--yes", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert MACHINES[said["stopped"]] == was.name
    assert MACHINES[said["took_over"]] == standby(lab).name or active(lab).name != was.name
    assert all(said["gaps_s"][port] > 0 for port in ("6443", "443"))
    assert was.run("systemctl is-active haproxy").stdout.strip() == "active"
    healthy(lab, operator, spec)


def test_a_pair_that_is_not_whole_is_not_drilled(lab: Lab, operator: Operator, spec: Path) -> None:
    other = standby(lab)
    other.run("systemctl stop keepalived")
    done = operator.run("balancer", "drill", spec, "--yes")
    other.run("systemctl start keepalived")
    assert done.returncode == 3
    assert "keepalived is inactive" in done.stderr
    healthy(lab, operator, spec)


def test_removed_it_leaves_files_and_packages_as_before(
    lab: Lab, operator: Operator, spec: Path, before: dict[str, str]
) -> None:
    done = operator.run("balancer", "remove", spec, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    for name, was in before.items():
        assert lab[name].run(balancers.TRACES).stdout == was
        assert not balancers.carries(lab[name], VIP)
