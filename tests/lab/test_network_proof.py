"""The network proof on real nodes: each fault of the network is found, named with its mend, and nothing else is."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.lab import faults
from tests.lab.lab import Lab
from tests.lab.operator import Operator
from tests.lab.operator import listing as watched
from wizard.checks.network.lease import LEASE_S, TIMES

NODES = 9
# Prints, as JSON, what a proof of the spec found; runs on the jump host.
PROVE = """
import asyncio, json, sys
from pathlib import Path
from wizard.checks.network.judge import judge
from wizard.checks.network.proof import Proof
from wizard.hosts.target import Credentials
from wizard.hosts.wire import Wire
from wizard.site import targets
from wizard.spec.load import load_spec

async def main():
    path = Path(sys.argv[1])
    spec = load_spec(path).spec
    wire = Wire(targets(spec, path.parent).values(), credentials=Credentials())
    try:
        proof = Proof(spec, wire.host, lease_s=int(sys.argv[2]))
        links = await proof.run()
    finally:
        await wire.close()
    found = judge(spec, links, proof.opened)
    print(json.dumps({
        "links": links.record(),
        "failures": {name: str(error) for name, error in proof.failures.items()},
        "findings": {name: [each.record() for each in each] for name, each in found.items()},
    }))

asyncio.run(main())
"""
LISTING = (
    "find /etc /run /usr /opt /var /root /home /tmp -xdev -not -path '/run/log/*' -not -path '/var/log/*' "
    "-not -path '/run/systemd/*' -not -path '/run/user*' -not -path '/run/credentials*' -not -path '/run/utmp' "
    "-not -path '/run/motd*' -printf '%p %m %u %s\\n' 2>/dev/null | sort; "
    # Units that are done with are forgotten by systemd when it pleases.
    "systemctl list-units --state=active,activating,failed --plain --no-legend --type=service,socket,timer | "
    "grep -v -e user- -e user@ | sort; "
    "ss -Hlntu | awk '{print $1, $5}' | sort; nft list ruleset; ip -o addr; ip route; dpkg -l | md5sum"
)
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def spec(lab: Lab) -> Path:
    return lab.spec(servers=3, agents=6)


def prove(lab: Lab, spec: Path, *, lease_s: int = LEASE_S) -> dict[str, Any]:
    done = lab.jump(sys.executable, "-c", PROVE, spec, str(lease_s), timeout=120, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert not found["failures"]
    return found


def bad(found: dict[str, Any]) -> dict[str, dict[str, dict[str, str]]]:
    """Return node → check → finding of what is not ok."""
    by_node = {
        node: {each["check"]: each for each in findings if each["verdict"] != "ok"}
        for node, findings in found["findings"].items()
    }
    return {node: findings for node, findings in by_node.items() if findings}


def listing(lab: Lab) -> dict[str, set[str]]:
    return {name: set(node.run(LISTING, timeout=120).stdout.splitlines()) for name, node in lab.nodes.items()}


def test_sound_nodes_are_proven_by_a_command_each_and_left_as_they_were(lab: Lab, spec: Path) -> None:
    prove(lab, spec)  # what the first login of all leaves behind is not ours
    before = listing(lab)
    found = prove(lab, spec)
    links = found["links"]
    print(f"{len(links['links'])} links of 9 nodes in {links['seconds']:.1f} s by {links['commands']} commands")
    assert bad(found) == {}
    # Where it takes long, leases are renewed by further ones.
    assert 3 * NODES <= links["commands"] <= NODES * (3 + links["seconds"] * TIMES // LEASE_S)
    asked = {(each["source"], each["target"]) for each in links["links"]} - {("jump host", f"n{k}") for k in (1, 2, 3)}
    assert len(asked) == NODES * (NODES - 1)
    assert {each["answer"] for each in links["links"]} == {"open"}
    after = listing(lab)
    assert {name: after[name] ^ before[name] for name in lab.nodes} == {name: set() for name in lab.nodes}


def test_a_port_dropped_one_way_is_named_with_its_rule(lab: Lab, spec: Path) -> None:
    with faults.drop(lab["n2"], 2380):
        found = bad(prove(lab, spec))
    assert set(found) == {"n2"}
    assert set(found["n2"]) == {"network.ports"}
    finding = found["n2"]["network.ports"]
    assert finding["verdict"] == "fail"
    assert "2380/tcp from n1 and n3: no answer, blocked by nftables on n2" in finding["saw"]
    assert "etcd peers" in finding["wanted"]
    assert finding["next_move"].startswith("On n2: nft delete rule netdev fault_")


@pytest.mark.parametrize("direction", ["in", "out"])
def test_udp_dropped_one_way_is_named_with_the_way(lab: Lab, spec: Path, direction: Any) -> None:
    with faults.drop(lab["n5"], 8472, proto="udp", direction=direction):
        found = bad(prove(lab, spec))
    assert set(found) == {"n5"}
    finding = found["n5"]["network.ports"]
    word = "from" if direction == "in" else "to"
    assert f"8472/udp {word} n1, n2, n3 and 5 others: none of 50 datagrams came through" in finding["saw"]
    assert finding["next_move"].startswith("On n5: nft delete rule netdev fault_")


def test_the_line_that_is_told_mends_it(lab: Lab, spec: Path) -> None:
    lab["n8"].run(
        "nft add table inet shut; nft add chain inet shut in '{ type filter hook input priority 0; policy drop; }'"
    )
    lab["n8"].run(
        "nft add rule inet shut in ct state established accept; nft add rule inet shut in tcp dport 22 accept"
    )
    lab["n8"].run("nft add rule inet shut in icmp type echo-request accept")
    try:
        found = bad(prove(lab, spec))
        assert set(found) == {"n8"}
        finding = found["n8"]["network.ports"]
        assert {"10250/tcp", "8472/udp"} <= set(finding["saw"].replace(";", " ").split())
        lab["n8"].run(finding["next_move"].removeprefix("On n8: "))
        assert bad(prove(lab, spec)) == {}
    finally:
        lab["n8"].run("nft delete table inet shut")


def test_a_port_in_use_counts_as_open_and_its_owner_is_named(lab: Lab, spec: Path) -> None:
    with faults.occupied_port(lab["n4"], 10250):
        found = prove(lab, spec)
    assert bad(found) == {}
    held = {each["said"] for each in found["links"]["links"] if each["answer"] == "in_use"}
    assert held == {"held by nc"}


@contextmanager
def narrow(lab: Lab, name: str, mtu: int) -> Iterator[None]:
    """Let a node's link carry no more than `mtu` bytes, and lose the rest without a word."""
    lab.jump("ip", "link", "set", name, "mtu", str(mtu))
    try:
        yield
    finally:
        lab.jump("ip", "link", "set", name, "mtu", "1500")


