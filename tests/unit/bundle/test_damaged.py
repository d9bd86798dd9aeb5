"""Whatever is done to a bundle, it is refused with the reason, and nothing is written."""

import gzip
import io
import json
import tarfile
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.bundle.site import SITE, file_entry, site_manifest, write_site
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.head import Head
from wizard.bundle.format.layout import blob_name
from wizard.bundle.format.manifest import manifest_bytes
from wizard.bundle.format.verify import verify, verify_stream
from wizard.bundle.signing.key import new_key, private_key
from wizard.bundle.signing.sign import sign_bundle
from wizard.bundle.signing.trust import Trust
from wizard.errors import Refused

EVERY = 37
"""A byte in so many is turned over: some 250 bundles, in every header, content, padding and in the end."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A signed bundle's bytes, whom it is trusted of, and the folder that it lies in."""
    folder = tmp_path_factory.mktemp("site")
    new_key(folder / "key")
    write_site(folder / "site.rwb")
    sign_bundle(folder / "site.rwb", private_key(folder / "key"))
    trust = Trust.of([folder / "key.pub"])
    for path in folder.iterdir():
        if path.suffix != ".rwb":
            path.unlink()
    return (folder / "site.rwb").read_bytes(), trust, folder


@pytest.fixture
def refused(site) -> Callable[[bytes], str]:
    """Offers a bundle as a file and by a pipe; both must refuse it. Returns what the first one said."""
    _, trust, folder = site

    def offer(data: bytes) -> str:
        path = folder / "site.rwb"
        path.write_bytes(data)
        with pytest.raises(Refused):
            verify_stream(io.BytesIO(data), trust.signer)
        with pytest.raises(Refused) as caught:
            whole(path, trust)
        assert [each.name for each in folder.iterdir()] == ["site.rwb"]
        assert caught.value.hint
        return caught.value.message

    return offer


def whole(path, trust):
    bundle = Bundle.open(path)
    trust.signer(bundle.head)
    verify(bundle)


def test_the_bundle_itself_is_taken(site):
    data, trust, folder = site
    (folder / "site.rwb").write_bytes(data)
    whole(folder / "site.rwb", trust)


def test_a_byte_turned_over_anywhere_is_seen(site, refused):
    data = site[0]
    places = range(0, len(data), EVERY)
    assert len(places) > 200
    for place in places:
        refused(data[:place] + bytes([data[place] ^ 0x41]) + data[place + 1 :])


def test_a_bundle_cut_off_anywhere_is_seen(site, refused):
    data = site[0]
    for length in range(0, len(data), 4 * EVERY):
        refused(data[:length])


@pytest.mark.parametrize("tail", [b"\0", b"x" * 512, bytes(1024), b"x" * 100_000])
def test_what_follows_the_end_is_seen(site, refused, tail):
    assert "follow its end" in refused(site[0] + tail)


@given(data=st.binary(max_size=3000))
@example(data=b"")
@example(data=bytes(10240))
@example(data=gzip.compress(b"a tar, perhaps"))
def test_junk_is_no_bundle(data):
    with pytest.raises(Refused):
        verify_stream(io.BytesIO(data), lambda head: None)


def changed(**fields) -> Callable[[tarfile.TarInfo], list[tarfile.TarInfo]]:
    def change(member):
        for name, value in fields.items():
            setattr(member, name, value)
        return [member]

    return change


def twice(member):
    return [member, member]


def beside(name, kind=tarfile.REGTYPE, link=""):
    def add(member):
        other = tarfile.TarInfo(name)
        other.type, other.linkname = kind, link
        return [other, member]

    return add


def damaged(which: str, change) -> bytes:
    """The site's tar as a hostile hand would write it: one member changed, doubled, or with another before it."""
    head, made = Head.of(site_manifest()), io.BytesIO()
    members = [*head.members(), *((blob_name(digest), SITE[digest]) for digest in head.carried)]
    for name, data in members:
        member = tarfile.TarInfo(name)
        member.size = len(data)
        for each in change(member) if which in (name, "every") else [member]:
            made.write(each.tobuf(tarfile.GNU_FORMAT))
            if each.name == name or each is member:
                made.write(data + bytes(-len(data) % 512))
    return made.getvalue() + bytes(1024)


