"""What each command about a running cluster says, and how it ends, where hosts can't be asked."""

import asyncio
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncssh
import pytest

from tests.unit.hosts.site import Site
from wizard.cli.main import main
from wizard.simulator.process import start

SPEC = """\
apiVersion: rancher-wizard/v1
name: prod
distribution: rke2
version: v1.34.2+rke2r1
ssh: {{user: ops, port: {port}, key: id, agent: false, config: ssh_config, known_hosts: known_hosts}}
nodes:
  - {{name: cp-1, address: 10.0.0.11, role: server}}
  - {{name: cp-2, address: 10.0.0.12, role: server}}
  - {{name: cp-3, address: 10.0.0.13, role: server}}
  - {{name: w-1, address: 10.0.0.21, role: agent}}
balancer:
  kind: haproxy
  vip: 10.0.0.9
  nodes:
    - {{name: lb-1, address: 10.0.0.7}}
    - {{name: lb-2, address: 10.0.0.8}}
rancher: {{version: 2.13.3, hostname: rancher.example.com}}
etcd: {{snapshots: {{s3: {{bucket: prod}}}}}}
"""
SERVERS, PAIR = ("cp-1", "cp-2", "cp-3"), ("lb-1", "lb-2")
NODES = (*SERVERS, "w-1")
GO = ("--yes", "--headless")

LOOKS = [
    (("snapshot", "list"), 1, SERVERS),
    (("snapshot", "schedule"), 1, SERVERS),
    (("snapshot", "s3"), 1, SERVERS),
    (("restore", "--list"), 1, SERVERS),
    (("certs", "list"), 1, NODES),
    (("secrets-encryption", "status"), 1, SERVERS),
    (("status", "--headless"), 1, (*NODES, *PAIR)),
    (("drift",), 1, NODES),
    (("support",), 1, (*NODES, *PAIR)),
    (("balancer", "status"), 1, PAIR),
    (("balancer", "drill", "--yes"), 3, PAIR),
    (("rancher", "status"), 1, SERVERS),
    (("upgrade", "plan"), 3, SERVERS),
]
"""Commands that change nothing, how each ends where nobody answers, and the hosts that it has to name."""

ROLLOUTS = [
    (("snapshot", "save", *GO), SERVERS),
    (("snapshot", "fetch", "one", *GO), SERVERS),
    (("snapshot", "prune", "--keep", "1", *GO), SERVERS),
    (("snapshot", "schedule", "--retention", "7", *GO), SERVERS),
    (("certs", "rotate", *GO), SERVERS),
    (("token", "rotate", *GO), SERVERS),
    (("secrets-encryption", "rotate", *GO), SERVERS),
    (("nodes", "remove", "w-1", *GO), ("w-1",)),
    (("nodes", "replace", "w-1", *GO), ("w-1",)),
    (("remove", "--confirm", "prod", "--headless"), NODES),
    (("restore", "--confirm", "prod", "--headless"), SERVERS),
    (("upgrade", "check"), SERVERS),
    (("upgrade", "apply", *GO), SERVERS),
    (("upgrade", "back", "w-1", *GO), ("w-1",)),
]
"""Commands that would begin something: none does."""


def named_by(each: object) -> str:
    """What a row of the tables is called: its command."""
    return " ".join(each) if isinstance(each, tuple) else ""


@dataclass(frozen=True)
class Away:
    """Why no host can be asked: what has to be said of it, and what to do."""

    spec: Path
    seen: str
    move: str


