"""The state file is kept in sealed versions, and nothing goes on with a wrong one."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.rke1.states import certificate, record, text
from wizard.distros.rke1.standing import Standing
from wizard.distros.rke1.treasure import Treasury, fingerprint, put_back, read_state_file
from wizard.errors import Refused, WizardError
from wizard.vault.vault import Vault

OURS, THEIRS = fingerprint(certificate("ours")), fingerprint(certificate("theirs"))
ADDRESSES = {f"n{k}": f"10.0.0.{10 + k}" for k in range(1, 4)}


@pytest.fixture
def treasury(tmp_path: Path) -> Treasury:
    return Treasury(tmp_path / "kept", Vault.open(tmp_path / "vault"), {"cluster": "lab", "identity": "1"})


def written(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "rke1" / "cluster.rkestate"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


def keep(treasury: Treasury, tmp_path: Path, data: bytes, when: str = "before") -> None:
    state = read_state_file(written(tmp_path, data))
    assert state is not None
    treasury.keep(state, when)


def standing(path: Path, treasury: Treasury, *, known: str = "", seen: dict[str, str] | None = None) -> Standing:
    return Standing(path, treasury.copies(), known, seen or {}, ADDRESSES)


def test_versions_are_sealed_and_come_back_as_they_were(treasury: Treasury, tmp_path: Path) -> None:
    keep(treasury, tmp_path, text(built=False))
    keep(treasury, tmp_path, text(), "after")
    keep(treasury, tmp_path, text(), "before")
    first, second = treasury.copies()
    assert [(copy.when, copy.built) for copy in (first, second)] == [("before", False), ("after", True)]
    assert (first.ca, first.nodes, first.version) == (OURS, 3, "v1.30.14-rancher1-1")
    assert treasury.open(first).text == text(built=False)
    assert b"the key of" not in first.path.read_bytes()
    assert first.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" \n",
        b"{",
        b"null",
        b"[]",
        b"{}",
        text()[:-200],
        b'{"desiredState": {"rkeConfig": {"nodes": []}}}',
        b"\xff",
    ],
)
def test_an_empty_or_damaged_file_is_refused_with_the_ways_back(
    treasury: Treasury, tmp_path: Path, data: bytes
) -> None:
    keep(treasury, tmp_path, text())
    path = written(tmp_path, data)
    with pytest.raises(Refused) as refused:
        standing(path, treasury).state()
    assert str(path) in refused.value.message
    for way in ("rke1 state restore", "get-state-file", "full-cluster-state", "etcd-snapshots"):
        assert way in refused.value.hint
    assert len(treasury.copies()) == 1


@given(st.binary(max_size=200))
def test_whatever_a_file_holds_it_is_read_or_refused(data: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.rkestate"
        path.write_bytes(data)
        with pytest.raises(WizardError):
            read_state_file(path)


def test_a_missing_file_is_refused_where_the_cluster_has_begun(treasury: Treasury, tmp_path: Path) -> None:
    path = tmp_path / "cluster.rkestate"
    assert standing(path, treasury).state() is None
    with pytest.raises(Refused, match="RKE1 has run on n1"):
        standing(path, treasury, seen={"n1": OURS}).state()
    with pytest.raises(Refused, match="this cluster had one"):
        standing(path, treasury, known=OURS).state()
    keep(treasury, tmp_path, text())
    with pytest.raises(Refused, match="this cluster had one"):
        standing(path, treasury).state()


def test_a_first_run_that_was_cut_off_while_it_wrote_has_lost_nothing(treasury: Treasury, tmp_path: Path) -> None:
    cut = Standing(written(tmp_path, text()[:100]), (), "", {}, ADDRESSES, complete=True)
    assert cut.state() is None
    for begun in (replace(cut, complete=False), replace(cut, seen={"n1": OURS}), replace(cut, record=OURS)):
        with pytest.raises(Refused):
            begun.state()


def test_the_file_of_another_cluster_is_refused(treasury: Treasury, tmp_path: Path) -> None:
    path = written(tmp_path, text("theirs"))
    for where in (
        standing(path, treasury, known=OURS),
        standing(path, treasury, seen={"n1": OURS, "n2": OURS}),
    ):
        with pytest.raises(Refused, match="of another cluster"):
            where.state()
    moved = record("theirs")
    for node in moved["desiredState"]["rkeConfig"]["nodes"]:
        node["address"] = f"192.168.{node['address'][-1]}.1"
    with pytest.raises(Refused, match=r"its nodes are 192\.168"):
        standing(written(tmp_path, json.dumps(moved).encode()), treasury).state()


def test_a_node_with_certificates_of_another_cluster_is_refused_by_name(treasury: Treasury, tmp_path: Path) -> None:
    path = written(tmp_path, text())
    found = standing(path, treasury, known=OURS, seen={"n1": OURS, "n3": OURS}).state()
    assert found is not None
    with pytest.raises(Refused, match="n2: certificates of another"):
        standing(path, treasury, known=OURS, seen={"n1": OURS, "n2": THEIRS}).state()


def test_putting_back_leaves_what_was_damaged_beside(treasury: Treasury, tmp_path: Path) -> None:
    keep(treasury, tmp_path, text())
    path = written(tmp_path, b"{")
    put_back(treasury.open(treasury.copies()[-1]), path)
    assert path.read_bytes() == text()
    assert [aside.read_bytes() for aside in path.parent.glob("*.damaged-*")] == [b"{"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_copy_that_was_changed_does_not_come_back(treasury: Treasury, tmp_path: Path) -> None:
    keep(treasury, tmp_path, text())
    copy = treasury.copies()[0]
    copy.path.write_bytes(copy.path.read_bytes()[:-1] + b"?")
    with pytest.raises(WizardError, match="damaged"):
        treasury.open(copy)
