"""A bundle is taken from those whom the operator trusts, and ssh-keygen agrees with us."""

import shutil
import stat
import subprocess

import pytest

from tests.unit.bundle.site import file_entry, site_manifest, write_site
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.verify import verify
from wizard.bundle.signing.key import fingerprint, is_locked, new_key, private_key, public_key
from wizard.bundle.signing.sign import detached, sign_bundle
from wizard.bundle.signing.sshsig import read_signature, sign
from wizard.bundle.signing.trust import Trust, open_trusted, trust_key
from wizard.cli.main import main
from wizard.errors import BadUsage, Refused, WizardError
from wizard.secret import Secret

NEEDS_SSH = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")


@pytest.fixture
def key(tmp_path):
    new_key(tmp_path / "site", comment="ops")
    return tmp_path / "site"


@pytest.fixture
def signed(tmp_path, key):
    write_site(tmp_path / "site.rwb")
    sign_bundle(tmp_path / "site.rwb", private_key(key))
    return tmp_path / "site.rwb"


def trust_in(*keys):
    return Trust.of(path.with_name(f"{path.name}.pub") for path in keys)


def test_a_trusted_signer_is_named(signed, key):
    assert trust_in(key).signer(Bundle.open(signed).head) == "ops"
    verify(open_trusted(signed, trust_in(key)))


def test_signing_moves_nothing_and_the_same_key_makes_the_same_bytes(signed, key):
    before = signed.read_bytes()
    sign_bundle(signed, private_key(key))
    assert signed.read_bytes() == before


def test_the_detached_signature_is_as_good_as_the_one_inside(tmp_path, signed, key):
    unsigned = write_site(tmp_path / "again.rwb")
    assert trust_in(key).signer(unsigned.head, signature=detached(signed).read_bytes()) == "ops"


def test_another_s_bundle_is_refused_with_both_fingerprints(tmp_path, signed, key):
    other = new_key(tmp_path / "other", comment="us")
    with pytest.raises(Refused) as caught:
        trust_in(tmp_path / "other").signer(Bundle.open(signed).head)
    assert fingerprint(other) in caught.value.message
    assert fingerprint(private_key(key).public_key()) in caught.value.message


def test_an_unsigned_bundle_is_refused(tmp_path, key):
    with pytest.raises(Refused, match="is not signed"):
        trust_in(key).signer(write_site(tmp_path / "site.rwb").head)


def test_another_manifest_under_the_signature_is_refused(tmp_path, signed, key):
    changed = site_manifest(file_entry("more", b""))
    swapped = write_site(tmp_path / "swapped.rwb", changed, signature=detached(signed).read_bytes())
    with pytest.raises(Refused, match="signed is another manifest"):
        trust_in(key).signer(swapped.head)


@pytest.mark.parametrize("text", [b"x", b"-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n", b"\xff"])
def test_what_is_no_signature_is_refused(text):
    with pytest.raises(Refused):
        read_signature(text)


def test_any_changed_letter_of_a_signature_is_seen(key):
    message = b"manifest"
    text = sign(private_key(key), message).text()
    for place in range(len(text)):
        changed = text[:place] + (b"A" if text[place : place + 1] != b"A" else b"B") + text[place + 1 :]
        try:
            found = read_signature(changed)
        except Refused:
            continue
        assert not found.fits(message) or found.key != private_key(key).public_key()


def test_a_key_is_for_its_owner_only_and_never_overwritten(key):
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    with pytest.raises(BadUsage, match="is there already"):
        new_key(key)
    key.chmod(0o644)
    with pytest.raises(WizardError, match="lets others read the key"):
        private_key(key)


def test_an_empty_passphrase_makes_no_key(tmp_path, capsys):
    (tmp_path / "passphrase").write_text("\n")
    words = ("bundle", "keygen", str(tmp_path / "key"), "--passphrase-file", str(tmp_path / "passphrase"))
    assert main(list(words)) == 2
    assert "the passphrase for the new key is empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["passphrase"]


def test_a_locked_key_opens_by_its_passphrase_only(tmp_path):
    new_key(tmp_path / "locked", passphrase=Secret("long enough"))
    assert is_locked(tmp_path / "locked")
    assert private_key(tmp_path / "locked", passphrase=Secret("long enough"))
    for wrong in (None, Secret("wrong")):
        with pytest.raises(WizardError):
            private_key(tmp_path / "locked", passphrase=wrong)


def test_trust_is_kept_in_a_folder_and_once_only(tmp_path, key, signed):
    for _ in range(2):
        trust_key(key.with_name("site.pub"), folder=tmp_path / "trusted")
    assert len(Trust.store(tmp_path / "trusted").keys) == 1
    assert Trust.store(tmp_path / "trusted").signer(Bundle.open(signed).head) == "ops"
    assert Trust.store(tmp_path / "nothing").keys == {}


def test_a_key_of_another_kind_is_refused(tmp_path):
    (tmp_path / "rsa.pub").write_text("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7 x")
    with pytest.raises(WizardError, match="not an Ed25519 public key"):
        public_key(tmp_path / "rsa.pub")


@NEEDS_SSH
def test_ssh_keygen_verifies_what_we_sign(tmp_path, signed, key):
    line = key.with_name("site.pub").read_text()
    (tmp_path / "allowed").write_text(f"ops {line}")
    manifest = Bundle.open(signed).head.data
    command = [
        "ssh-keygen",
        "-Y",
        "verify",
        "-f",
        "allowed",
        "-I",
        "ops",
        "-n",
        "rancher-wizard-bundle",
        "-s",
        "site.rwb.sig",
    ]
    subprocess.run(command, cwd=tmp_path, input=manifest, check=True, capture_output=True)


@NEEDS_SSH
def test_we_take_what_ssh_keygen_signs(tmp_path, key):
    (tmp_path / "manifest").write_bytes(b"manifest")
    command = ["ssh-keygen", "-Y", "sign", "-f", str(key), "-n", "rancher-wizard-bundle", str(tmp_path / "manifest")]
    subprocess.run(command, check=True, capture_output=True)
    found = read_signature((tmp_path / "manifest.sig").read_bytes())
    assert found.fits(b"manifest")
    assert found.text() == (tmp_path / "manifest.sig").read_bytes()


@NEEDS_SSH
def test_ssh_keygen_knows_our_fingerprint(key):
    shown = subprocess.run(["ssh-keygen", "-l", "-f", str(key)], check=True, capture_output=True, text=True).stdout
    assert fingerprint(private_key(key).public_key()) in shown
