"""A simulated site as a whole: repeatable, large, and gone when nobody needs it."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.simulator.conftest import Simulate
from wizard.errors import BadUsage
from wizard.rollout.survey import survey
from wizard.simulator.process import start
from wizard.spec.load import load_spec


def _same(facts: object) -> dict[str, object]:
    """What a probe says but the time of day."""
    return {
        name: getattr(facts, name)
        for name in facts.__dataclass_fields__  # type: ignore[attr-defined]
        if name not in ("clock_s", "clock_ahead_s", "uptime_s")
    }


async def test_the_same_seed_gives_the_same_machines(simulate: Simulate) -> None:
    one, two, other = [await simulate(seed=seed).open() for seed in (7, 7, 8)]
    names = list(one.site.nodes)
    first = [_same(await one.facts(name)) for name in names]
    assert first == [_same(await two.facts(name)) for name in names]
    assert first != [_same(await other.facts(name)) for name in names]


async def test_machines_differ_from_each_other(simulate: Simulate) -> None:
    site = await simulate(nodes=30).open()
    facts = [await site.facts(name) for name in site.site.nodes]
    assert len({each.machine_id for each in facts}) == 30
    assert len({each.os_id for each in facts}) > 2


async def test_the_same_seed_says_the_same_lines(simulate: Simulate) -> None:
    lines = []
    for _ in range(2):
        site = await simulate(nodes=1, servers=1, seed=3).open()
        await site.bring_up("cp-1")
        said = site.said("cp-1").splitlines()
        lines.append([line.split("level=")[1].split("@")[0] for line in said])
    shortest = min(map(len, lines))
    assert shortest > 100
    assert lines[0][:shortest] == lines[1][:shortest]


async def test_two_hundred_nodes_answer(simulate: Simulate) -> None:
    site = await simulate(nodes=200).open()
    found = await survey(list(site.site.nodes), site.host, lambda host: site.facts(host.name))
    assert len(found.facts) == 200
    assert not found.failures


def test_the_site_of_a_demo_is_described_by_a_spec_without_a_flaw(tmp_path: Path) -> None:
    simulation = start(tmp_path, nodes=300, speed=100, seed=2, fail={"worker-007": "install"})
    try:
        loaded = load_spec(simulation.spec)
    finally:
        simulation.close()
    assert not loaded.warnings
    assert [node.name for node in loaded.spec.servers] == ["cp-1", "cp-2", "cp-3"]
    assert loaded.spec.agents[-1].name == "worker-297"
    assert {node.zone for node in loaded.spec.nodes} == {"a", "b", "c"}
    for name in ("cluster.yaml", "known_hosts", "id_ed25519"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_a_single_node_is_a_site_too(tmp_path: Path) -> None:
    simulation = start(tmp_path, nodes=1, servers=1, speed=100, seed=2, fail={})
    simulation.close()
    assert not load_spec(simulation.spec).spec.agents


@pytest.mark.parametrize("fail", [{"worker-9": "install"}, {"cp-1": "instal"}])
def test_a_fault_that_can_not_happen_is_refused_at_once(tmp_path: Path, fail: dict[str, str]) -> None:
    with pytest.raises(BadUsage) as caught:
        start(tmp_path, nodes=4, speed=1, seed=1, fail=fail)
    assert caught.value.hint


def test_the_process_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "wizard.simulator", str(tmp_path)]
    options = {"nodes": 2, "servers": 1, "speed": 1, "seed": 1}
    command += [word for name, value in options.items() for word in (f"--{name}", str(value))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["ready"] is True
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 0


def test_closing_twice_is_no_mistake(tmp_path: Path) -> None:
    simulation = start(tmp_path, nodes=1, servers=1, speed=1, seed=1, fail={})
    simulation.close()
    simulation.close()
