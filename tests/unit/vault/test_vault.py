"""Secrets that are sealed stay sealed, and none is lost."""

import json
import multiprocessing
import os
import re
import stat
import traceback
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from wizard.errors import WizardError
from wizard.secret import Secret
from wizard.vault.secrets import new_token
from wizard.vault.vault import Vault

SPAWN = multiprocessing.get_context("spawn")


def test_a_secret_comes_back_from_another_opening(tmp_path):
    Vault.open(tmp_path).put("token", Secret("hidden ü\ud800"))
    vault = Vault.open(tmp_path)
    assert vault.get("token") == Secret("hidden ü\ud800")
    assert vault.get("other") is None
    assert vault.names() == ("token",)


def test_what_lies_on_disk_holds_no_secret_and_is_for_its_owner_alone(tmp_path):
    folder = tmp_path / "prod"
    Vault.open(folder).put("token", Secret("hidden-token-text"))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        assert b"hidden" not in path.read_bytes()
    assert {path.name for path in folder.iterdir()} == {"vault.key", "vault.lock", "vault.sealed"}


def test_a_later_secret_takes_the_place_of_an_earlier_one(tmp_path):
    vault = Vault.open(tmp_path)
    other = Vault.open(tmp_path)
    vault.put("a", Secret("1"))
    other.put("a", Secret("2"))
    assert vault.get("a") == Secret("2")


def test_what_is_there_is_not_made_again(tmp_path):
    vault = Vault.open(tmp_path)
    first = vault.ensure("token", new_token)
    before = (tmp_path / "vault.sealed").stat()
    assert Vault.open(tmp_path).ensure("token", lambda: pytest.fail("made again")) == first
    assert (tmp_path / "vault.sealed").stat().st_mtime_ns == before.st_mtime_ns


def test_a_new_token_is_random_letters_and_digits():
    one, other = new_token().reveal(), new_token().reveal()
    assert re.fullmatch(r"[A-Za-z0-9]{48}", one)
    assert one != other


def test_a_passphrase_leaves_no_key_behind_and_opens_again(tmp_path):
    Vault.open(tmp_path, passphrase=Secret("open sesame")).put("a", Secret("1"))
    assert not (tmp_path / "vault.key").exists()
    assert Vault.open(tmp_path, passphrase=Secret("open sesame")).get("a") == Secret("1")


def refusal(folder: Path, *, passphrase: Secret | None = None) -> WizardError:
    with pytest.raises(WizardError) as caught:
        Vault.open(folder, passphrase=passphrase)
    assert caught.value.hint
    return caught.value


def test_a_wrong_passphrase_is_refused_without_being_shown(tmp_path):
    Vault.open(tmp_path, passphrase=Secret("open sesame")).put("a", Secret("planted"))
    error = refusal(tmp_path, passphrase=Secret("wrong-one"))
    assert "the passphrase does not fit" in error.message
    shown = "".join(traceback.format_exception(error))
    assert not any(text in shown for text in ("wrong-one", "open sesame", "planted"))


def test_a_vault_names_what_it_is_sealed_by(tmp_path):
    Vault.open(tmp_path / "key")
    Vault.open(tmp_path / "phrase", passphrase=Secret("x"))
    assert "sealed by vault.key, not by a passphrase" in refusal(tmp_path / "key", passphrase=Secret("x")).message
    assert "sealed by a passphrase" in refusal(tmp_path / "phrase").message


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_may_read_is_refused_with_the_command_that_mends_it(tmp_path, mode):
    Vault.open(tmp_path)
    (tmp_path / "vault.key").chmod(mode)
    error = refusal(tmp_path)
    assert f"mode {mode:04o}" in error.message
    assert error.hint == f"chmod 600 {tmp_path / 'vault.key'}"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_key_of_another_owner_is_refused(tmp_path):
    Vault.open(tmp_path)
    os.chown(tmp_path / "vault.key", 12345, -1)
    assert "belongs to user 12345" in refusal(tmp_path).message


