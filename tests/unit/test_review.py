"""What a review tells of a spec, and that it leaves nothing behind."""

from pathlib import Path

import pytest

from tests.unit.rke2.conftest import HEAD, NODES
from wizard.apply import Given
from wizard.errors import Unreachable
from wizard.hosts.facts import read_facts
from wizard.review import difference, look, review
from wizard.rollout.process import new_run
from wizard.rollout.step import Survey
from wizard.secret import MASK, Secret
from wizard.site import known_clusters, state_dir, state_path
from wizard.spec.load import read_spec
from wizard.vault.vault import Vault

SPEC = HEAD + NODES


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "specs").mkdir()
    return tmp_path / "specs" / "cluster.yaml"


def test_a_review_plans_every_node_and_leaves_no_state(path: Path, state: Path) -> None:
    found = review(SPEC, path)
    assert found.plan is not None
    assert [stage.nodes for stage in found.plan.stages] == [("cp-1",), ("cp-2", "cp-3"), ("w-1", "w-2")]
    assert found.plan.expected_s() > 0
    assert not state.exists()
    assert not path.exists()


def test_each_file_of_a_node_is_shown_with_its_secrets_masked(path: Path) -> None:
    files = {file.path: file for file in review(SPEC, path).files("cp-2")}
    config = files["/etc/rancher/rke2/config.yaml"]
    assert "server: https://10.0.0.100:9345" in config.text
    assert f"token: '{MASK}'" in config.text
    assert (config.mode, config.state) == (0o600, "not looked at")


def test_the_same_spec_is_shown_the_same_way_each_time(path: Path) -> None:
    assert review(SPEC, path).files("cp-1") == review(SPEC, path).files("cp-1")


def test_a_survey_tells_what_is_new_and_what_will_be_changed(path: Path) -> None:
    seen = Survey()
    seen.learn("cp-1", read_facts(["arch=x86_64", "file=- 0600 root:root 1 /etc/rancher/rke2/config.yaml"]))
    found = review(SPEC, path, seen=seen)
    states = {file.path: file.state for file in found.files("cp-1")}
    assert states["/etc/rancher/rke2/config.yaml"] == "will be changed"
    assert states["/etc/modules-load.d/rke2.conf"] == "new"
    assert found.looked_at == 1


def test_a_node_that_could_not_be_looked_at_is_a_warning(path: Path) -> None:
    seen = Survey(failures={"w-2": Unreachable("w-2", "no route to host")})
    assert "w-2: no route to host" in review(SPEC, path, seen=seen).warnings


def test_what_is_wrong_with_a_spec_stands_in_the_way(path: Path) -> None:
    found = review(SPEC.replace("10.0.0.12", "10.0.0.11").replace("role: agent", "role: agnet"), path)
    assert found.plan is None
    assert any("agnet" in problem for problem in found.problems)
    assert found.files("cp-1") == ()


def test_warnings_of_the_spec_are_told(path: Path) -> None:
    spec = SPEC.replace("  - {name: cp-3, address: 10.0.0.13, role: server, zone: c}\n", "")
    assert any("odd number is better" in warning for warning in review(spec, path).warnings)


def test_differences_are_told_from_the_file_and_from_the_last_rollout(path: Path) -> None:
    path.write_text(SPEC)
    new_run(state_dir("prod"), {}, SPEC.replace("v1.34.2", "v1.33.6").encode())
    file, rollout = review(SPEC.replace("zone: c", "zone: b"), path).differences
    assert "cluster.yaml" in file.against
    assert [line for line in file.lines if line.startswith("+")] == [
        "+  - {name: cp-3, address: 10.0.0.13, role: server, zone: b}"
    ]
    assert "prod" in rollout.against
    assert "-version: v1.33.6+rke2r1" in rollout.lines


def test_an_equal_file_differs_in_nothing() -> None:
    assert difference(SPEC, SPEC, "the file").lines == ()


def test_a_difference_can_not_write_on_the_terminal() -> None:
    found = difference("name: a\x1b]0;owned\x07\n", "name: [red]b\n", "the file")
    assert found.lines[1:] == ("-name: a", "+name: [red]b")


def test_a_vault_that_stays_closed_is_told_and_stops_nothing(path: Path) -> None:
    Vault.open(state_path("prod"), passphrase=Secret("a passphrase"))
    found = review(SPEC, path)
    assert found.plan is not None
    assert any("sealed by a passphrase" in warning for warning in found.warnings)
    assert not any(
        "sealed" in warning
        for warning in review(SPEC, path, given=Given(vault_passphrase=Secret("a passphrase"))).warnings
    )


def test_the_headless_commands_can_be_pasted_into_a_shell() -> None:
    *_, apply = review(SPEC + "ssh: {sudo: password}\n", Path("my cluster's.yaml")).commands
    assert apply == ("""rancher-wizard apply 'my cluster'"'"'s.yaml' --headless --yes --sudo-password-file FILE""")


async def test_a_look_at_nodes_that_are_not_there_tells_why_and_leaves_no_state(path: Path) -> None:
    nodes = "nodes:\n  - {name: cp-1, address: 127.0.0.1, role: server}\n"
    ssh = "ssh: {port: 1, config: none, agent: false, known_hosts: known_hosts}\n"
    seen = await look(read_spec((HEAD + nodes + ssh).encode(), name="cluster.yaml").spec, path.parent, Given())
    assert "cp-1" in seen.failures
    assert known_clusters() == []
