"""Roles for nodes: odd servers spread over zones, with reasons, stable, and never against the operator."""

from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from wizard.design.draft import NodeChange
from wizard.design.nodes.entry import NodeEntry
from wizard.design.nodes.roles import Roles, propose
from wizard.design.nodes.to_spec import to_spec
from wizard.design.nodes.understand import understand
from wizard.hosts.facts import Facts, Mount
from wizard.spec.models import Node


@dataclass(frozen=True)
class Pool:
    role: str
    count: int
    cpus: int = 4
    memory_mib: int = 8192
    disk_gib: int = 40
    labels: dict[str, str] = field(default_factory=dict)
    taints: tuple[str, ...] = ()


SERVERS = Pool("server", 3, taints=("CriticalAddonsOnly=true:NoExecute",))
WORKERS = Pool("agent", 5)
GPUS = Pool("agent", 1, labels={"nvidia.com/gpu.present": "true"}, taints=("nvidia.com/gpu=true:NoSchedule",))
STRONG = Facts(cpus=8, memory_mib=15_900, mounts=(Mount("/", "xfs", 100_000, 90_000, ()),))
WEAK = Facts(cpus=2, memory_mib=3900, mounts=(Mount("/", "xfs", 20_000, 9_000, ()),))


def servers(roles: Roles) -> list[str]:
    return [key for key, one in roles.nodes.items() if one.role == "server"]


def listed(text: str) -> tuple[NodeEntry, ...]:
    return understand(text).entries


def test_servers_are_spread_over_zones() -> None:
    entries = listed("10.0.0.[1-4] zone=a\n10.0.0.[5-6] zone=b\n10.0.0.7 zone=c")
    roles = propose(entries, (SERVERS, WORKERS))
    assert servers(roles) == ["10.0.0.1", "10.0.0.5", "10.0.0.7"]
    assert roles.nodes["10.0.0.5"].reason == "server 2 of 3, the one in zone b"
    assert roles.nodes["10.0.0.1"].taints == SERVERS.taints
    assert not roles.notes


def test_two_zones_are_told_of() -> None:
    roles = propose(listed("10.0.0.[1-4] zone=a\n10.0.0.5 zone=b"), (SERVERS,))
    assert "two zones" in roles.notes[0]


def test_a_weak_machine_is_passed_over_while_there_are_others() -> None:
    entries = listed("10.0.0.[1-4]")
    facts = {"10.0.0.1": WEAK, "10.0.0.2": STRONG}
    roles = propose(entries, (SERVERS,), facts=facts)
    assert servers(roles) == ["10.0.0.2", "10.0.0.3", "10.0.0.4"]
    assert "2 CPUs of 4, 3.8 GiB of memory of 8, 19.5 GiB of disk at /var/lib/rancher of 40" in (
        roles.nodes["10.0.0.1"].reason
    )
    assert "8 CPUs, 15.5 GiB" in roles.nodes["10.0.0.2"].reason
    alone = propose(entries[:3], (SERVERS,), facts=facts)
    assert "though it has only" in alone.nodes["10.0.0.1"].reason


def test_a_machine_with_a_gpu_is_left_to_workloads() -> None:
    entries = listed("gpu-1\n10.0.0.[2-5]")
    facts = {"10.0.0.2": replace(STRONG, lists={"x.gpu": ("0x10de 0x030200",)})}
    roles = propose(entries, (SERVERS, WORKERS, GPUS), facts=facts)
    assert servers(roles) == ["10.0.0.3", "10.0.0.4", "10.0.0.5"]
    for key in ("gpu-1", "10.0.0.2"):
        assert roles.nodes[key].labels == GPUS.labels
        assert roles.nodes[key].taints == GPUS.taints
    console = propose(entries, (SERVERS,), facts={"10.0.0.2": replace(STRONG, lists={"x.gpu": ("0x1234 0x030000",)})})
    assert "10.0.0.2" in servers(console)


def test_gpu_nodes_that_are_missing_are_told_of() -> None:
    assert "1 GPU nodes, 0 are known" in propose(listed("10.0.0.[1-4]"), (SERVERS, GPUS)).notes[0]


