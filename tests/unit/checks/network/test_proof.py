"""The proof as a whole, against simulated nodes behind real SSH."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.checks.specs import spec
from wizard.checks.check import Check, machines
from wizard.checks.known import chosen
from wizard.checks.matrix import Matrix
from wizard.checks.network.lease import renewed
from wizard.checks.network.links import Links
from wizard.checks.network.proof import Proof
from wizard.checks.run import Preflight, prove
from wizard.errors import CommandFailed
from wizard.hosts.facts import probe
from wizard.hosts.output import Result
from wizard.hosts.script import Script
from wizard.hosts.target import Credentials
from wizard.hosts.wire import Wire
from wizard.simulator.process import start
from wizard.site import targets
from wizard.spec.load import load_spec
from wizard.spec.models import Spec

NETWORK = chosen(["network"])


async def checked(
    folder: Path,
    *,
    nodes: int = 5,
    fail: Mapping[str, str] | None = None,
    checks: tuple[Check, ...] = NETWORK,
    bandwidth: bool = False,
    balancers: bool = False,
) -> tuple[Spec, Matrix]:
    """Check a simulated site once; return its spec and all that was found."""
    simulation = start(folder, nodes=nodes, balancers=balancers, speed=100, seed=1, fail=dict(fail or {}))
    try:
        site = load_spec(simulation.spec).spec
        matrix = Matrix(machines(site), checks)
        wire = Wire(targets(site, folder).values(), credentials=Credentials())
        try:
            preflight = Preflight(site, checks, hosts=wire.host, look=probe, emit=matrix.apply, bandwidth=bandwidth)
            await preflight.run()
        finally:
            await wire.close()
    finally:
        simulation.close()
    return site, matrix


async def test_a_sound_site_is_proven_by_three_commands_a_node(tmp_path: Path) -> None:
    site, matrix = await checked(tmp_path)
    assert list(matrix.open()) == []
    assert matrix.links is not None
    assert matrix.links.commands == 3 * len(site.nodes)
    assert all(link.good for link in matrix.links.all())
    servers = {node.name for node in site.servers}
    some = {"network.jump_host": servers, "network.bandwidth": set(), "network.balancers": set()}
    for each in NETWORK:
        found = {node for node in matrix.nodes if matrix.finding(node, each.id)}
        assert found == some.get(each.id, set(matrix.nodes))


async def test_balancers_ask_the_servers_by_a_command_each(tmp_path: Path) -> None:
    site, matrix = await checked(tmp_path, balancers=True)
    assert list(matrix.open()) == []
    assert matrix.links is not None
    assert matrix.links.commands == 3 * len(site.nodes) + len(site.front)
    told = {node.name: matrix.finding(node.name, "network.balancers") for node in site.nodes}
    assert {name for name, each in told.items() if each} == {node.name for node in site.servers}
    front = " and ".join(machine.name for machine in site.front)
    assert {each.saw for each in told.values() if each} == {f"6443/tcp and 9345/tcp open from {front}"}
    asked = {(link.source, link.label) for link in matrix.links.all() if link.source in front}
    assert asked == {(machine.name, label) for machine in site.front for label in ("6443/tcp", "9345/tcp")}


async def test_bandwidth_is_measured_on_request_by_a_command_more(tmp_path: Path) -> None:
    site, matrix = await checked(tmp_path, bandwidth=True)
    assert matrix.links is not None
    assert matrix.links.commands == 4 * len(site.nodes)
    for node in matrix.nodes:
        finding = matrix.finding(node, "network.bandwidth")
        assert finding is not None
        assert finding.saw.startswith("9400 Mbit/s to ")


async def test_a_blocked_port_is_told_at_the_node_it_is_blocked_at(tmp_path: Path) -> None:
    _, matrix = await checked(tmp_path, fail={"worker-002": "network"})
    [(node, finding)] = matrix.open()
    assert (node, finding.check, finding.verdict) == ("worker-002", "network.ports", "fail")
    assert "8472/udp from cp-1, cp-2, cp-3 and worker-001: none of 50 datagrams came through" in finding.saw
    assert finding.next_move


async def test_what_was_found_survives_being_written_down(tmp_path: Path) -> None:
    _, matrix = await checked(tmp_path, nodes=3, fail={"cp-2": "network"})
    again = Matrix.of(matrix.record(), NETWORK)
    assert again.record() == matrix.record()
    assert again.links is not None
    assert len(again.links.blocked()) == 2
    assert again.links.worst("cp-1", "cp-2") == "filtered"
    assert again.links.of_roles()["server", "server"] == (7 * 6, 7 * 6 - 2)


async def test_a_site_of_one_node_has_nobody_to_ask(tmp_path: Path) -> None:
    _, matrix = await checked(tmp_path, nodes=1)
    assert list(matrix.open()) == []
    finding = matrix.finding("cp-1", "network.ports")
    assert finding is not None
    assert finding.saw == "no other node has to reach it"


async def test_a_node_that_was_mended_is_proven_again_alone(tmp_path: Path) -> None:
    simulation = start(tmp_path, nodes=5, speed=100, seed=1, fail={"worker-002": "network"})
    try:
        site = load_spec(simulation.spec).spec
        wire = Wire(targets(site, tmp_path).values(), credentials=Credentials())
        matrix = Matrix(tuple(node.name for node in site.nodes), NETWORK)
        preflight = Preflight(site, NETWORK, hosts=wire.host, look=probe, emit=matrix.apply)
        try:
            await preflight.run()
            assert [node for node, _ in matrix.open()] == ["worker-002"]
            asked = len(list(matrix.links.all())) if matrix.links else 0
            await preflight.run(nodes=["worker-002"], only=["network.ports"])
        finally:
            await wire.close()
    finally:
        simulation.close()
    assert list(matrix.open()) == []
    assert matrix.links is not None
    assert len(list(matrix.links.all())) == asked


async def test_a_large_site_is_sampled_and_says_so(tmp_path: Path) -> None:
    _, matrix = await checked(tmp_path, nodes=60)
    assert matrix.links is not None
    assert matrix.links.sampled.startswith("60 nodes make 3540 pairs: ")
    assert {name for pair in matrix.links.links for name in pair} >= set(matrix.nodes)
    assert list(matrix.open()) == []


async def test_leases_are_renewed_until_the_proof_ends_also_where_a_node_can_not_be_told() -> None:
    told: Counter[str] = Counter()
    often = asyncio.Event()

    async def renew(name: str) -> None:
        told[name] += 1
        if min(told["cp-1"], told["cp-2"]) >= 3:
            often.set()
        if name == "cp-1":
            raise CommandFailed("cp-1", "net_keep: no answer", exit_status=124)

    async with asyncio.timeout(60), renewed(lambda: ("cp-1", "cp-2"), renew, lease_s=0.01):
        await often.wait()
    ended = told.copy()
    await asyncio.sleep(0)
    assert told == ended


class Hostile:
    """A node that answers each command with what it likes, or not at all."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    async def run(self, script: Script, *args: str, stdin: bytes | None = None, timeout_s: float) -> Result:
        if not self._lines:
            raise CommandFailed("cp-1", f"{script.name}: no answer in {timeout_s:g} s", exit_status=124)
        return Result(0, tuple(self._lines))


