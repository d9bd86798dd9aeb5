"""The `balancer` command: what it says of a spec, and what it refuses."""

from pathlib import Path

import pytest

from tests.unit.balancers.front import HEAD
from wizard.cli.main import main

NODES = "nodes:\n  - {name: cp-1, address: 10.0.0.11, role: server}\n"
PAIR = (
    "balancer:\n  kind: haproxy\n  vip: 10.0.0.9\n"
    "  nodes: [{name: lb-1, address: 10.0.0.2}, {name: lb-2, address: 10.0.0.3}]\n"
)


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = tmp_path / "cluster.yaml"
    path.write_text(HEAD + NODES + PAIR)
    return path


def test_its_plan_is_of_the_balancers_alone_and_leaves_no_state(
    written: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["balancer", "plan", str(written), "--offline"]) == 0
    said = capsys.readouterr().out
    assert "Balancers: 2 nodes" in said
    assert "First server" not in said
    assert "lb-2:/etc/keepalived/keepalived.conf (mode 0600" in said
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("verb", ["plan", "apply", "status", "drill", "remove"])
def test_a_spec_without_a_balancer_is_told_so(verb: str, written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written.write_text(HEAD + NODES)
    assert main(["balancer", verb, str(written)]) == 2
    assert "has no balancer that the wizard looks after" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["drill", "remove"])
def test_what_is_asked_for_on_a_terminal_needs_a_word_elsewhere(
    verb: str, written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["balancer", verb, str(written)]) == 2
    assert "Add --yes when it is meant" in capsys.readouterr().err


@pytest.mark.parametrize("room", ["metallb", "rancher"])
def test_what_came_into_the_cluster_is_taken_away_on_a_word_alone(
    room: str, written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = (
        "metallb: {pools: [{name: a, addresses: [10.0.0.240/28]}]}\nrancher: {version: 2.13.3, hostname: r.example.com}"
    )
    written.write_text(HEAD + NODES + more)
    assert main([room, "remove", str(written)]) == 2
    assert "Add --yes when it is meant" in capsys.readouterr().err


def test_kube_vip_has_no_machine_to_stop(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written.write_text(HEAD + NODES + "balancer: {kind: kube-vip, vip: 10.0.0.9}\n")
    assert main(["balancer", "drill", str(written), "--yes"]) == 2
    assert "there are no balancer machines" in capsys.readouterr().err


def test_a_balancer_that_asks_for_a_sudo_password_is_thought_of(
    written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written.write_text(written.read_text().replace("address: 10.0.0.3}", "address: 10.0.0.3, ssh: {sudo: password}}"))
    assert main(["balancer", "status", str(written)]) == 2
    assert "--sudo-password-file FILE" in capsys.readouterr().err
