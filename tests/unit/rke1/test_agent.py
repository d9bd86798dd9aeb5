"""Our own SSH agent opens what `rke` could not."""

import asyncio
import os
from pathlib import Path

import asyncssh
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.distros.rke1.agent import FAILURE, Answers, agent, load_keys
from wizard.errors import WizardError
from wizard.secret import Secret

PASSPHRASE = Secret("open sesame")


@pytest.fixture(params=["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256"])
def locked(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    key = asyncssh.generate_private_key(request.param)
    path = tmp_path / "id"
    path.write_bytes(key.export_private_key(passphrase=PASSPHRASE.reveal(), rounds=50))
    key.write_public_key(path.with_suffix(".pub"))
    return path


async def test_a_locked_key_logs_in_by_the_agent(locked: Path) -> None:
    asked: list[str] = []

    def note(process: asyncssh.SSHServerProcess[str]) -> None:
        asked.append(process.command or "")
        process.exit(0)

    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
        authorized_client_keys=str(locked.with_suffix(".pub")),
        process_factory=note,
    )
    async with server, agent(load_keys([locked, locked], PASSPHRASE)) as place:
        connection = await asyncssh.connect(
            "127.0.0.1",
            server.get_port(),
            agent_path=str(place),
            client_keys=(),
            known_hosts=None,
            config=None,
            username="x",
        )
        async with connection:
            await connection.run("docker version")
    assert asked == ["docker version"]
    assert not place.exists()


async def test_the_openssh_client_understands_it(locked: Path) -> None:
    async with agent(load_keys([locked], PASSPHRASE)) as place:
        assert place.parent.stat().st_mode & 0o777 == 0o700
        said = await asyncio.create_subprocess_exec(
            "ssh-add",
            "-L",
            env={"SSH_AUTH_SOCK": str(place), "PATH": os.environ["PATH"]},
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await said.communicate()
    assert out.split()[1] == locked.with_suffix(".pub").read_bytes().split()[1]


def test_a_key_that_does_not_open_is_named(locked: Path) -> None:
    with pytest.raises(WizardError, match=str(locked)) as refused:
        load_keys([locked], Secret("wrong"))
    assert "wrong" not in refused.value.message + refused.value.hint


@given(st.binary(max_size=300))
def test_whatever_is_asked_the_agent_answers(message: bytes) -> None:
    answer = Answers([KEY]).answer(message)
    assert answer[0] in (12, 14, FAILURE)


KEY = asyncssh.generate_private_key("ssh-ed25519")
