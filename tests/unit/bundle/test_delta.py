"""A delta brings only what changed; with its base it is as good as the whole."""

import pytest

from tests.unit.bundle.site import INSTALL, SITE, content, digest_of, file_entry, site_manifest, write_site
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.delta import difference, write_delta, write_whole
from wizard.bundle.format.manifest import Blob, new_manifest
from wizard.bundle.format.verify import verify
from wizard.errors import Refused

NEWER = b"the newer tarball" * 100


@pytest.fixture
def old(tmp_path):
    return write_site(tmp_path / "old.rwb")


@pytest.fixture
def new(tmp_path):
    blobs = {**SITE, **content(NEWER)}
    entries = [each for each in site_manifest().entries if not each.name.endswith(("tar.gz", "empty"))]
    entries += [file_entry("rke2/v1.34.2+rke2r1/rke2.linux-amd64.tar.gz", NEWER), file_entry("added", INSTALL)]
    sizes = [Blob(sha256=key, size_bytes=len(data)) for key, data in blobs.items()]
    return write_site(tmp_path / "new.rwb", new_manifest("site", entries, sizes), blobs, signature=b"somebody's\n")


@pytest.fixture
def delta(tmp_path, old, new):
    write_delta(tmp_path / "delta.rwb", old, new)
    return tmp_path / "delta.rwb"


def test_what_was_added_changed_and_removed_is_told(old, new):
    found = difference(old, new)
    assert [each.name for each in found.added] == ["added"]
    assert [each.name for each in found.removed] == ["empty"]
    assert [each.file_name for each in found.changed] == ["rke2.linux-amd64.tar.gz"]
    assert (found.coming, found.coming_bytes) == ((digest_of(NEWER),), len(NEWER))


def test_a_delta_on_its_base_reads_like_the_whole(old, new, delta):
    joined = Bundle.open(delta, base=old)
    assert joined.id == new.id
    assert {digest: joined.open_blob(digest).read() for digest in joined.places} == {
        digest: new.open_blob(digest).read() for digest in new.places
    }
    verify(joined)


def test_joining_gives_the_very_bytes_of_the_whole_with_its_signature(tmp_path, old, new, delta):
    write_whole(tmp_path / "joined.rwb", Bundle.open(delta, base=old))
    assert (tmp_path / "joined.rwb").read_bytes() == (tmp_path / "new.rwb").read_bytes()


def test_a_delta_carries_only_what_changed(old, new, delta):
    assert Bundle.open(delta, base=old).head.carried == (digest_of(NEWER),)
    assert INSTALL not in delta.read_bytes()


def test_a_delta_of_a_delta_is_opened_on_both(tmp_path, old, new, delta):
    write_delta(tmp_path / "back.rwb", new, old)
    both = Bundle.open(tmp_path / "back.rwb", base=Bundle.open(delta, base=old))
    assert both.id == old.id
    verify(both)


@pytest.mark.parametrize("which", ["none", "another"])
def test_a_delta_without_its_own_base_is_refused(new, delta, which):
    with pytest.raises(Refused, match="a delta on top of bundle"):
        Bundle.open(delta, base=new if which == "another" else None)


def test_a_base_that_changed_is_found_by_verify(tmp_path, old, delta):
    data = (tmp_path / "old.rwb").read_bytes()
    (tmp_path / "old.rwb").write_bytes(data.replace(INSTALL, b"#!/bin/su\n"))
    joined = Bundle.open(delta, base=Bundle.open(tmp_path / "old.rwb"))
    with pytest.raises(Refused, match=r"of added and 1 more: sha256 is"):
        verify(joined)


def test_the_same_bundle_twice_has_no_difference(old):
    found = difference(old, old)
    assert (found.added, found.removed, found.changed, found.coming) == ((), (), (), ())
