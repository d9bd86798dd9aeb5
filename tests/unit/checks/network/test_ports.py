"""Which ports hold for which spec."""

import pytest

from tests.unit.checks.specs import spec
from wizard.checks.network.port import answered_by, asked, rows
from wizard.profiles import profile


def test_a_server_answers_on_more_than_an_agent() -> None:
    made = spec()
    server, agent = made.nodes
    assert {"6443/tcp", "9345/tcp", "2379/tcp", "2380/tcp", "10250/tcp", "8472/udp"} <= set(answered_by(made, server))
    assert not {"6443/tcp", "2379/tcp"} & set(answered_by(made, agent))


@pytest.mark.parametrize(
    ("cni", "has", "has_not"),
    [("canal", "8472/udp", "4789/udp"), ("calico", "179/tcp", "8472/udp"), ("cilium", "4240/tcp", "9099/tcp")],
)
def test_each_network_plugin_has_ports_of_its_own(cni: str, has: str, has_not: str) -> None:
    made = spec(network={"cni": cni})
    labels = answered_by(made, made.nodes[1])
    assert has in labels
    assert has_not not in labels


def test_the_embedded_registry_has_a_port_only_where_it_is_asked_for() -> None:
    labels = {row.label for row in rows(spec(options={"server": {"embedded-registry": True}}))}
    assert labels - {row.label for row in rows(spec())} == {"5001/tcp"}


def test_only_servers_ask_etcd() -> None:
    made = spec()
    server, agent = made.nodes
    etcd = next(row for row in rows(made) if row.label == "2380/tcp")
    assert not etcd.asks(agent, server)
    assert etcd.asks(server, server)


def test_each_line_says_why_and_from_where() -> None:
    assert all(row["why"] and row["source"] and row["protocol"] in ("tcp", "udp") for row in profile("ports"))


def test_speakers_of_metallb_reach_each_other_where_there_is_metallb() -> None:
    pool = {"name": "apps", "addresses": ("10.9.0.0/24",)}
    labels = {row.label for row in rows(spec(metallb={"pools": (pool,)}))}
    assert labels - {row.label for row in rows(spec())} == {"7946/tcp", "7946/udp"}


def test_nodes_of_rke1_ask_by_what_runs_on_them_and_each_port_once() -> None:
    names = {"all": ["controlplane", "etcd", "worker"], "etcd": ["etcd"], "api": ["controlplane"], "work": ["worker"]}
    nodes = [
        {"name": name, "address": f"10.0.0.{octet}", "role": "agent" if name == "work" else "server", "roles": planes}
        for octet, (name, planes) in enumerate(names.items(), start=1)
    ]
    made = spec(distribution="rke1", version="v1.30.14-rancher1-1", nodes=nodes)
    table = rows(made)

    def labels(source: str, target: str) -> list[str]:
        return [row.label for row in asked(table, made.node(source), made.node(target)) if row.protocol == "tcp"]

    assert labels("all", "all") == ["6443/tcp", "2379/tcp", "2380/tcp", "10250/tcp"]
    assert labels("etcd", "api") == ["6443/tcp"]
    assert labels("api", "etcd") == ["2379/tcp", "10250/tcp"]
    assert labels("work", "etcd") == ["10250/tcp"]
    assert labels("work", "api") == ["6443/tcp", "10250/tcp"]