def test_an_even_number_of_nodes_gives_an_odd_number_of_servers() -> None:
    roles = propose(listed("10.0.0.[1-2]"), (SERVERS,))
    assert servers(roles) == ["10.0.0.1"]
    assert "wants 3 servers, the list gives 1; add 2 nodes" in roles.notes[0]
    assert "odd number of servers" in roles.nodes["10.0.0.2"].reason


def test_what_the_operator_set_stays_even_where_it_is_unwise() -> None:
    entries = listed("10.0.0.1 agent\n10.0.0.[2-5]")
    changes = {f"10.0.0.{number}": NodeChange(role="server") for number in range(2, 6)}
    roles = propose(entries, (SERVERS,), changes=changes)
    assert len(servers(roles)) == 4
    assert "4 servers survive no more than 3" in roles.notes[0]
    assert roles.nodes["10.0.0.1"].reason == "as its line says"
    assert roles.nodes["10.0.0.2"].reason == "set by you"
    assert roles.nodes["10.0.0.2"].settled


NODES = st.lists(
    st.builds(
        NodeEntry,
        address=st.integers(1, 250).map("10.0.0.{}".format),
        zone=st.sampled_from([None, "a", "b", "c"]),
        role=st.sampled_from([None, None, None, "server", "agent"]),
    ),
    max_size=12,
    unique_by=lambda entry: entry.key,
)


@given(NODES, st.sampled_from([1, 3, 5]))
def test_proposed_servers_make_an_odd_number_where_they_can(entries: list[NodeEntry], wanted: int) -> None:
    roles = propose(entries, (replace(SERVERS, count=wanted),))
    settled = sum(entry.role == "server" for entry in entries)
    count = len(servers(roles))
    assert count == settled or (count % 2 == 1 and settled < count <= wanted)
    assert all(entry.role in (None, roles.nodes[entry.key].role) for entry in entries)
    assert all(one.reason for one in roles.nodes.values())


@given(NODES.filter(lambda entries: len(entries) > 5), st.sampled_from([None, "a", "b", "c"]))
def test_a_node_that_is_added_changes_no_role_once_its_zone_has_a_server(
    entries: list[NodeEntry], zone: str | None
) -> None:
    before = propose(entries, (SERVERS,))
    had = {entry.zone for entry in entries if before.nodes[entry.key].role == "server"}
    after = propose([*entries, NodeEntry("10.9.9.9", zone=zone)], (SERVERS,))
    if zone in had and before.servers >= SERVERS.count:
        assert {key: after.nodes[key].role for key in before.nodes} == {k: v.role for k, v in before.nodes.items()}


@given(NODES)
def test_every_list_gives_nodes_that_a_spec_takes(entries: list[NodeEntry]) -> None:
    nodes = [Node.model_validate({**node, "taints": tuple(node.get("taints", ()))}) for node in to_spec(entries, {})]
    assert len({node.name for node in nodes}) == len(nodes) == len(entries)


def test_a_spec_holds_what_was_said_and_what_is_proposed() -> None:
    entries = listed(
        'root@[fd00::1]:2222 CP_1 zone=a label.disk=nvme taint=a=b:NoSchedule internal_address="10.1.0.1,fd01::1"'
        "\n10.0.0.2\ncp-1.example.com\ncp-1.example.org"
    )
    nodes = to_spec(entries, {"10.0.0.2": NodeChange(name="cp-2", zone="b")}, pools=(SERVERS,))
    assert nodes == [
        {
            "name": "cp-1",
            "address": "fd00::1",
            "internal_address": "10.1.0.1,fd01::1",
            "role": "server",
            "zone": "a",
            "labels": {"disk": "nvme"},
            "taints": ["CriticalAddonsOnly=true:NoExecute", "a=b:NoSchedule"],
            "ssh": {"user": "root", "port": 2222},
        },
        {"name": "cp-2", "address": "10.0.0.2", "role": "server", "zone": "b", "taints": list(SERVERS.taints)},
        {"name": "cp-1.example.com", "address": "cp-1.example.com", "role": "server", "taints": list(SERVERS.taints)},
        {"name": "cp-1.example.org", "address": "cp-1.example.org", "role": "agent"},
    ]
