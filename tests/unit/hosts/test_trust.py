"""Host keys: unknown ones accepted once and together, changed ones never."""

import subprocess
from pathlib import Path

import asyncssh
import pytest

from tests.unit.hosts.site import Site
from wizard.errors import ChangedHostKey
from wizard.hosts.known_hosts import KnownHosts
from wizard.hosts.script import Script
from wizard.hosts.trust import accept, scan

TRUE = Script("true", "true")


async def test_a_scan_tells_known_unknown_changed_and_unreachable_apart(site: Site) -> None:
    await site.add("known")
    new = await site.add("new", known=False)
    changed = await site.add("changed", known=False)
    site.know(changed, asyncssh.generate_private_key("ssh-ed25519"))
    gone = await site.add("gone")
    gone.stop()
    names = ("known", "new", "changed", "gone")
    keys = {key.name: key for key in await scan([site.target(name) for name in names], at_once=2)}
    assert {name: key.verdict for name, key in keys.items()} == {
        "known": "known",
        "new": "unknown",
        "changed": "changed",
        "gone": "unreachable",
    }
    assert keys["new"].fingerprint == new.key.get_fingerprint()
    assert keys["new"].kind == "ssh-ed25519"
    assert changed.key.get_fingerprint() in keys["changed"].why
    assert "refused the connection" in keys["gone"].why
    assert not any(node.offered for node in site.nodes.values())


async def test_accepted_keys_let_the_wizard_in_and_are_not_written_twice(site: Site) -> None:
    await site.add("cp-1", known=False)
    site.known_hosts.write_text("# no line end")
    keys = await scan([site.target("cp-1")])
    assert accept(keys, site.known_hosts) == 1
    assert accept(keys, site.known_hosts) == 0
    assert len(site.known_hosts.read_text().splitlines()) == 2
    await site.wire(site.target("cp-1")).host("cp-1").run(TRUE, timeout_s=20)
    assert [key.verdict for key in await scan([site.target("cp-1")])] == ["known"]


async def test_a_new_file_of_known_keys_is_private(site: Site, tmp_path: Path) -> None:
    await site.add("cp-1", known=False)
    path = tmp_path / "new" / "known_hosts"
    assert accept(await scan([site.target("cp-1", known_hosts=path)]), path) == 1
    assert path.stat().st_mode & 0o777 == 0o600


async def test_nothing_accepts_a_changed_key(site: Site) -> None:
    node = await site.add("cp-1", known=False)
    shown = await scan([site.target("cp-1")])
    site.know(node, asyncssh.generate_private_key("ssh-ed25519"))
    before = site.known_hosts.read_text()
    assert accept(await scan([site.target("cp-1")]), site.known_hosts) == 0
    # Not even one that was unknown when it was shown, and has another key on record by now.
    assert accept(shown, site.known_hosts) == 0
    assert site.known_hosts.read_text() == before
    with pytest.raises(ChangedHostKey):
        await site.wire(site.target("cp-1")).host("cp-1").run(TRUE, timeout_s=20)


async def test_a_host_that_now_shows_another_kind_of_key_has_changed(site: Site) -> None:
    node = await site.add("cp-1", known=False)
    site.know(node, asyncssh.generate_private_key("ecdsa-sha2-nistp256"))
    assert [key.verdict for key in await scan([site.target("cp-1")])] == ["changed"]


async def test_a_key_that_is_on_record_for_the_address_alone_counts(site: Site) -> None:
    node = await site.add("cp-1", known=False)
    site.know(node, asyncssh.generate_private_key("ssh-ed25519"))
    assert [key.verdict for key in await scan([site.target("cp-1", address="localhost")])] == ["changed"]


async def test_a_host_certificate_of_a_known_authority_is_known(site: Site) -> None:
    authority = asyncssh.generate_private_key("ssh-ed25519")
    node = await site.add("cp-1", known=False)
    node.stop()
    certificate = authority.generate_host_certificate(node.key, "cp-1", principals=["127.0.0.1"])
    node.certificate = certificate
    await node.start()
    public = authority.export_public_key().decode()
    site.known_hosts.write_text(f"@cert-authority * {public}")
    assert [key.verdict for key in await scan([site.target("cp-1")])] == ["known"]
    await site.wire(site.target("cp-1")).host("cp-1").run(TRUE, timeout_s=20)
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    site.known_hosts.write_text(f"@cert-authority * {other}")
    assert [key.verdict for key in await scan([site.target("cp-1")])] == ["unknown"]


async def test_a_bastion_is_judged_before_what_lies_behind_it(site: Site) -> None:
    jump = await site.add("jump", known=False)
    await site.add("cp-1", known=False)
    behind = site.target("cp-1", bastion=site.target("jump"))
    first = await scan([behind])
    assert [(key.name, key.verdict) for key in first] == [("jump", "unknown"), ("cp-1", "unreachable")]
    assert "bastion jump" in first[1].why
    accept(first, site.known_hosts)
    second = await scan([behind])
    assert [(key.name, key.verdict) for key in second] == [("jump", "known"), ("cp-1", "unknown")]
    assert accept(second, site.known_hosts) == 1
    assert len(jump.logins) == 1


async def test_hashed_lines_are_known_too(site: Site) -> None:
    node = await site.add("cp-1")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", site.known_hosts], check=True, capture_output=True)  # noqa: ASYNC221
    assert "127.0.0.1" not in site.known_hosts.read_text()
    assert [key.verdict for key in await scan([site.target("cp-1")])] == ["known"]
    known = KnownHosts(site.known_hosts)
    known.refresh()
    assert [key.line for key in known.recorded("127.0.0.1", "", node.port)] == [1]
