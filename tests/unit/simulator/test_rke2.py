"""RKE2 on a simulated site: it begins, is joined, and says what the real one says."""

import asyncio

from tests.unit.simulator.conftest import Simulate
from tests.unit.simulator.simulated import TOKEN, VERSION
from wizard.distros.rke2.reading import Reading

ELSEWHERE = "f" * 64


def _percent(role: str, text: str) -> int:
    reading = Reading(role)
    for line in text.splitlines():
        reading.take(line)
    return reading.percent


async def test_nothing_is_there_before_anything_was_done(simulate: Simulate) -> None:
    site = await simulate().open()
    state = await site.rke2("cp-1")
    assert not state.traces
    assert (state.version, state.units) == ("", {})
    assert (await site.run("cp-1", "node_ready", "cp-1", check=False)).exit_status == 127


async def test_the_first_server_comes_up(simulate: Simulate) -> None:
    site = await simulate().open()
    installed = await site.install("cp-1")
    assert any(f"using {VERSION} as release" in line for line in installed.lines)
    await site.configure("cp-1")
    assert await site.start("cp-1") == "started"
    await site.until("cp-1", "True")
    state = await site.rke2("cp-1")
    assert state.version == VERSION
    assert state.units["server"].active == "active"
    assert state.members["cp-1"].voter
    assert (await site.run("cp-1", "cluster_ca")).lines == (state.ca,)
    assert "server: https://127.0.0.1:6443" in "\n".join((await site.run("cp-1", "read_kubeconfig")).lines)
    assert _percent("server", site.said("cp-1")) == 95
    assert TOKEN not in site.said("cp-1")
    assert await site.start("cp-1") == "running"


async def test_servers_and_agents_join(simulate: Simulate) -> None:
    site = await simulate().open()
    await site.bring_up("cp-1", "cp-2", "worker-001")
    members = (await site.rke2("cp-2")).members
    assert {name: member.voter for name, member in members.items()} == {
        "cp-1": True,
        "cp-2": True,
        "worker-001": False,
    }
    assert _percent("server", site.said("cp-2")) == 95
    assert _percent("agent", site.said("worker-001")) == 95
    assert len({(await site.rke2(name)).ca for name in ("cp-1", "cp-2", "worker-001")}) == 1


async def test_of_two_servers_that_join_at_once_one_waits_for_the_other(simulate: Simulate) -> None:
    site = await simulate(speed=200).open()
    await site.bring_up("cp-1")
    for name in ("cp-2", "cp-3"):
        await site.install(name)
        await site.configure(name)
    await asyncio.gather(site.start("cp-2"), site.start("cp-3"))
    await asyncio.gather(site.until("cp-2", "True"), site.until("cp-3", "True"))
    said = [site.said(name) for name in ("cp-2", "cp-3")]
    assert sum("too many learner members in cluster" in each for each in said) == 1


async def test_an_agent_with_a_token_of_another_cluster_asks_for_ever(simulate: Simulate) -> None:
    site = await simulate().open()
    await site.bring_up("cp-1")
    await site.install("worker-001")
    await site.configure("worker-001", token=f"K10{ELSEWHERE}::node:x")
    await site.start("worker-001")
    while site.said("worker-001").count("token CA hash does not match the Cluster CA certificate hash") < 3:
        await site.site.clock.sleep(2)
    assert (await site.rke2("worker-001")).units["agent"].active == "activating"
    # Unit times count whole seconds: a file written within the second of the start would not look newer.
    site.site.nodes["worker-001"].units["rke2-agent"].started_s -= 5
    await site.configure("worker-001")
    assert await site.start("worker-001") == "restarted"
    await site.until("worker-001", "True")


async def test_a_server_with_a_wrong_password_falls_over_and_over(simulate: Simulate) -> None:
    site = await simulate().open()
    await site.bring_up("cp-1")
    await site.install("cp-2")
    ca = (await site.rke2("cp-1")).ca
    await site.configure("cp-2", token=f"K10{ca}::server:wrong")
    await site.start("cp-2")
    unit = site.site.nodes["cp-2"].units["rke2-server"]
    while unit.restarts < 2:
        await site.site.clock.sleep(5)
    assert "server-bootstrap: 401 Unauthorized" in site.said("cp-2")


async def test_nobody_answers_at_the_door_before_the_first_server_is_up(simulate: Simulate) -> None:
    site = await simulate().open()
    door = await site.run("worker-001", "seen_ca", "rke2.demo.test", "9345")
    assert door.lines[0].startswith("unreachable ")
    await site.bring_up("cp-1")
    ca = (await site.rke2("cp-1")).ca
    assert (await site.run("worker-001", "seen_ca", "rke2.demo.test", "9345")).lines == (f"ca {ca}",)


async def test_a_unit_that_is_not_installed_can_not_be_started(simulate: Simulate) -> None:
    site = await simulate().open()
    assert (await site.start("cp-1")).startswith("can not be enabled")
