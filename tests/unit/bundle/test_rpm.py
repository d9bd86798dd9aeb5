"""Lists of RPM repositories: read as their tools write them, closed over, and written again for a node."""

import gzip
import hashlib
import io
import lzma
from pathlib import Path

import httpx
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.bundle.web import Answer, Asked, serving
from wizard.bundle.contents.artifact import Artifact
from wizard.bundle.fetch.cache import Cache
from wizard.bundle.fetch.fetch import Fetcher
from wizard.bundle.fetch.want import Ways
from wizard.bundle.packages.found import packages
from wizard.bundle.packages.relation import Relation
from wizard.bundle.packages.rpm_header import Header, read_header
from wizard.bundle.packages.rpm_index import Rpm, groups_of, read_primary
from wizard.bundle.packages.rpm_release import read_repomd
from wizard.bundle.packages.rpm_repository import Held, metadata
from wizard.bundle.packages.rpm_version import key, satisfies
from wizard.bundle.packages.rpm_xml import COMMON, REPO, RPM
from wizard.errors import WizardError

ARCHES = frozenset({"x86_64", "noarch"})
# As createrepo_c 0.17 writes it, shortened.
PRIMARY = f"""<?xml version="1.0" encoding="UTF-8"?>
<metadata xmlns="{COMMON}" xmlns:rpm="{RPM}" packages="3">
<package type="rpm">
  <name>haproxy</name><arch>x86_64</arch><version epoch="0" ver="2.4.22" rel="3.el9"/>
  <checksum type="sha256" pkgid="YES">{"a" * 64}</checksum>
  <summary>HAProxy &amp; more</summary>
  <size package="2300" installed="6600" archive="7000"/>
  <location href="Packages/h/haproxy-2.4.22-3.el9.x86_64.rpm"/>
  <format>
    <rpm:provides>
      <rpm:entry name="haproxy" flags="EQ" epoch="0" ver="2.4.22" rel="3.el9"/>
      <rpm:entry name="config(haproxy)" flags="EQ" epoch="0" ver="2.4.22" rel="3.el9"/>
    </rpm:provides>
    <rpm:requires>
      <rpm:entry name="/bin/sh" pre="1"/>
      <rpm:entry name="config(haproxy)" flags="EQ" epoch="0" ver="2.4.22" rel="3.el9"/>
      <rpm:entry name="libc.so.6(GLIBC_2.34)(64bit)"/>
      <rpm:entry name="rpmlib(CompressedFileNames)" flags="LE" epoch="0" ver="3.0.4" rel="1"/>
      <rpm:entry name="shadow-utils" flags="GE" epoch="2" ver="4.9"/>
    </rpm:requires>
    <file>/usr/sbin/haproxy</file>
  </format>
</package>
<package type="rpm"><name>haproxy</name><arch>i686</arch></package>
</metadata>
"""
HAPROXY = Rpm(
    name="haproxy",
    version="0:2.4.22-3.el9",
    arch="x86_64",
    requires=(
        Relation("/bin/sh"),
        Relation("config(haproxy)", "=", "0:2.4.22-3.el9"),
        Relation("libc.so.6(GLIBC_2.34)(64bit)"),
        Relation("rpmlib(CompressedFileNames)", "<=", "0:3.0.4-1"),
        Relation("shadow-utils", ">=", "2:4.9"),
    ),
    provides=(
        Relation("haproxy", "=", "0:2.4.22-3.el9"),
        Relation("config(haproxy)", "=", "0:2.4.22-3.el9"),
    ),
    files=("/usr/sbin/haproxy",),
    url="https://mirror.example/os/Packages/h/haproxy-2.4.22-3.el9.x86_64.rpm",
    size_bytes=2300,
    sha256="a" * 64,
)


def read(folder: Path, data: bytes, packed: str = "") -> list[Rpm]:
    path = folder / "primary"
    path.write_bytes(data)
    return list(read_primary(path, root="https://mirror.example/os", packed=packed, arches=ARCHES))


