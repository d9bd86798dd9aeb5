"""Real haproxy, keepalived and nginx over all that is written for them; and a pair with a virtual IP of IPv6."""

import time
from pathlib import Path

import pytest

from tests.lab import balancers, network
from tests.lab.balancers import asking
from tests.lab.lab import Lab
from tests.lab.machine import run
from tests.lab.nodes import LabNode
from tests.lab.operator import Operator
from tests.lab.specs import node
from tests.unit.balancers.golden import haproxy, keepalived, nginx
from wizard.balancers.keepalived.scripts import CONF

NODES = 3
NET6 = "fd00:77::"
VIP = f"{NET6}200"
PAIR = ("n1", "n2")


@pytest.fixture(scope="module")
def before(lab: Lab) -> dict[str, str]:
    """IPv6 beside the lab's own network, and what is on the machines before anything of ours is."""
    run("ip", "-n", network.JUMP, "addr", "add", f"{NET6}1/64", "dev", network.BRIDGE, "nodad")
    for number, name in enumerate(PAIR, 11):
        lab[name].run(f"ip addr add {NET6}{number}/64 dev eth0 nodad")
        balancers.offered(lab[name])
    return {name: lab[name].run(balancers.TRACES).stdout for name in PAIR}


@pytest.fixture(scope="module")
def spec(lab: Lab, operator: Operator, before: dict[str, str]) -> Path:
    """A pair that speaks IPv6 between each other and towards clients, in front of a server that only answers."""
    balancers.ingresses(lab["n3"], ports={6443: True})
    machines = [balancers.machine(name, internal_address=f"{NET6}{number}") for number, name in enumerate(PAIR, 11)]
    front = {"kind": "haproxy", "nodes": machines, "vip": VIP}
    path = lab.spec(nodes=[node("n3", "server")], registration=None, balancer=front, ingress="none")
    done = operator.run("balancer", "apply", path, "--yes", "--headless", "--output")
    assert done.returncode == 0, done.stdout + done.stderr
    return path


def test_a_virtual_ip_of_ipv6_is_carried_by_one_and_taken_over(lab: Lab, operator: Operator, spec: Path) -> None:
    was = balancers.carrier(*(lab[name] for name in PAIR), address=VIP)
    other = next(lab[name] for name in PAIR if name != was.name)
    with asking(lab, VIP) as asked:
        was.run("systemctl stop haproxy")
        balancers.taken_over(other, VIP)
        time.sleep(1)
    assert asked.answers[-1][2].startswith("HTTP/1.1 200")
    print(f"IPv6, haproxy stopped: no answer for {asked.gap_s:.2f} s")
    was.run("systemctl start haproxy; sleep 4")
    assert balancers.carrier(was, other, address=VIP) is other


def test_haproxy_takes_every_configuration_without_a_warning(lab: Lab, spec: Path) -> None:
    lab["n1"].run(
        "cd /root; openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=front -days 2 "
        "-keyout key -out crt 2>/dev/null; cat crt key >/etc/front.pem"
    )
    assert judged(lab["n1"], haproxy(), "haproxy -c -q -dW -f $file") == ""


def test_keepalived_takes_every_configuration(lab: Lab, spec: Path) -> None:
    # 2.2.7 ends itself by SIGTERM on a file with scripts: the product tries it without.
    (awk,) = [line.partition(' "$new"')[0] for line in CONF.text.splitlines() if line.startswith("awk ")]
    assert judged(lab["n1"], keepalived(), f"{awk} $file >/root/plain && keepalived -t -f /root/plain") == ""


def test_nginx_takes_every_configuration_of_the_hand_off(lab: Lab, spec: Path) -> None:
    balancers.offered(lab["n3"])
    lab["n3"].run("apt-get install -qq -y --no-install-recommends nginx libnginx-mod-stream 2>&1", timeout=120)
    assert judged(lab["n3"], nginx(), "nginx -q -t -c $file") == ""


def judged(node: LabNode, texts: dict[str, str], command: str) -> str:
    """Let a program judge each text; return what it said of any."""
    assert texts
    for name, text in texts.items():
        node.write(f"/root/try/{name}", text)
    tried = f'for file in /root/try/*; do {{ {command}; }} 2>&1 || echo "$file is refused"; done; rm -r /root/try'
    return str(node.run(tried, timeout=300).stdout)


def test_removed_it_leaves_files_and_packages_as_before(
    lab: Lab, operator: Operator, spec: Path, before: dict[str, str]
) -> None:
    done = operator.run("balancer", "remove", spec, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    for name, was in before.items():
        assert lab[name].run(balancers.TRACES).stdout == was
        assert not balancers.carries(lab[name], VIP)
