"""A bundle while it is proven, as a screen and a command see it."""

import threading
from pathlib import Path

import pytest

from tests.unit.bundle.site import INSTALL, LAYER, SITE, digest_of, write_site
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.verify import Moved
from wizard.bundle.proving import UNASKED, Proving
from wizard.bundle.signing.key import new_key, private_key
from wizard.bundle.signing.sign import sign_bundle
from wizard.bundle.signing.trust import Trust
from wizard.bundle.summary import entry_bytes, summary


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_site(tmp_path / "site.rwb")
    new_key(tmp_path / "signer", comment="ops")
    sign_bundle(tmp_path / "site.rwb", private_key(tmp_path / "signer"))
    return tmp_path / "site.rwb"


def proving(path: Path, *, trusted: bool = True) -> Proving:
    return Proving(Bundle.open(path), Trust.of([path.with_name("signer.pub")] if trusted else []))


def spoil(path: Path, data: bytes) -> None:
    content = bytearray(path.read_bytes())
    at = content.index(data, content.index(b"blobs/"))
    content[at] ^= 1
    path.write_bytes(content)


def test_a_whole_bundle_by_somebody_trusted_is_good(path: Path) -> None:
    found = proving(path)
    entries = found.bundle.manifest.entries
    assert (found.phase, found.whole, found.signer) == ("not yet", 0, "signed by ops")
    assert {found.state(each) for each in entries} == {"not yet"}
    found.run()
    assert (found.phase, found.good, found.whole) == ("whole", True, len(entries))
    assert {found.state(each) for each in entries} == {"whole"}
    assert found.tally.have_bytes == sum(map(len, SITE.values()))


def test_a_whole_bundle_by_somebody_else_is_not(path: Path) -> None:
    found = proving(path, trusted=False)
    found.run()
    assert (found.phase, found.good) == ("whole", False)
    assert found.refusal is not None
    assert "trusted is nobody" in found.refusal.message
    unasked = Proving(Bundle.open(path), None)
    unasked.run()
    assert (unasked.good, unasked.signer) == (True, UNASKED)


def test_the_entries_of_a_wrong_blob_are_wrong_and_no_others(path: Path) -> None:
    spoil(path, LAYER[:600])
    found = proving(path)
    found.run()
    assert (found.phase, found.good) == ("wrong", False)
    assert found.failure is not None
    assert digest_of(LAYER)[:12] in found.failure.message
    wrong = {each.name for each in found.bundle.manifest.entries if found.state(each) == "wrong"}
    assert wrong == {each.name for each in found.bundle.manifest.entries if digest_of(LAYER) in each.digests}


def test_it_is_stopped_within_a_piece_and_begun_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, reached, go_on = proving(path), threading.Event(), threading.Event()

    def slow(bundle: Bundle, *, moved: Moved) -> None:
        moved(digest_of(INSTALL), 1)
        reached.set()
        assert go_on.wait(20)
        moved(digest_of(INSTALL), 1)
        raise AssertionError("it went on")

    with monkeypatch.context() as patched:
        patched.setattr("wizard.bundle.proving.verify", slow)
        thread = threading.Thread(target=found.run)
        thread.start()
        assert reached.wait(20)
        running = [each for each in found.bundle.manifest.entries if found.state(each) == "running"]
        assert [each.file_name for each in running] == ["install.sh"]
        found.stop()
        go_on.set()
        thread.join(20)
    assert found.phase == "stopped"
    found.run()
    assert found.good


def test_a_bundle_that_goes_away_meanwhile_is_told(path: Path) -> None:
    found = proving(path)
    path.unlink()
    found.run()
    assert found.failure is not None
    assert "No such file" in found.failure.message
    assert found.failure.hint


def test_what_it_holds_is_told_in_few_words(path: Path) -> None:
    manifest = Bundle.open(path).manifest
    image = next(each for each in manifest.entries if each.kind == "image")
    assert entry_bytes(manifest, image) == sum(len(SITE[digest]) for digest in image.digests)
    assert summary(Bundle.open(path).head).startswith("4 files, 1 image: ")