def test_a_key_behind_a_link_is_not_followed(tmp_path):
    Vault.open(tmp_path)
    (tmp_path / "vault.key").rename(tmp_path / "elsewhere")
    (tmp_path / "vault.key").symlink_to(tmp_path / "elsewhere")
    refusal(tmp_path)


def test_a_missing_or_foreign_key_is_refused_and_nothing_is_overwritten(tmp_path):
    Vault.open(tmp_path / "a").put("x", Secret("1"))
    Vault.open(tmp_path / "b")
    sealed = (tmp_path / "a" / "vault.sealed").read_bytes()
    key = tmp_path / "a" / "vault.key"
    own = key.read_bytes()
    key.unlink()
    assert "missing" in refusal(tmp_path / "a").message
    assert not key.exists()
    key.write_bytes((tmp_path / "b" / "vault.key").read_bytes())
    key.chmod(0o600)
    assert "does not fit" in refusal(tmp_path / "a").message
    key.write_bytes(b"no key")
    assert "not a key" in refusal(tmp_path / "a").message
    key.write_bytes(own)
    assert (tmp_path / "a" / "vault.sealed").read_bytes() == sealed
    assert Vault.open(tmp_path / "a").get("x") == Secret("1")


RUINS = [b"", b"{}", b"[]", b"\xff\x00", b"[" * 100_000, b'{"version": 1, "by": "key"}']
RUINS += [
    b'{"version": 1, "by": "key", "nonce": 5, "box": null}',
    b'{"version": 1, "by": "key", "nonce": "", "box": ""}',
]
RUINS += [b'{"version": 1, "by": "passphrase", "salt": "AA==", "n": 1099511627776, "r": 8, "p": 1}', b'{"version": 2}']


@pytest.mark.parametrize("ruin", RUINS, ids=range(len(RUINS)))
def test_a_damaged_file_is_refused_and_left_as_it_is(tmp_path, ruin):
    Vault.open(tmp_path).put("a", Secret("1"))
    (tmp_path / "vault.sealed").write_bytes(ruin)
    refusal(tmp_path)
    assert (tmp_path / "vault.sealed").read_bytes() == ruin


def test_every_changed_byte_of_the_sealed_box_is_noticed(tmp_path):
    vault = Vault.open(tmp_path)
    vault.put("a", Secret("1"))
    path = tmp_path / "vault.sealed"
    whole = path.read_bytes()
    box = json.loads(whole)["box"]
    for place in range(0, len(box) - 2, 7):
        changed = box[:place] + ("A" if box[place] != "A" else "B") + box[place + 1 :]
        path.write_bytes(json.dumps({**json.loads(whole), "box": changed}).encode())
        with pytest.raises(WizardError, match="does not fit, or the file is damaged"):
            vault.get("a")


def test_what_a_crash_left_half_written_is_no_hindrance(tmp_path):
    vault = Vault.open(tmp_path)
    vault.put("a", Secret("1"))
    (tmp_path / ".vault.sealed.new").write_bytes(b'{"version": 1, "by"')
    vault.put("b", Secret("2"))
    assert Vault.open(tmp_path).names() == ("a", "b")


def test_a_key_left_by_a_crash_before_the_first_sealing_is_used(tmp_path):
    Vault.open(tmp_path)
    (tmp_path / "vault.sealed").unlink()
    key = (tmp_path / "vault.key").read_bytes()
    Vault.open(tmp_path).put("a", Secret("1"))
    assert (tmp_path / "vault.key").read_bytes() == key


def test_a_place_that_can_not_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    refusal(tmp_path / "file" / "below")


def _put_many(folder: Path, writer: int, together: Barrier) -> None:
    together.wait(60)
    vault = Vault.open(folder)
    for number in range(20):
        vault.put(f"{writer}-{number}", Secret("x"))
    vault.ensure("shared", new_token)


def test_processes_that_put_at_once_lose_nothing(tmp_path):
    together = SPAWN.Barrier(3)
    writers = [SPAWN.Process(target=_put_many, args=(tmp_path, writer, together)) for writer in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert len(Vault.open(tmp_path).names()) == 61