def test_a_narrow_link_is_named_with_what_comes_through(lab: Lab, spec: Path) -> None:
    with narrow(lab, "n6", 1400):
        found = bad(prove(lab, spec))
    assert {node: set(findings) for node, findings in found.items()} == {"n6": {"network.mtu"}}
    finding = found["n6"]["network.mtu"]
    assert finding["saw"].startswith("1400 bytes come through to and from n1, n2, n3 and 5 others")
    assert "MTU of 1500" in finding["next_move"]


def test_a_slow_way_between_etcd_members_is_named(lab: Lab, spec: Path) -> None:
    with faults.delay(lab["n2"], 30):
        found = bad(prove(lab, spec))
    assert {node: set(findings) for node, findings in found.items()} == {"n2": {"network.latency"}}
    finding = found["n2"]["network.latency"]
    assert "to and from n1 and n3" in finding["saw"]
    assert "between etcd members" in finding["wanted"]


def test_loss_is_named_with_the_node_it_is_at(lab: Lab, spec: Path) -> None:
    with faults.loss(lab["n7"], 5):
        found = bad(prove(lab, spec))
    assert {node: set(findings) for node, findings in found.items()} == {"n7": {"network.loss"}}
    finding = found["n7"]["network.loss"]
    assert 3 < float(finding["saw"].split(" %")[0]) < 20
    assert "numgen random" in finding["next_move"]


def test_the_command_line_refuses_and_tells_the_line_that_mends(lab: Lab, spec: Path, tmp_path: Path) -> None:
    operator = Operator(lab, tmp_path)
    with faults.drop(lab["n2"], 2380):
        done = operator.run("check", spec, "--only", "network")
    assert done.returncode == 3, done.stdout
    assert "n2: fail must network.ports: 2380/tcp from n1 and n3: no answer" in done.stdout
    assert "-> On n2: nft delete rule netdev fault_" in done.stdout


def test_bandwidth_is_measured_on_request_and_names_the_slow_card(lab: Lab, spec: Path, tmp_path: Path) -> None:
    lab["n4"].run("tc qdisc add dev eth0 root tbf rate 20mbit burst 32k latency 50ms")
    try:
        done = Operator(lab, tmp_path).run("check", spec, "--only", "network.bandwidth", "--bandwidth", "--json")
    finally:
        lab["n4"].run("tc qdisc del dev eth0 root")
    assert done.returncode == 0, done.stdout
    ways = {way["source"]: way["mbit_s"] for way in json.loads(done.stdout)["links"]["ways"] if way["mbit_s"]}
    assert set(ways) == set(lab.nodes)
    assert min(ways, key=ways.__getitem__) == "n4"
    assert 5 < ways["n4"] < 40


def test_listeners_outlast_their_lease_while_the_proof_goes_on(lab: Lab, spec: Path) -> None:
    found = prove(lab, spec, lease_s=3)
    assert bad(found) == {}
    assert {each["answer"] for each in found["links"]["links"]} == {"open"}
    assert found["links"]["seconds"] > 3
    assert found["links"]["commands"] > 3 * NODES


def listeners(lab: Lab) -> set[str]:
    """Return the nodes on which the proof listens."""
    unit = "systemctl is-active -q rancher-wizard-network && echo yes"
    return {name for name, node in lab.nodes.items() if node.run(unit, check=False).stdout}


def test_listeners_of_a_killed_proof_end_by_themselves(lab: Lab, spec: Path) -> None:
    before = listing(lab)
    proof = lab.jump_start(sys.executable, "-c", PROVE, spec, str(LEASE_S), stdout=subprocess.DEVNULL, cwd=ROOT)
    while len(listeners(lab)) < NODES:
        assert proof.poll() is None
    proof.kill()
    proof.wait()
    killed = time.monotonic()
    while listeners(lab):
        assert time.monotonic() < killed + 60
        time.sleep(1)
    print(f"no listener was left {time.monotonic() - killed:.0f} s after kill -9")
    after = listing(lab)
    assert {name: after[name] ^ before[name] for name in lab.nodes} == {name: set() for name in lab.nodes}


def test_services_of_a_running_cluster_count_as_open_and_go_on(lab: Lab, tmp_path: Path) -> None:
    operator = Operator(lab, tmp_path)
    spec = lab.spec(servers=3, agents=2)
    done = operator.apply(spec)
    assert done.returncode == 0, done.stdout
    before = watched(lab)
    found = prove(lab, spec)
    assert bad(found) == {}
    held = {(each["port"], each["answer"]) for each in found["links"]["links"] if each["target"] == "n1"}
    assert {(6443, "in_use"), (9345, "in_use"), (2379, "in_use"), (8472, "open")} <= held
    assert watched(lab) == before
