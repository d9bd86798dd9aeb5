"""Getting in: keys, host keys, and what is said when it does not work."""

import asyncio
import subprocess
from pathlib import Path

import asyncssh
import pytest

from tests.unit.hosts.site import Site
from wizard.errors import ChangedHostKey, LoginRefused, Unreachable, UntrustedHost
from wizard.hosts.script import Script
from wizard.hosts.target import Credentials, Target
from wizard.secret import Secret

TRUE = Script("true", "true")


async def reach(site: Site, target: Target, credentials: Credentials | None = None) -> None:
    await site.wire(target, credentials=credentials).host(target.name).run(TRUE, timeout_s=20)


async def test_an_unknown_host_key_is_never_accepted_by_itself(site: Site) -> None:
    node = await site.add("cp-1", known=False)
    with pytest.raises(UntrustedHost) as failure:
        await reach(site, site.target("cp-1"))
    assert node.key.get_fingerprint() in str(failure.value)
    assert failure.value.hint == "Run `rancher-wizard trust SPEC`."
    assert node.offered == 0


@pytest.mark.parametrize("text", [None, "", "# nothing\n", "garbage\n\xff\n"])
async def test_no_or_an_empty_known_hosts_file_does_not_switch_the_check_off(site: Site, text: str | None) -> None:
    await site.add("cp-1", known=False)
    if text is not None:
        site.known_hosts.write_bytes(text.encode("latin-1"))
    with pytest.raises(UntrustedHost):
        await reach(site, site.target("cp-1"))


