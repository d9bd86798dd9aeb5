"""A bundle is read where it lies, and the same things always make the same bytes."""

import io
import json
import random
import resource
import subprocess
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.bundle.site import INSTALL, LAYER, SITE, TARBALL, digest_of, file_entry, site_manifest, write_site
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.head import Head
from wizard.bundle.format.manifest import Blob, Entry, manifest_bytes, new_manifest, read_manifest
from wizard.bundle.format.verify import verify, verify_stream
from wizard.bundle.format.write import write_bundle
from wizard.errors import Refused, WizardError


def test_what_went_in_is_read_without_unpacking(tmp_path):
    bundle = write_site(tmp_path / "site.rwb")
    entry = bundle.manifest.find("file", "rke2/v1.34.2+rke2r1/install.sh")
    assert entry is not None
    assert bundle.open_entry(entry).read() == INSTALL
    assert entry.file_name == "install.sh"
    verify(bundle)


def test_a_blob_is_read_by_range_like_any_file(tmp_path):
    blob = write_site(tmp_path / "site.rwb").open_blob(digest_of(TARBALL))
    blob.seek(100)
    assert blob.read(20) == TARBALL[100:120]
    assert blob.seek(-5, io.SEEK_END) == len(TARBALL) - 5
    assert blob.read() == TARBALL[-5:]


def test_a_layer_that_two_need_is_stored_once(tmp_path):
    bundle = write_site(tmp_path / "site.rwb")
    users = [each.name for each in bundle.manifest.entries if digest_of(LAYER) in each.digests]
    assert len(users) == 2
    assert (tmp_path / "site.rwb").read_bytes().count(LAYER) == 1


def test_any_tar_lists_and_unpacks_it(tmp_path):
    write_site(tmp_path / "site.rwb")
    subprocess.run(["tar", "xf", "site.rwb"], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "blobs/sha256" / digest_of(TARBALL)).read_bytes() == TARBALL
    with tarfile.open(tmp_path / "site.rwb") as tar:
        assert tar.getnames()[:3] == ["manifest.json", "manifest.json.sig", "base.json"]


@given(seed=st.randoms(use_true_random=False))
def test_the_order_in_which_things_came_makes_no_difference(seed: random.Random):
    whole = site_manifest()
    entries, blobs = list(whole.entries), list(whole.blobs)
    seed.shuffle(entries)
    seed.shuffle(blobs)
    assert manifest_bytes(new_manifest("site", entries, blobs)) == manifest_bytes(whole)


def test_the_same_things_are_the_same_bytes(tmp_path):
    write_site(tmp_path / "one.rwb")
    write_site(tmp_path / "two.rwb")
    assert (tmp_path / "one.rwb").read_bytes() == (tmp_path / "two.rwb").read_bytes()


def test_a_pipe_is_verified_from_front_to_back(tmp_path):
    bundle = write_site(tmp_path / "site.rwb")
    cat = subprocess.Popen(["cat", str(bundle.path)], stdout=subprocess.PIPE)
    with cat:
        assert cat.stdout is not None
        assert verify_stream(cat.stdout, lambda head: None) == bundle.head


def test_a_blob_beyond_8_gib_has_a_header_that_tar_reads(tmp_path):
    size = (8 << 30) + 513
    path = tmp_path / "big.rwb"
    head = Head.of(new_manifest("big", [file_entry("x", b"x")], [Blob(sha256=digest_of(b"x"), size_bytes=size)]))
    (slot,) = head.blob_slots().values()
    with path.open("wb") as file:
        for name, data in head.members():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            file.write(member.tobuf(tarfile.GNU_FORMAT) + data + bytes(-len(data) % 512))
        file.write(slot.header)
        file.truncate(slot.end + 1024)  # sparse: the disk holds next to nothing of it
    assert Bundle.open(path).places[digest_of(b"x")].size_bytes == size
    with tarfile.open(path) as tar:
        assert tar.getmembers()[-1].size == size


