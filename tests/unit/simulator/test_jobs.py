"""Long work and units followed on a simulated node, by the product's own code."""

import asyncio

import pytest

from tests.unit.simulator.conftest import Simulate
from tests.unit.simulator.simulated import VERSION, Simulated
from wizard.distros.rke2.install_release import JOB, ONLINE
from wizard.errors import CommandFailed, LinkLost
from wizard.hosts.jobs import follow_unit, run_job
from wizard.hosts.script import Script


async def _install(site: Simulated, name: str, heard: list[str]) -> int:
    host = site.host(name)
    return await run_job(host, JOB, ONLINE, VERSION, "server", "", "", timeout_s=60, on_line=heard.append)


async def test_a_job_is_heard_to_its_end_and_leaves_nothing(simulate: Simulate) -> None:
    site = await simulate(nodes=1).open()
    heard: list[str] = []
    assert await _install(site, "cp-1", heard) == 0
    assert heard[0].startswith("[INFO]  fetching")
    assert heard[-1].startswith("[INFO]  unpacking")
    assert (await site.rke2("cp-1")).version == VERSION
    node = site.site.nodes["cp-1"]
    assert not node.jobs
    assert JOB not in node.units


async def test_a_full_disk_fails_the_job_once(simulate: Simulate) -> None:
    site = await simulate(nodes=1, fail={"cp-1": "install"}).open()
    heard: list[str] = []
    assert await _install(site, "cp-1", heard) == 2
    assert "No space left on device" in "\n".join(heard)
    assert await _install(site, "cp-1", heard) == 0


async def test_a_job_goes_on_without_its_link_and_is_found_again(simulate: Simulate) -> None:
    site = await simulate(nodes=1, speed=10).open()
    heard: list[str] = []
    first = asyncio.create_task(_install(site, "cp-1", heard))
    while not heard:
        await asyncio.sleep(0)
    site.doors.drop(site.site.nodes["cp-1"])
    try:
        await first
    except LinkLost:
        assert await _install(site, "cp-1", heard) == 0
    assert len(heard) == len(set(heard)) == 6


async def test_another_job_under_the_same_name_is_told_apart(simulate: Simulate) -> None:
    site = await simulate(nodes=1, speed=10).open()
    host, heard = site.host("cp-1"), list[str]()
    first = asyncio.create_task(_install(site, "cp-1", heard))
    while not heard:
        await asyncio.sleep(0)
    with pytest.raises(CommandFailed, match="another job"):
        await run_job(host, JOB, ONLINE, "v1.0.0+rke2r1", "server", "", "", timeout_s=60)
    assert await first == 0


async def test_a_job_that_nobody_knows_is_not_found(simulate: Simulate) -> None:
    site = await simulate(nodes=1).open()
    assert await run_job(site.host("cp-1"), JOB, Script("nobody", "true"), timeout_s=20) == 127


async def test_a_start_is_followed_line_by_line_until_it_is_up(simulate: Simulate) -> None:
    site = await simulate(nodes=1, speed=500).open()
    await site.install("cp-1")
    await site.configure("cp-1")
    did, cursor = (await site.run("cp-1", "start_unit", "rke2-server", "")).lines
    assert did == "started"
    heard: list[str] = []
    state = await follow_unit(site.host("cp-1"), "rke2-server", cursor=cursor, wait_s=20, on_line=heard.append)
    while state.active != "active":
        state = await follow_unit(
            site.host("cp-1"), "rke2-server", cursor=state.cursor, wait_s=20, on_line=heard.append
        )
    assert any("rke2 is up and running" in line for line in heard)
    assert heard == site.said("cp-1").splitlines()[: len(heard)]


async def test_nothing_new_is_nothing_said(simulate: Simulate) -> None:
    site = await simulate(nodes=1).open()
    heard: list[str] = []
    state = await follow_unit(site.host("cp-1"), "rke2-server", cursor="", wait_s=0, on_line=heard.append)
    assert (state.active, heard) == ("inactive", [])
