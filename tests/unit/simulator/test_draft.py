"""The demo's draft leads to the machines of the simulated site."""

from pathlib import Path

from wizard.design.nodes.understand import understand
from wizard.simulator.draft import seed
from wizard.simulator.layout import Layout


def test_all_machines_are_listed_without_a_role_and_reached_by_files_beside_the_spec(tmp_path: Path) -> None:
    spec = tmp_path / "cluster.yaml"
    spec.write_text(Layout.of(12, 3).spec(2222))
    draft = seed(spec)
    entries = understand(draft.nodes_text).entries
    assert [entry.name for entry in entries][:4] == ["cp-1", "cp-2", "cp-3", "worker-001"]
    assert {entry.role for entry in entries} == {None}
    assert {entry.zone for entry in entries} == {"a", "b", "c"}
    assert draft.answers["ssh_port"] == 2222
    assert draft.answers["ssh_key"] == str(tmp_path / "id_ed25519")
    assert draft.carried["ssh"]["known_hosts"] == str(tmp_path / "known_hosts")
    assert not draft.answers.stated("availability")
