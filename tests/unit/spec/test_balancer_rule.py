"""What a balancer may not be, told at its place in the file."""

import pytest

from tests.unit.rke2.conftest import HEAD
from wizard.errors import BadSpec
from wizard.spec.load import read_spec

NODES = """nodes:
  - {name: cp-1, address: 10.0.0.11, role: server}
  - {name: w-1, address: 10.0.0.21, role: agent}
"""
PAIR = "nodes: [{name: lb-1, address: 10.0.0.2}, {name: lb-2, address: 10.0.0.3}]"


def problems(balancer: str) -> str:
    with pytest.raises(BadSpec) as caught:
        read_spec(f"{HEAD}{NODES}balancer: {{{balancer}}}\n".encode(), name="c.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("balancer", "said"),
    [
        ("kind: haprox", "'haprox' is not a kind of balancer; one of haproxy, kube-vip, external"),
        ("kind: haproxy", "balancer.nodes: is empty"),
        (f"kind: haproxy, {PAIR}", "balancer.vip: is missing"),
        ("kind: haproxy, nodes: [{name: lb, address: 10.0.0.2}], vip: 10.0.0.9", "a second machine, or no vip"),
        (f"kind: external, {PAIR}", "are not used by external"),
        ("kind: kube-vip", "the address that kube-vip carries"),
        ("kind: haproxy, nodes: [{name: cp-1, address: 10.0.0.2}]", "'cp-1' is the name of another machine"),
        ("kind: haproxy, nodes: [{name: lb, address: 10.0.0.21}]", "'10.0.0.21' is an address of w-1 too"),
        (f"kind: haproxy, {PAIR}, vip: 10.0.0.3", "'10.0.0.3' is an address of lb-2 too"),
        (f"kind: haproxy, {PAIR}, vip: 10.43.0.9", "lies in service_cidr 10.43.0.0/16"),
        (f"kind: haproxy, {PAIR}, vip: fd00::9", "is IPv4, the vip is IPv6"),
        ("kind: kube-vip, vip: 10.0.0.9, mode: http", "http is not a mode of kube-vip"),
        (f"kind: haproxy, {PAIR}, vip: 10.0.0.9, mode: http", "balancer.hosts: is empty"),
        (f"kind: haproxy, {PAIR}, vip: 10.0.0.9, hosts: [a.example.com]", "is not read in mode tcp"),
        (f"kind: haproxy, {PAIR}, vip: 10.0.0.9, tls: {{key: k.pem}}", "stands without certificate"),
        (
            f"kind: haproxy, {PAIR}, vip: 10.0.0.9, mode: http, hosts: [a.example.com], "
            "clusters: [{name: dev, hosts: [a.example.com], nodes: [10.1.0.1]}]",
            "'a.example.com' leads to prod already",
        ),
        (f"kind: haproxy, {PAIR}, vip: 10.0.0.9, mode: http, hosts: ['a b.example.com']", "is not a host name"),
        (f"kind: haproxy, {PAIR}, vip: 10.0.0.9, mode: http, hosts: ['*.*.com']", "is not a host name"),
        (f"kind: haproxy, {PAIR}, vip: 10.0.0.9, interface: 'eth0 }} evil'", "is not the name of an interface"),
    ],
)
def test_what_can_not_work_is_refused_with_the_reason(balancer: str, said: str) -> None:
    assert said in problems(balancer)


def test_nodes_join_at_the_balancer() -> None:
    text = f"{HEAD}{NODES}balancer: {{kind: haproxy, {PAIR}, vip: 10.0.0.9}}\n"
    spec = read_spec(text.encode(), name="c.yaml").spec
    assert spec.registration_address == "10.0.0.9"
    assert "10.0.0.9" in spec.all_tls_sans
    assert [node.name for node in spec.ingress_nodes] == ["w-1"]
