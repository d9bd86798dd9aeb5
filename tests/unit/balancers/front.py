"""Specs with a balancer in front, as tests of several rooms want them."""

from wizard.spec.load import read_spec
from wizard.spec.models import Spec

HEAD = "apiVersion: rancher-wizard/v1\nname: prod\ndistribution: rke2\nversion: v1.34.2+rke2r1\n"


def front(*, servers: int = 3, agents: int = 2, v6: bool = False, more: str = "", **balancer: object) -> Spec:
    """Return a spec of so many nodes, with a pair of HAProxy before it; `balancer` changes its section."""
    net = "fd00:10::" if v6 else "10.0.0."
    nodes = [f"  - {{name: cp-{k}, address: '{net}1{k}', role: server}}" for k in range(1, servers + 1)]
    nodes += [f"  - {{name: w-{k}, address: '{net}2{k}', role: agent}}" for k in range(1, agents + 1)]
    section = {
        "kind": "haproxy",
        "nodes": [{"name": "lb-1", "address": f"{net}2"}, {"name": "lb-2", "address": f"{net}3"}],
        "vip": f"{net}9",
    } | balancer
    network = "network: {cluster_cidr: 'fd00:42::/56', service_cidr: 'fd00:43::/112'}\n" if v6 else ""
    text = "\n".join([HEAD + "nodes:", *nodes, f"balancer: {section}", network + more])
    return read_spec(text.encode(), name="cluster.yaml").spec