async def test_asyncssh_is_never_told_to_skip_the_check(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    await site.add("cp-1")
    given: list[object] = []
    connect = asyncssh.connect

    def spy(*args: object, **options: object) -> object:
        given.append(options["known_hosts"])
        return connect(*args, **options)

    monkeypatch.setattr(asyncssh, "connect", spy)
    await reach(site, site.target("cp-1"))
    assert [type(known) for known in given] == [asyncssh.SSHKnownHosts]


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256"])
async def test_a_changed_host_key_stops_and_names_line_and_both_keys(site: Site, kind: str) -> None:
    node = await site.add("cp-1", known=False)
    old = asyncssh.generate_private_key(kind)
    site.known_hosts.write_text("# first line\nbroken\n")
    site.know(node, old)
    with pytest.raises(ChangedHostKey) as failure:
        await reach(site, site.target("cp-1"))
    said = str(failure.value)
    assert f"line 3 of {site.known_hosts}" in said
    assert old.get_fingerprint() in said
    # Of another kind it is not even shown: the two sides find no common algorithm.
    assert kind != "ssh-ed25519" or node.key.get_fingerprint() in said
    assert "by hand" in failure.value.hint
    assert "trust SPEC" not in failure.value.hint
    assert node.offered == 0


async def test_a_revoked_host_key_stops(site: Site) -> None:
    node = await site.add("cp-1")
    with site.known_hosts.open("a") as file:
        file.write(f"@revoked * {node.key.export_public_key().decode()}")
    with pytest.raises(ChangedHostKey, match="revoked"):
        await reach(site, site.target("cp-1"))


async def test_a_key_that_was_accepted_meanwhile_is_seen_without_a_new_wire(site: Site) -> None:
    node = await site.add("cp-1", known=False)
    host = site.wire(site.target("cp-1")).host("cp-1")
    with pytest.raises(UntrustedHost):
        await host.run(TRUE, timeout_s=20)
    site.know(node)
    await host.run(TRUE, timeout_s=20)


async def test_a_wrong_key_is_offered_once_and_refused(site: Site) -> None:
    node = await site.add("cp-1")
    node.allowed = asyncssh.generate_private_key("ssh-ed25519").convert_to_public()
    with pytest.raises(LoginRefused, match="accepted none of our keys") as failure:
        await reach(site, site.target("cp-1"))
    assert "ssh root@127.0.0.1" in failure.value.hint
    assert node.offered == 1


async def test_key_files_that_can_not_be_used_are_told_apart(site: Site, tmp_path: Path) -> None:
    node = await site.add("cp-1")
    locked, open_to_all, junk = tmp_path / "locked", tmp_path / "open", tmp_path / "junk"
    site.client_key.write_private_key(locked, "pkcs8-pem", passphrase="right")
    site.client_key.write_private_key(open_to_all)
    junk.write_text("junk")
    for path, mode in ((locked, 0o600), (open_to_all, 0o644), (junk, 0o600)):
        path.chmod(mode)
    wrong = Credentials(passphrase=Secret("wrong"))
    for key, credentials, what, hint in (
        (tmp_path / "none", None, "is missing", "existing private key"),
        (open_to_all, None, "others may read it (mode 0644)", f"chmod 600 {open_to_all}"),
        (locked, None, "is locked by a passphrase", "passphrase"),
        (locked, wrong, "does not open with this passphrase", "right passphrase"),
        (junk, None, "is no usable private key", "not its .pub"),
    ):
        with pytest.raises(LoginRefused) as failure:
            await reach(site, site.target("cp-1", key=key), credentials)
        assert what in str(failure.value)
        assert hint in failure.value.hint
    assert node.offered == 0
    await reach(site, site.target("cp-1", key=locked), Credentials(passphrase=Secret("right")))


async def test_a_key_is_read_once_for_all_hosts(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[object] = []
    load = asyncssh.load_keypairs
    monkeypatch.setattr(asyncssh, "load_keypairs", lambda paths, word: reads.append(paths) or load(paths, word))
    for name in ("a", "b", "c"):
        await site.add(name)
    wire = site.wire(*(site.target(name) for name in ("a", "b", "c")))
    await asyncio.gather(*(wire.host(name).run(TRUE, timeout_s=20) for name in ("a", "b", "c")))
    assert len(reads) == 1


async def listening(socket: str) -> asyncssh.SSHAgentClient:
    """Connect to an agent that is just starting."""
    while True:
        try:
            return await asyncssh.connect_agent(socket)
        except OSError:
            await asyncio.sleep(0)


async def test_the_agent_opens_what_a_locked_key_file_can_not(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = await site.add("cp-1")
    locked, socket = tmp_path / "locked", tmp_path / "agent"
    site.client_key.write_private_key(locked, "pkcs8-pem", passphrase="right")
    locked.chmod(0o600)
    site.client_key.write_public_key(tmp_path / "locked.pub")
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)  # noqa: ASYNC220
    try:
        client = await listening(str(socket))
        await client.add_keys([asyncssh.generate_private_key("ssh-ed25519"), site.client_key])
        client.close()
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        await reach(site, site.target("cp-1", key=locked, agent=True))
        assert node.offered <= 2
        await reach(site, site.target("cp-1", key=None, agent=True))
        with pytest.raises(LoginRefused):
            await reach(site, site.target("cp-1", key=locked, agent=False))
    finally:
        agent.terminate()
        agent.wait()


async def test_each_way_a_connection_fails_has_its_own_words(site: Site) -> None:
    async def hush(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def chat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n" * 2000)
        writer.close()

    async def said(**changes: object) -> str:
        with pytest.raises(Unreachable) as failure:
            await reach(site, site.target("cp-1", **changes))
        assert failure.value.hint
        return str(failure.value)

    servers = [await asyncio.start_server(serve, "127.0.0.1", 0) for serve in (hush, hang_up, chat)]
    silent, rude, web = (server.sockets[0].getsockname()[1] for server in servers)
    try:
        await site.add("cp-1")
        assert await said(address="no-such-host.invalid") == "cp-1: the name no-such-host.invalid can't be resolved"
        assert await said(port=1) == "cp-1: 127.0.0.1 port 1 refused the connection"
        assert "answers, but let nobody in within 0.2 s" in await said(port=silent, connect_timeout_s=0.2)
        assert "closed the connection before the login was done" in await said(port=rude)
        assert f"127.0.0.1 port {web}" in await said(port=web)
    finally:
        for server in servers:
            server.close()


async def test_two_hundred_hosts_are_connected_a_few_at_a_time(site: Site) -> None:
    node = await site.add("gate")
    names = [f"n{number}" for number in range(200)]
    targets = [site.target(name, port=node.port) for name in names]
    wire = site.wire(*targets, at_once=8)
    await asyncio.gather(*(wire.host(name).run(TRUE, timeout_s=120) for name in names))
    assert len(node.logins) == 200
    assert node.crowd <= 8