SEEN = {
    "off": ("refused the connection", "Start sshd there"),
    "another key": ("has CHANGED", "ask the host's administrator"),
    "no login": ("accepted none of our keys", "name `ssh.user` and `ssh.key`"),
    "no sudo": ("sudo asks ops for a password", "Set `ssh.sudo: password`"),
}


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Away]]:
    """One spec a reason; all of its hosts are one and the same sshd that has it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    sites: list[Site] = []

    async def stand(kind: str, folder: Path) -> int:
        site = Site(folder)
        sites.append(site)
        node = await site.add(kind)
        key = asyncssh.generate_private_key("ssh-ed25519") if kind == "another key" else node.key
        site.known_hosts.write_text(f"* {key.export_public_key().decode()}")
        if kind == "no login":
            node.allowed = asyncssh.generate_private_key("ssh-ed25519").convert_to_public()
        node.rewrite = lambda command: "echo 'sudo: a password is required' >&2; exit 1"
        if kind == "off":
            node.stop()
        return node.port

    found = {}
    for kind, (seen, move) in SEEN.items():
        folder = tmp_path_factory.mktemp(kind.replace(" ", "-"))
        port = asyncio.run_coroutine_threadsafe(stand(kind, folder), loop).result(30)
        (folder / "ssh_config").write_text("Host *\n  HostName 127.0.0.1\n")
        (folder / "cluster.yaml").write_text(SPEC.format(port=port))
        found[kind] = Away(folder / "cluster.yaml", seen, move)
    yield found
    for site in sites:
        asyncio.run_coroutine_threadsafe(site.close(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(30)
    loop.close()


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Said":
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return Said(capsys)


@dataclass(frozen=True)
class Said:
    """Runs a command and returns how it ended, and all that it said."""

    capsys: pytest.CaptureFixture[str]

    def by(self, spec: Path, words: tuple[str, ...]) -> tuple[int, str]:
        verbs = 1 if words[0] in ("status", "drift", "support", "remove", "restore") else 2
        code = main([*words[:verbs], str(spec), *words[verbs:]])
        out, err = self.capsys.readouterr()
        return code, out + err


@pytest.mark.parametrize("kind", SEEN)
@pytest.mark.parametrize(("words", "code", "named"), LOOKS, ids=named_by)
def test_a_look_at_hosts_that_do_not_answer_fails_and_names_them(
    away: dict[str, Away], said: Said, kind: str, words: tuple[str, ...], code: int, named: tuple[str, ...]
) -> None:
    ended, text = said.by(away[kind].spec, words)
    assert ended == code, text
    for name in named:
        assert re.search(f"{name}[^\n]*{re.escape(away[kind].seen)}", text), text
    assert "-> " in text
    if words[0] not in ("balancer", "rancher"):
        assert away[kind].move in text


@pytest.mark.parametrize("kind", SEEN)
@pytest.mark.parametrize(("words", "named"), ROLLOUTS, ids=named_by)
def test_nothing_is_begun_on_hosts_that_do_not_answer(
    away: dict[str, Away], said: Said, kind: str, words: tuple[str, ...], named: tuple[str, ...]
) -> None:
    before = away[kind].spec.read_text()
    ended, text = said.by(away[kind].spec, words)
    assert ended == 3, text
    for name in named:
        assert re.search(f"{name}[^\n]*{re.escape(away[kind].seen)}", text), text
    assert away[kind].move in text
    assert away[kind].spec.read_text() == before


@pytest.fixture(scope="module")
def partly(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A spec of a simulated cluster that runs, in which one server has moved to where nothing answers."""
    folder = tmp_path_factory.mktemp("partly")
    simulation = start(folder, nodes=4, servers=3, speed=1000, seed=1, fail={})
    text = simulation.spec.read_text()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        assert main(["apply", str(simulation.spec), *GO]) == 0
        simulation.spec.write_text(text.replace("address: 127.71.0.1,", "address: 127.71.9.1,"))
        yield simulation.spec
    simulation.close()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("snapshot", "list"), 4),
        (("restore", "--list"), 4),
        (("snapshot", "schedule"), 1),
        (("snapshot", "fetch", "one", *GO), 3),
        (("snapshot", "prune", "--keep", "1", *GO), 3),
        (("certs", "list"), 1),
        (("certs", "rotate", *GO), 3),
        (("secrets-encryption", "status"), 1),
        (("token", "rotate", *GO), 3),
        (("status", "--headless"), 1),
        (("drift",), 1),
        (("support",), 4),
        (("upgrade", "plan"), 3),
        (("remove", "--confirm", "demo", "--headless"), 3),
        (("restore", "--data-of", "cp-2", "--confirm", "demo", "--headless"), 3),
    ],
    ids=named_by,
)
def test_one_server_that_does_not_answer_is_named_with_the_next_move(
    partly: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(partly.parent / "state"))
    monkeypatch.chdir(partly.parent)
    ended, text = Said(capsys).by(partly, words)
    assert ended == code, text
    assert re.search("cp-1[^\n]*refused the connection", text), text
    assert "-> Start sshd there" in text, text


def test_a_snapshot_is_taken_though_one_server_is_away(
    partly: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(partly.parent / "state"))
    code, text = Said(capsys).by(partly, ("snapshot", "save", "--name", "now", *GO))
    assert code == 0, text
    assert "cp-2: DONE (1 of 1)" in text
    assert "now-cp-2" in Said(capsys).by(partly, ("snapshot", "list"))[1]
