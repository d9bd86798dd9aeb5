"""Through a bastion: one connection for all, from the target or from the ssh config."""

import asyncio
from pathlib import Path

import asyncssh
import pytest

from tests.unit.hosts.site import Site
from wizard.errors import LoginRefused, Unreachable, UntrustedHost
from wizard.hosts.script import Script

TRUE = Script("true", "true")
FIVE = [f"n{number}" for number in range(5)]


async def test_five_hosts_share_one_connection_to_their_bastion(site: Site) -> None:
    for name in ("jump", *FIVE):
        await site.add(name)
    jump = site.target("jump")
    wire = site.wire(*(site.target(name, bastion=jump) for name in FIVE), at_once=2)
    await asyncio.gather(*(wire.host(name).run(TRUE, timeout_s=60) for name in FIVE))
    assert len(site.nodes["jump"].logins) == 1
    assert site.nodes["jump"].tunnels == 5
    assert [len(site.nodes[name].logins) for name in FIVE] == [1] * 5


async def test_a_bastion_that_only_the_ssh_config_names_is_shared_too(site: Site, tmp_path: Path) -> None:
    for name in ("jump", *FIVE):
        await site.add(name)
    config = tmp_path / "config"
    hosts = "".join(f"Host {name}\n Hostname localhost\n Port {site.nodes[name].port}\n" for name in FIVE)
    config.write_text(
        f"Host gate\n Hostname 127.0.0.1\n Port {site.nodes['jump'].port}\n User hopper\n"
        f"{hosts}Host n?\n ProxyJump gate\n User wanderer\nHost *\n IdentityFile {site.key_path}\n RequestTTY force\n"
    )
    known = site.known_hosts.read_text()
    site.known_hosts.write_text(known + known.replace("127.0.0.1", "localhost"))
    options = {"config": config, "port": None, "user": None, "key": None, "sudo": "none"}
    wire = site.wire(*(site.target(name, address=name, **options) for name in FIVE))
    await asyncio.gather(*(wire.host(name).run(TRUE, timeout_s=60) for name in FIVE))
    assert site.nodes["jump"].logins == ["hopper"]
    assert site.nodes["n0"].logins == ["wanderer"]


async def test_what_the_target_says_wins_over_the_ssh_config(site: Site, tmp_path: Path) -> None:
    node = await site.add("cp-1")
    config = tmp_path / "config"
    config.write_text("Host *\n User nobody\n Port 1\n IdentityFile /no/such/key\n ServerAliveInterval 0\n")
    await site.wire(site.target("cp-1", config=config)).host("cp-1").run(TRUE, timeout_s=20)
    assert node.logins == ["root"]


async def test_without_a_config_the_one_in_the_home_is_not_read(site: Site, tmp_path: Path) -> None:
    await site.add("cp-1")
    folder = tmp_path / "home" / ".ssh"
    folder.mkdir()
    (folder / "config").write_text("Host *\n ProxyJump nowhere.invalid\n User nobody\n")
    await site.wire(site.target("cp-1", config=None)).host("cp-1").run(TRUE, timeout_s=20)


async def test_jump_hosts_in_a_circle_are_told_instead_of_followed(site: Site, tmp_path: Path) -> None:
    await site.add("cp-1")
    config = tmp_path / "config"
    config.write_text("Host *\n ProxyJump jump\n")
    with pytest.raises(Unreachable, match="in a circle"):
        await site.wire(site.target("cp-1", config=config)).host("cp-1").run(TRUE, timeout_s=20)


async def test_a_damaged_ssh_config_names_its_line(site: Site, tmp_path: Path) -> None:
    await site.add("cp-1")
    config = tmp_path / "config"
    config.write_text("Host *\n Port many\n")
    with pytest.raises(Unreachable, match="line 2"):
        await site.wire(site.target("cp-1", config=config, port=None)).host("cp-1").run(TRUE, timeout_s=20)


async def test_the_error_of_a_bastion_is_told_by_each_node_but_it_is_asked_once(site: Site) -> None:
    for name in ("jump", *FIVE):
        await site.add(name)
    site.nodes["jump"].allowed = asyncssh.generate_private_key("ssh-ed25519").convert_to_public()
    wire = site.wire(*(site.target(name, bastion=site.target("jump")) for name in FIVE))
    for name in FIVE:
        with pytest.raises(LoginRefused, match=f"{name}: bastion jump: .* accepted none of our keys"):
            await wire.host(name).run(TRUE, timeout_s=20)
    assert site.nodes["jump"].offered == 1


async def test_a_bastion_with_an_unknown_key_is_not_passed(site: Site) -> None:
    await site.add("jump", known=False)
    await site.add("cp-1")
    with pytest.raises(UntrustedHost, match="cp-1: bastion jump: "):
        await site.wire(site.target("cp-1", bastion=site.target("jump"))).host("cp-1").run(TRUE, timeout_s=20)


async def test_a_node_that_the_bastion_can_not_reach_is_told_as_such(site: Site) -> None:
    await site.add("jump")
    with pytest.raises(Unreachable, match=r"the bastion could not reach 127\.0\.0\.1 port 1"):
        await site.wire(site.target("cp-1", port=1, bastion=site.target("jump"))).host("cp-1").run(TRUE, timeout_s=20)


async def test_nodes_come_back_through_a_bastion_that_dropped(site: Site) -> None:
    for name in ("jump", *FIVE):
        await site.add(name)
    wire = site.wire(*(site.target(name, bastion=site.target("jump")) for name in FIVE))
    await asyncio.gather(*(wire.host(name).run(TRUE, timeout_s=60) for name in FIVE))
    for node in site.nodes.values():
        node.power_cut()
    await asyncio.gather(*(wire.host(name).close() for name in FIVE))
    await asyncio.gather(*(wire.host(name).reconnect(patience_s=60) for name in FIVE))
    await asyncio.gather(*(wire.host(name).run(TRUE, timeout_s=60) for name in FIVE))
    assert len(site.nodes["jump"].logins) == 2