ROLES = {"cp-1": "server", "worker-1": "agent"}
WORDS = st.sampled_from(
    [
        *("listens=6443/tcp", "listens=8472/udp", "busy=10250/tcp [bold]", "firewall=firewalld"),
        *("rule=inet filter input input policy drop", "listener=active", "heard=worker-1 8472 999999"),
        *("tcp cp-1 6443 0 took=1 said=", "tcp worker-1 10250 1 No route to host", "udp cp-1 8472 0 sent=x"),
        *("way cp-1 - 0", "way worker-1 - 0 sent=0 received=9 mtu=7"),
    ]
)


@given(st.lists(st.lists(WORDS | st.text()), min_size=2, max_size=2))
def test_what_nodes_answer_breaks_nothing_and_always_has_a_next_move(said: list[list[str]]) -> None:
    # At home: this machine asks the servers itself.
    nodes = [{"name": name, "address": "127.0.0.1", "role": role} for name, role in ROLES.items()]
    wanted = spec(nodes=nodes)
    hosts = dict(zip((node.name for node in wanted.nodes), map(Hostile, said), strict=True))
    proof = Proof(wanted, hosts.__getitem__, bandwidth=True)
    found = asyncio.run(prove(proof, among=hosts))
    assert set(found) == set(hosts)
    for finding in (finding for findings in found.values() for finding in findings):
        assert finding.saw
        assert finding.verdict == "ok" or finding.next_move
    assert Links.of(proof.links.record()).record() == proof.links.record()