BLOB = blob_name(min(digest for digest, data in SITE.items() if data))
CHANGES = {
    "a path that climbs": (changed(name="../../etc/cron.d/x"), "climbs out of its folder"),
    "a full path": (changed(name="/etc/passwd"), "climbs out of its folder"),
    "a path inside": (changed(name="blobs/sha256/../../x"), "climbs out of its folder"),
    "another name": (changed(name="x"), "stands a file: 'x'"),
    "a symbolic link": (changed(type=tarfile.SYMTYPE, linkname="/etc/passwd"), "a symbolic link"),
    "a hard link": (changed(type=tarfile.LNKTYPE, linkname="x"), "a hard link"),
    "a device": (changed(type=tarfile.CHRTYPE), "a member of type b'3'"),
    "a fifo": (changed(type=tarfile.FIFOTYPE), "a member of type b'6'"),
    "a folder": (changed(type=tarfile.DIRTYPE), "a member of type b'5'"),
    "a sparse file": (changed(type=tarfile.GNUTYPE_SPARSE), "sparse"),
    "a huge size": (changed(size=1 << 62), f"of {1 << 62} bytes"),
    "a size that is too small": (changed(size=1), "of 1 bytes"),
    "another mode": (changed(mode=0o4755), "another owner, mode, date"),
    "another date": (changed(mtime=1), "another owner, mode, date"),
    "another owner": (changed(uid=1000, uname="x"), "another owner, mode, date"),
    "twice": (twice, "where"),
    "one that is not listed": (beside("blobs/sha256/" + "0" * 64), "stands a file"),
    "a link before it": (beside("x", tarfile.SYMTYPE, "/"), "a symbolic link"),
    "a long name before it": (beside("././@LongLink", tarfile.GNUTYPE_LONGNAME), "@LongLink"),
    "pax headers before it": (beside("x", tarfile.XHDTYPE), "a member of type b'x'"),
}


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("which", ["manifest.json", "manifest.json.sig", "base.json", BLOB])
def test_a_member_that_does_not_belong_is_named(site, what, which):
    change, reason = CHANGES[what]
    folder, trust = site[2], site[1]
    data = damaged(which, change)
    (folder / "site.rwb").write_bytes(data)
    with pytest.raises(Refused) as caught:
        Bundle.open(folder / "site.rwb")
    if which == BLOB:
        assert reason in caught.value.message
    with pytest.raises(Refused):
        verify_stream(io.BytesIO(data), lambda head: None)
    assert [each.name for each in folder.iterdir()] == ["site.rwb"]
    assert trust.keys


@pytest.mark.parametrize(
    ("size", "reason"),
    [((1 << 25) + 1, "at most 33554432 are taken"), (1 << 25, "cut off in manifest.json"), (0, "not JSON")],
)
def test_a_manifest_that_claims_too_much_is_not_read(refused, size, reason):
    member = tarfile.TarInfo("manifest.json")
    member.size = size
    empty = [member.tobuf(tarfile.GNU_FORMAT)] * (3 if size == 0 else 1)
    for place, name in enumerate(("manifest.json", "manifest.json.sig", "base.json")[: len(empty)]):
        member.name, member.size = name, size if place == 0 else 1024 if place == 1 else 0
        empty[place] = member.tobuf(tarfile.GNU_FORMAT) + bytes(1024 if place == 1 else 0)
    assert reason in refused(b"".join(empty))


def test_a_blob_of_the_right_size_and_wrong_bytes_is_named(site, refused):
    data = site[0].replace(b"tarball" * 200, b"Tarball" * 200)
    assert "of rke2/v1.34.2+rke2r1/rke2.linux-amd64.tar.gz: sha256 is" in refused(data)


def test_two_blobs_in_each_other_s_place_are_seen(site, refused):
    one, two = sorted((data for data in SITE.values() if data), key=len)[:2]
    data = site[0].replace(one, b"@").replace(two, one).replace(b"@", two)
    refused(data)


@pytest.mark.parametrize(
    "record",
    [
        {"base": "x", "carried": []},
        {"base": "0" * 64},
        {"base": "0" * 64, "carried": ["1" * 64]},
        {"base": "0" * 64, "carried": [sorted(SITE)[1], sorted(SITE)[0]]},
        {"base": "0" * 64, "carried": [sorted(SITE)[0], sorted(SITE)[0]]},
        {"base": "0" * 64, "carried": 5},
        {"base": {}, "carried": []},
        [],
        "x",
        None,
    ],
)
def test_a_delta_that_lies_about_what_it_carries_is_refused(refused, record):
    made = io.BytesIO()
    data = (json.dumps(record) + "\n").encode()
    room = b"\n" * 1024
    parts = (("manifest.json", manifest_bytes(site_manifest())), ("manifest.json.sig", room), ("base.json", data))
    for name, content in parts:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        made.write(member.tobuf(tarfile.GNU_FORMAT) + content + bytes(-len(content) % 512))
    refused(made.getvalue() + bytes(1024))


def test_names_in_a_refusal_write_nothing_on_terminals(refused):
    member = tarfile.TarInfo("\x1b[2Jx\nmanifest.json")
    assert "\x1b" not in refused(member.tobuf(tarfile.GNU_FORMAT) + bytes(2048))


def test_an_entry_added_after_signing_is_refused(tmp_path, site, refused):
    signature = Bundle.open(write_again(tmp_path, site[0])).head.signature
    write_site(tmp_path / "more.rwb", site_manifest(file_entry("more", b"")), signature=signature)
    assert "signed is another manifest" in refused((tmp_path / "more.rwb").read_bytes())


def write_again(folder, data):
    (folder / "again.rwb").write_bytes(data)
    return folder / "again.rwb"
