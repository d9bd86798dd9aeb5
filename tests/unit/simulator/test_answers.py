"""What a simulated node answers, and what it refuses."""

from pathlib import Path

import asyncssh
import pytest

import wizard
from tests.unit.simulator.conftest import Simulate
from wizard.hosts.script import Script
from wizard.hosts.upload import send_file, sha256_of, write_file
from wizard.rollout.lock import REMOTE_LOCK
from wizard.simulator.answers import HANDLERS
from wizard.simulator.command import read_command

PARTS = {
    "devices",
    "drained",
    "install",
    "keep",
    "place",
    "platform",
    "rke1_traces",
}  # of other scripts: never run on their own


def test_every_script_of_the_product_has_an_answer() -> None:
    scripts = {path.stem for path in Path(wizard.__file__).parent.rglob("scripts/*.sh")}
    assert scripts
    assert scripts - PARTS <= HANDLERS.keys()


async def test_an_unknown_script_is_not_found(simulate: Simulate) -> None:
    site = await simulate().open()
    result = await site.host("cp-1").run(Script("no_such_script", "true"), timeout_s=20, check=False)
    assert result.exit_status == 127
    assert "no_such_script: not simulated" in result.errors[0]


@pytest.mark.parametrize(
    "command",
    [
        "rm -rf /",
        "touch {mark}",
        "sh -c 'touch {mark}'",
        "sh -c 'touch {mark}' rw:../../probe",
        "sh -c true rw:probe; touch {mark}",
        "env LC_ALL=C sh -c true 'rw:write_file\ntouch {mark}'",
        "sh -c $(touch {mark}) rw:$(touch {mark})",
        "sh -c 'unclosed rw:probe",
        "`touch {mark}`",
        "",
    ],
)
async def test_hostile_text_is_refused_and_runs_nothing(simulate: Simulate, tmp_path: Path, command: str) -> None:
    site = await simulate(nodes=1).open()
    mark = tmp_path / "mark"
    result = await site.raw("cp-1", command.format(mark=mark)) if command else None
    assert result is None or result.exit_status == 127
    assert not mark.exists()


async def test_a_shell_is_refused(simulate: Simulate) -> None:
    site = await simulate(nodes=1).open()
    address = site.site.nodes["cp-1"].address
    async with asyncssh.connect(
        address,
        site.doors.port,
        username="root",
        client_keys=[str(site.key)],
        known_hosts=str(site.known_hosts),
        config=None,
    ) as connection:
        assert (await connection.run(stdin=asyncssh.DEVNULL)).exit_status == 127


@pytest.mark.parametrize("user", ["root", "admin"])
async def test_only_root_with_the_sites_key_gets_in(simulate: Simulate, tmp_path: Path, user: str) -> None:
    site = await simulate(nodes=1).open()
    stranger = asyncssh.generate_private_key("ssh-ed25519")
    with pytest.raises(asyncssh.PermissionDenied):
        await asyncssh.connect(
            site.site.nodes["cp-1"].address,
            site.doors.port,
            username=user,
            client_keys=[stranger if user == "root" else str(site.key)],
            known_hosts=str(site.known_hosts),
            config=None,
        )


def test_commands_are_read_behind_sudo_and_environment() -> None:
    script = Script("write_file", "cat >\"$1\"; echo 'it''s'")
    for prefix in ("", "env LC_ALL=C PATH=/bin ", "sudo -n -- env LC_ALL=C "):
        command = read_command(prefix + script.command("/etc/a b", "$(id)", "'\n\""))
        assert command is not None
        assert (command.name, command.text) == ("write_file", script.text)
        assert command.args == ("/etc/a b", "$(id)", "'\n\"")
    assert read_command("sudo -n true") is not None


async def test_a_file_is_written_once(simulate: Simulate) -> None:
    site = await simulate(nodes=1).open()
    host = site.host("cp-1")
    assert await write_file(host, "/etc/x/y.conf", b"one\n")
    assert not await write_file(host, "/etc/x/y.conf", b"one\n")
    assert await write_file(host, "/etc/x/y.conf", b"two\n", mode=0o600)
    fact = (await site.facts("cp-1", "/etc/x/y.conf", "/etc/none")).files["/etc/x/y.conf"]
    assert (fact.mode, fact.owner) == (0o600, "root:root")
    assert not (await site.facts("cp-1", "/etc/none")).files


async def test_a_large_file_is_sent_in_pieces_and_only_once(simulate: Simulate, tmp_path: Path) -> None:
    site = await simulate(nodes=1).open()
    source = tmp_path / "images.tar.zst"
    source.write_bytes(b"0123456789" * 900_000)
    seen: list[int] = []
    dest = "/var/lib/rancher/rke2/agent/images/rke2-images.linux-amd64.tar.zst"
    digest = await sha256_of(source)
    host = site.host("cp-1")
    assert await send_file(host, source, dest, sha256=digest, on_progress=lambda done, _: seen.append(done))
    assert len(seen) > 1
    assert not await send_file(host, source, dest, sha256=digest)
    assert (await site.rke2("cp-1")).images == {"rke2-images.linux-amd64.tar.zst": 9_000_000}


async def test_the_lock_is_held_by_one(simulate: Simulate) -> None:
    site = await simulate(nodes=1).open()
    host = site.host("cp-1")
    await site.take_lock()
    other = await host.run(REMOTE_LOCK, "take", "you", "you since then", "600", timeout_s=20)
    assert other.lines[0] == "me since now"
    assert (await host.run(REMOTE_LOCK, "take", "you", "you since then", "0", timeout_s=20)).lines == ("taken",)
    assert (await host.run(REMOTE_LOCK, "free", "you", "", "600", timeout_s=20)).lines == ("freed",)
