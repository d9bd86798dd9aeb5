"""A snapshot at home opens only whole, unchanged, and with this cluster's key."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wizard.errors import WizardError
from wizard.vault.pieces import Sealing, header_of, opened, sha256_of
from wizard.vault.vault import Vault

PIECES = [b"first" * 1000, b"", b"second", b"x" * 70_000]


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault.open(tmp_path / "vault")


def seal(path: Path, vault: Vault, pieces: list[bytes]) -> Path:
    path.unlink(missing_ok=True)
    sealing = Sealing(path, vault, {"node": "cp-1"})
    for piece in pieces:
        sealing.add(piece)
    assert not path.exists()
    sealing.done()
    return path


def test_what_was_sealed_comes_back(tmp_path: Path, vault: Vault) -> None:
    path = seal(tmp_path / "s.sealed", vault, PIECES)
    assert b"".join(opened(path, vault)) == b"".join(PIECES)
    assert sha256_of(path, vault) == hashlib.sha256(b"".join(PIECES)).hexdigest()
    assert header_of(path) == {"node": "cp-1"}
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"second" not in path.read_bytes()


def test_one_that_is_given_up_leaves_nothing(tmp_path: Path, vault: Vault) -> None:
    sealing = Sealing(tmp_path / "home" / "s.sealed", vault, {})
    sealing.add(b"x")
    sealing.drop()
    assert list((tmp_path / "home").iterdir()) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(place=st.integers(0, 4000), change=st.integers(1, 255))
def test_any_changed_byte_is_told(tmp_path: Path, vault: Vault, place: int, change: int) -> None:
    path = seal(tmp_path / "s.sealed", vault, PIECES[:3])
    data = bytearray(path.read_bytes())
    data[place % len(data)] ^= change
    path.write_bytes(bytes(data))
    with pytest.raises(WizardError):
        list(opened(path, vault))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(length=st.integers(0, 5300))
def test_a_cut_is_told(tmp_path: Path, vault: Vault, length: int) -> None:
    path = seal(tmp_path / "s.sealed", vault, PIECES[:3])
    data = path.read_bytes()
    path.write_bytes(data[: min(length, len(data) - 1)])
    with pytest.raises(WizardError):
        list(opened(path, vault))


def test_another_cluster_can_not_open_it(tmp_path: Path, vault: Vault) -> None:
    path = seal(tmp_path / "s.sealed", vault, PIECES)
    with pytest.raises(WizardError, match="not in this cluster's vault"):
        list(opened(path, Vault.open(tmp_path / "other")))
    other = Vault.open(tmp_path / "third")
    seal(tmp_path / "t.sealed", other, PIECES)
    with pytest.raises(WizardError, match="damaged at piece 1"):
        list(opened(path, other))