@pytest.mark.parametrize(
    ("packed", "pack"),
    [("", bytes), (".gz", gzip.compress), (".xz", lzma.compress), (".zst", zstandard.compress)],
)
def test_a_list_is_read_however_it_is_packed_and_of_other_processors_nothing(tmp_path, packed, pack):
    assert read(tmp_path, pack(PRIMARY.encode()), packed) == [HAPROXY]


def test_what_a_package_brings_itself_and_what_rpm_can_do_is_asked_of_nobody():
    assert [[str(each) for each in group] for group in HAPROXY.groups] == [
        ["/usr/bin/sh"],
        ["libc.so.6(GLIBC_2.34)(64bit)"],
        ["shadow-utils >= 2:4.9"],
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"junk",
        PRIMARY.encode()[:-40],
        PRIMARY.replace("sha256", "sha1").encode(),
        PRIMARY.replace('<location href="Packages/h/haproxy-2.4.22-3.el9.x86_64.rpm"/>', "").encode(),
        PRIMARY.replace("?>\n", '?>\n<!DOCTYPE metadata [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>\n', 1).encode(),
    ],
    ids=["empty", "no XML", "cut", "no sha256", "no place", "entities"],
)
def test_what_is_no_list_is_told_with_the_repository(tmp_path, data):
    with pytest.raises(WizardError, match=r"^https://mirror\.example/os: its list of packages can't be read: "):
        read(tmp_path, data)


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("(a or b >= 2)", ["a | b >= 2"]),
        ("(a and b)", ["a", "b"]),
        ("((a or b) and c(x86-64))", ["a | b", "c(x86-64)"]),
        ("(a >= 1.0 with a < 2)", ["a >= 1.0"]),
        ("(a if b)", ["a?"]),
        ("((a and b) if (c or d) else e)", ["a?", "b?"]),
        ("(a unless b)", ["a?"]),
        ("(/bin/a or b)", ["/usr/bin/a | b"]),
    ],
)
def test_boolean_dependencies_are_understood(text, groups):
    found = [" | ".join(f"{each}{'?' * each.wished}" for each in group) for group in groups_of(Relation(text))]
    assert found == groups


@given(st.text("(ab) <>=orifand", max_size=30))
def test_a_dependency_of_any_form_is_read_to_its_end(text):
    assert isinstance(list(groups_of(Relation(f"({text}"))), list)


# Source: tests/rpmvercmp.at of rpm, and rpm-version(7).
@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("1.0", "2.0"),
        ("2.0", "2.0.1"),
        ("5.5p1", "5.5p2"),
        ("10xyz", "10.1xyz"),
        ("xyz.4", "8"),
        ("5.6p1", "6.5p1"),
        ("1.0~rc1", "1.0"),
        ("1.0~rc1~git123", "1.0~rc1"),
        ("1.0", "1.0^"),
        ("1.0^git1", "1.01"),
        ("1.0^20160101", "1.0.1"),
        ("a", "1"),
        ("9:1.0", "10:0.1"),
        ("1.0-9.el9", "1.0-10.el9"),
    ],
)
def test_versions_are_ordered_as_rpm_orders_them(older, newer):
    assert key(older) < key(newer)
    assert (satisfies(newer, ">", older), satisfies(older, ">=", newer)) == (True, False)


@pytest.mark.parametrize(("one", "other"), [("1.0", "0:1.0"), ("1.05", "1.5"), ("2_0", "2.0"), ("fc4", "fc.4")])
def test_versions_that_rpm_takes_for_the_same_are(one, other):
    assert key(one) == key(other)


def test_a_dependency_without_a_release_says_nothing_of_it():
    assert satisfies("0:5.4-7.el9", "=", "0:5.4")
    assert not satisfies("0:5.4-7.el9", ">", "0:5.4")


