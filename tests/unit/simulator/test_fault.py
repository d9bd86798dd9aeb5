"""What `--fail NODE:STEP` does: once, as a real node would, and never again."""

import asyncio

import pytest

from tests.unit.simulator.conftest import Simulate
from wizard.distros.prepare.settings import LOAD_MODULES, LOAD_SYSCTL
from wizard.distros.rke2.state import CONFIG
from wizard.errors import CommandFailed, LinkLost
from wizard.hosts.script import Script, own_script
from wizard.hosts.upload import write_file

RECEIVE = own_script("receive_file")


async def test_modules_and_settings_fail_once(simulate: Simulate) -> None:
    site = await simulate(fail={"cp-1": "modules", "cp-2": "sysctl"}).open()
    first, second = site.host("cp-1"), site.host("cp-2")
    with pytest.raises(CommandFailed, match="br_netfilter not found in directory /lib/modules/"):
        await first.run(LOAD_MODULES, "br_netfilter", timeout_s=20)
    assert (await first.run(LOAD_MODULES, "br_netfilter", timeout_s=20)).lines == ("changed",)
    await write_file(second, "/etc/sysctl.d/90-rke2.conf", b"net.ipv4.ip_forward = 1\n")
    with pytest.raises(CommandFailed, match="Read-only file system"):
        await second.run(LOAD_SYSCTL, "/etc/sysctl.d/90-rke2.conf", timeout_s=20)
    assert (await second.run(LOAD_SYSCTL, "/etc/sysctl.d/90-rke2.conf", timeout_s=20)).lines == ("changed",)
    assert (await site.facts("cp-2")).sysctls["net.ipv4.ip_forward"] == "1"


async def test_only_the_file_of_the_step_can_not_be_written(simulate: Simulate) -> None:
    site = await simulate(fail={"cp-1": "configure"}).open()
    host = site.host("cp-1")
    assert await write_file(host, "/etc/other", b"x")
    with pytest.raises(CommandFailed, match="Read-only file system"):
        await write_file(host, CONFIG, b"x")
    assert await write_file(host, CONFIG, b"x")


async def test_the_disk_is_full_once(simulate: Simulate) -> None:
    site = await simulate(fail={"cp-1": "install", "cp-2": "artifacts"}).open()
    failed = await site.run("cp-1", "install_online", "v1", "server", "", "", check=False)
    assert failed.exit_status != 0
    assert "No space left on device" in failed.tail()
    assert (await site.install("cp-1")).exit_status == 0
    with pytest.raises(CommandFailed, match="No space left on device"):
        await site.host("cp-2").run(RECEIVE, "/x.part", "0", "1", stdin=b"x", timeout_s=20)
    await site.host("cp-2").run(RECEIVE, "/x.part", "0", "1", stdin=b"x", timeout_s=20)


async def test_the_door_leads_to_another_cluster_once(simulate: Simulate) -> None:
    site = await simulate(fail={"worker-001": "door"}).open()
    await site.bring_up("cp-1")
    seen = [(await site.run("worker-001", "seen_ca", "cp-1", "9345")).lines[0] for _ in range(2)]
    ca = (await site.rke2("cp-1")).ca
    assert seen[0].startswith("ca ")
    assert seen[0] != f"ca {ca}"
    assert seen[1] == f"ca {ca}"


async def test_a_node_of_another_cluster_is_free_at_the_second_look(simulate: Simulate) -> None:
    site = await simulate(fail={"worker-001": "claim"}).open()
    for _ in range(2):
        state = await site.rke2("worker-001")
        assert state.configured
        assert "rke2.elsewhere.test" in state.marker
    await site.take_lock()
    assert not (await site.rke2("worker-001")).traces


async def test_a_node_of_another_cluster_is_free_once_a_rollout_has_told_of_it(simulate: Simulate) -> None:
    site = await simulate(fail={"worker-001": "claim"}).open()
    await site.take_lock()
    await site.free_lock()
    assert not (await site.rke2("worker-001")).traces


async def test_a_cut_link_comes_back(simulate: Simulate) -> None:
    site = await simulate(speed=100, fail={"worker-001": "reach"}).open()
    host = site.host("worker-001")
    await site.facts("worker-001")
    await site.take_lock()
    with pytest.raises(LinkLost):
        await site.facts("worker-001")
    waits: list[str] = []
    await host.reconnect(patience_s=60, on_wait=waits.append)
    assert waits
    assert (await site.facts("worker-001")).hostname == "worker-001"


async def test_a_port_in_use_keeps_a_server_down_until_it_is_started_again(simulate: Simulate) -> None:
    site = await simulate(fail={"cp-1": "start"}).open()
    # Before, checks would find it, and nothing would start.
    assert not any(each.owner == "haproxy" for each in (await site.facts("cp-1")).listeners)
    await site.take_lock()
    assert any(each.owner == "haproxy" for each in (await site.facts("cp-1")).listeners)
    await site.install("cp-1")
    await site.configure("cp-1")
    await site.start("cp-1")
    while site.said("cp-1").count("bind: address already in use") < 3:
        await site.site.clock.sleep(5)
    assert (await site.rke2("cp-1")).units["server"].active == "activating"
    assert await site.start("cp-1") == "running"
    await site.until("cp-1", "True")
    assert not any(each.owner == "haproxy" for each in (await site.facts("cp-1")).listeners)


async def test_a_node_that_is_not_ready_becomes_so_once_it_is_looked_at_again(simulate: Simulate) -> None:
    site = await simulate(speed=100, fail={"cp-1": "ready"}).open()
    await site.take_lock()
    await site.install("cp-1")
    await site.configure("cp-1")
    await site.start("cp-1")
    await site.until("cp-1", "False")
    await asyncio.gather(*(site.until("cp-1", "False") for _ in range(3)))
    await site.facts("cp-1")
    await site.until("cp-1", "True")


async def test_other_nodes_know_nothing_of_a_fault(simulate: Simulate) -> None:
    site = await simulate(fail={"cp-2": "modules"}).open()
    assert (await site.host("cp-1").run(LOAD_MODULES, "br_netfilter", timeout_s=20)).lines == ("changed",)
    assert (await site.host("cp-1").run(Script("etcd_user", ""), timeout_s=20)).lines == ("changed",)
