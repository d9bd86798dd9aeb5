"""The proof as a whole, against simulated nodes behind real SSH."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from wizard.checks.check import Check
from wizard.checks.known import chosen
from wizard.checks.matrix import Matrix
from wizard.checks.run import Preflight
from wizard.hosts.facts import probe
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
) -> tuple[Spec, Matrix]:
    """Check a simulated site once; return its spec and all that was found."""
    simulation = start(folder, nodes=nodes, speed=100, seed=1, fail=dict(fail or {}))
    try:
        spec = load_spec(simulation.spec).spec
        matrix = Matrix(tuple(node.name for node in spec.nodes), checks)
        wire = Wire(targets(spec, folder).values(), credentials=Credentials())
        try:
            preflight = Preflight(spec, checks, hosts=wire.host, look=probe, emit=matrix.apply, bandwidth=bandwidth)
            await preflight.run()
        finally:
            await wire.close()
    finally:
        simulation.close()
    return spec, matrix


async def test_a_sound_site_is_proven_by_three_commands_a_node(tmp_path: Path) -> None:
    spec, matrix = await checked(tmp_path)
    assert list(matrix.open()) == []
    assert matrix.links is not None
    assert matrix.links.commands == 3 * len(spec.nodes)
    assert all(link.good for link in matrix.links.all())
    some = {"network.jump_host": {node.name for node in spec.servers}, "network.bandwidth": set()}
    for each in NETWORK:
        found = {node for node in matrix.nodes if matrix.finding(node, each.id)}
        assert found == some.get(each.id, set(matrix.nodes))


async def test_bandwidth_is_measured_on_request_by_a_command_more(tmp_path: Path) -> None:
    spec, matrix = await checked(tmp_path, bandwidth=True)
    assert matrix.links is not None
    assert matrix.links.commands == 4 * len(spec.nodes)
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


@pytest.mark.parametrize("count", [60])
async def test_a_large_site_is_sampled_and_says_so(tmp_path: Path, count: int) -> None:
    _, matrix = await checked(tmp_path, nodes=count)
    assert matrix.links is not None
    assert matrix.links.sampled.startswith("60 nodes make 3540 pairs: ")
    assert {name for pair in matrix.links.links for name in pair} >= set(matrix.nodes)
    assert list(matrix.open()) == []