def test_a_table_without_sha256_lists_nothing_and_one_that_is_none_is_told(tmp_path):
    path = tmp_path / "repomd.xml"
    row = '<data type="primary"><checksum type="{}">ab</checksum><location href="repodata/p.xml"/></data>'
    path.write_text(f'<repomd xmlns="{REPO}">{row.format("sha256")}</repomd>')
    assert read_repomd(path, name="repomd.xml")["primary"].path == "repodata/p.xml"
    path.write_text(f'<repomd xmlns="{REPO}">{row.format("sha1")}</repomd>')
    assert read_repomd(path, name="repomd.xml") == {}
    path.write_text("<html>")
    with pytest.raises(WizardError, match=r"^repomd\.xml: it can't be read"):
        read_repomd(path, name="repomd.xml")


def test_what_a_node_is_given_is_read_as_it_was_meant(tmp_path):
    relations = {
        "requires": (Relation("/bin/sh"), Relation("a<b>&'\"", ">=", "2:1.0-3"), Relation("c", "<", "1")),
        "provides": (Relation("haproxy", "=", "2.4-1"),),
    }
    header = Header("haproxy", 0, "2.4", "1", "x86_64", relations, ("/usr/bin/a&b",), 100)
    made = metadata([Held(header, "haproxy-2.4-1.x86_64.rpm", "b" * 64, 123)])
    (found,) = read(tmp_path, made["primary.xml"])
    assert [str(each) for each in found.requires] == ["/bin/sh", "a<b>&'\" >= 2:1.0-3", "c < 0:1"]
    assert (found.version, found.files, found.sha256) == ("0:2.4-1", ("/usr/bin/a&b",), "b" * 64)
    (tmp_path / "repomd.xml").write_bytes(made["repomd.xml"])
    listed = read_repomd(tmp_path / "repomd.xml", name="repomd.xml")["primary"]
    assert listed.sha256 == hashlib.sha256(made["primary.xml"]).hexdigest()
    assert made == metadata([Held(header, "haproxy-2.4-1.x86_64.rpm", "b" * 64, 123)])


async def test_without_a_key_of_its_publisher_a_repository_is_not_asked(tmp_path: Path) -> None:
    artifact = Artifact("package", "packages/rhel-9/rke2-selinux", "rpm:rocky/9/rke2-selinux", "packages")
    asked: list[str] = []

    def answer(question: Asked) -> Answer:
        asked.append(question.path)
        return Answer(404)

    async with serving(answer) as web, httpx.AsyncClient() as client:
        hosts = ("dl.rockylinux.org", "rpm.rancher.io", "download.docker.com")
        ways = Ways(tuple((host, web.url) for host in hosts))
        fetcher = Fetcher(client, Cache(tmp_path / "cache"), ways)
        with pytest.raises(WizardError, match="no keyring proves the packages of https://") as refused:
            await packages([artifact], fetcher, arches=["amd64"])
        assert "--keyring" in refused.value.hint
        assert asked == []
        # A repository that has one thing alone is asked for that.
        with pytest.raises(WizardError, match="HTTP 404"):
            await packages([artifact], fetcher, arches=["amd64"], keyrings=[tmp_path / "key.gpg"])
        assert not any("docker" in path for path in asked)


LEAD = b"\xed\xab\xee\xdb" + bytes(92)
MAGIC = b"\x8e\xad\xe8\x01"


@pytest.mark.parametrize(
    "data",
    [b"", LEAD, LEAD + MAGIC + b"\xff" * 12, LEAD + MAGIC + bytes(4) + b"\0\0\1\0" * 2],
    ids=["empty", "no header", "endless", "cut"],
)
def test_a_file_that_is_no_rpm_is_told(data):
    with pytest.raises(WizardError, match=r"^a\.rpm: it is no RPM: "):
        read_header(io.BytesIO(data), name="a.rpm")