def test_a_blob_that_changed_on_the_way_in_leaves_no_bundle(tmp_path):
    wrong = {**SITE, digest_of(TARBALL): TARBALL[:-1] + b"X"}
    with pytest.raises(WizardError, match=r"rke2.linux-amd64.tar.gz: what lies here is not that"):
        write_site(tmp_path / "site.rwb", blobs=wrong)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_writer_left_is_overwritten(tmp_path):
    (tmp_path / ".site.rwb.part").write_bytes(b"rest" * 10_000)
    verify(write_site(tmp_path / "site.rwb"))
    assert [path.name for path in tmp_path.iterdir()] == ["site.rwb"]


def test_a_bundle_of_nothing_is_a_bundle(tmp_path):
    write_bundle(tmp_path / "none.rwb", Head.of(new_manifest("none", [], [])), lambda digest: io.BytesIO())
    verify(Bundle.open(tmp_path / "none.rwb"))


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../b", "a//b", "", ".hidden", "a\nb", "x" * 513, "a b"])
def test_a_name_that_could_climb_out_is_refused(name):
    with pytest.raises(ValueError, match="is not a name"):
        file_entry(name, b"")


def test_what_is_needed_must_be_listed():
    with pytest.raises(WizardError, match=r"blob .* is not listed"):
        new_manifest("site", [file_entry("a", b"a")], [])


def test_what_stands_twice_is_refused():
    one = file_entry("a", b"a")
    with pytest.raises(WizardError, match="stand there twice"):
        new_manifest("site", [one, one], [Blob(sha256=one.sha256, size_bytes=1)])


@given(junk=st.binary(max_size=200))
def test_junk_is_no_manifest(junk):
    with pytest.raises(WizardError):
        read_manifest(junk)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b'"name": "site"', b'"name": "site", "name": "site"', "a key stands there twice"),
        (b'"name": "site"', b'"name":  "site"', "not written as we write it"),
        (b'"name": "site"', b'"nome": "site"', "name: Field required"),
        (b"bundle/1", b"bundle/2", "its format is 'rancher-wizard-bundle/2'"),
        (b'"size_bytes": 10', b'"size_bytes": -10', "greater than or equal to 0"),
        (b'"size_bytes": 10', b'"size_bytes": 1e1', "valid integer"),
        (b'"size_bytes": 10', b'"size_bytes": 9999999999999999', "less than or equal"),
        (b'"name": "empty"', b'"name": "../empty"', "is not a name"),
        (b'"kind": "image"', b'"kind": "device"', "entries.4.kind"),
    ],
)
def test_a_manifest_that_lies_is_refused(old, new, reason):
    data = manifest_bytes(site_manifest())
    assert old in data
    with pytest.raises(WizardError, match=reason):
        read_manifest(data.replace(old, new, 1))


def test_deep_nesting_is_refused_like_any_junk():
    with pytest.raises(WizardError):
        read_manifest(b"[" * 100_000)


def test_an_image_has_all_its_blobs(tmp_path):
    image = next(each for each in site_manifest().entries if each.kind == "image")
    assert isinstance(image, Entry)
    assert set(image.digests) <= set(write_site(tmp_path / "site.rwb").places)


@pytest.mark.parametrize(("version", "named"), [("9.9.0", ", 9.9.0."), ("9; rm -rf x", "made it.")])
def test_a_manifest_that_says_more_than_is_known_names_the_release_that_made_it(version, named):
    wheel = Entry(kind="wheel", name="wheels/rancher_wizard.whl", sha256=digest_of(b""), source="pip:x")
    record = json.loads(manifest_bytes(site_manifest(wheel)))
    for entry in record["entries"]:
        entry |= {"colour": "green"} | ({"version": version} if entry["kind"] == "wheel" else {})
    with pytest.raises(Refused, match=r"its manifest has 'colour', which rancher-wizard \S+ does not know") as refused:
        read_manifest(json.dumps(record).encode())
    assert refused.value.hint.endswith(named)


def test_a_disk_that_takes_no_more_is_told_with_the_file_and_nothing_is_left(tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(WizardError, match=r"large\.rwb: File too large"):
            write_site(tmp_path / "large.rwb")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []
