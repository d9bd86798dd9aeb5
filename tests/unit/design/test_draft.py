import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import characters

from tests.unit.design.answering import some_answers
from wizard.design.answers import Answers
from wizard.design.draft import Draft, NodeChange, Place, drafts, load, remove, save, without_passwords
from wizard.errors import WizardError
from wizard.site import known_clusters, state_dir


@pytest.fixture(autouse=True)
def state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder


@settings(max_examples=30)
@given(some_answers(), st.text(characters(exclude_characters="pP")), st.sampled_from(["agent", "server", None]))
def test_a_draft_comes_back_as_it_was(answers: Answers, nodes: str, role: str | None) -> None:
    draft = Draft(
        answers=answers,
        nodes_text=nodes,
        changes={"10.0.0.1": NodeChange(role=role, zone="a")},
        design="rke2-small",
        carried={"ssh": {"known_hosts": "known"}, "nodes": {"10.0.0.1": {"taints": []}}},
        place=Place("nodes", "pods"),
        spec_path="cluster.yaml",
    )
    save(draft)
    assert load(draft.id) == draft


def test_a_draft_is_for_its_owner_only() -> None:
    path = save(Draft())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_drafts_are_no_clusters() -> None:
    save(Draft())
    state_dir("prod")
    assert known_clusters() == ["prod"]


def test_drafts_are_listed_by_name_and_a_damaged_one_hides_no_other() -> None:
    kept = Draft(answers=Answers().given("cluster_name", "prod"), place=Place("review"))
    (save(kept).parent / "0123456789ab.json").write_text('{"answers": 3}')
    assert [(one.id, one.name, one.place) for one in drafts()] == [(kept.id, "prod", Place("review"))]
    remove(kept.id)
    assert drafts() == ()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"answers": "pods: x"}', "\x00"])
def test_a_damaged_draft_is_told_with_its_file(text: str) -> None:
    path = save(Draft())
    path.write_text(text)
    with pytest.raises(WizardError, match=path.name):
        load(path.stem)


@pytest.mark.parametrize("draft_id", ["../../etc/passwd", "", "0123456789ab"])
def test_a_draft_that_is_not_there_is_told(draft_id: str) -> None:
    with pytest.raises(WizardError):
        load(draft_id)


@pytest.mark.parametrize(
    "line",
    [
        "web ansible_host=10.0.0.1 ansible_ssh_pass=hunter2",
        "web ansible_become_password='hunter2 and more'",
        "  ansible_password: hunter2",
        '{"password": "hunter2"}',
        "10.0.0.1 Password = hunter2",
    ],
)
def test_a_password_in_a_list_of_nodes_is_not_kept(line: str) -> None:
    draft = Draft(nodes_text=f"10.0.0.9\n{line}\n10.0.0.8\n")
    assert "hunter2" not in save(draft).read_text()
    again = load(draft.id).nodes_text
    assert again.startswith("10.0.0.9\n")
    assert again.endswith("\n10.0.0.8\n")
    assert without_passwords(again) == again


def test_what_is_set_for_a_node_and_unset_again_leaves_no_trace() -> None:
    draft = Draft().changed("10.0.0.1", NodeChange(role="server"))
    assert draft.changes["10.0.0.1"].role == "server"
    assert draft.changed("10.0.0.1", NodeChange()).changes == {}
