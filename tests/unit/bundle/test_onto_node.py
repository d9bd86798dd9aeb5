"""Which packages of a source a node is given."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.unit.bundle.site import digest_of, write_signed
from wizard.bundle.format.manifest import Entry
from wizard.bundle.packages.onto_node import lot
from wizard.hosts.facts import Facts
from wizard.hosts.output import Result
from wizard.hosts.script import Script
from wizard.hosts.upload import Source as Sent
from wizard.spec.source import Source

DEBIAN = Facts(os_id="debian", os_version="12", arch="x86_64")
HAPROXY, LIBC, SOCAT = b"haproxy", b"libc", b"socat"


@dataclass
class Node:
    got: dict[str, bytes] = field(default_factory=dict)
    installed: tuple[str, ...] = ()

    async def run(self, script: Script, *args: str, timeout_s: float) -> Result:
        assert script.name == "installed_packages"
        return Result(0, self.installed)

    async def send(self, source: Sent, dest: str, *, sha256: str) -> bool:
        self.got[dest] = source.read(0, source.size_bytes)
        assert hashlib.sha256(self.got[dest]).hexdigest() == sha256
        return True


def entry(name: str, data: bytes, arch: str = "", version: str = "1") -> tuple[Entry, bytes]:
    made = Entry(kind="package", name=f"packages/{name}", sha256=digest_of(data), source="apt:x", arch=arch)
    return made.model_copy(update={"version": version}), data


@pytest.fixture
def bundled(tmp_path: Path) -> Source:
    return write_signed(
        tmp_path,
        entry("debian-12/haproxy/haproxy_2.6_amd64.deb", HAPROXY, "amd64"),
        entry("debian-12/haproxy/haproxy_2.6_arm64.deb", HAPROXY, "arm64"),
        entry("debian-12/haproxy/libc6_2.36_all.deb", LIBC, version="1:2.36"),
        entry("debian-12/socat/libc6_2.36_all.deb", LIBC, version="1:2.36"),
        entry("debian-12/socat/socat_1.7_amd64.deb", SOCAT, "amd64"),
        entry("rhel-9/haproxy/haproxy-2.4.rpm", HAPROXY),
    )


async def test_a_node_is_given_all_that_its_packages_need_for_its_system_and_processor_once(
    bundled: Source, tmp_path: Path
) -> None:
    found = lot(bundled, tmp_path, DEBIAN, ("haproxy", "socat"), called="haproxy")
    assert found is not None
    assert found.words == ("--from", "/var/lib/rancher-wizard/packages/haproxy")
    node, told = Node(), list[str]()
    await found.send(node, told=told.append)
    assert node.got == {
        "/var/lib/rancher-wizard/packages/haproxy/haproxy_2.6_amd64.deb": HAPROXY,
        "/var/lib/rancher-wizard/packages/haproxy/libc6_2.36_all.deb": LIBC,
        "/var/lib/rancher-wizard/packages/haproxy/socat_1.7_amd64.deb": SOCAT,
    }
    assert sorted(told)[0] == "sends haproxy_2.6_amd64.deb"


@pytest.mark.parametrize(("installed", "sent"), [("package=libc6 1:2.36", False), ("package=libc6 1:2.35", True)])
async def test_what_is_installed_in_the_very_version_is_not_sent(
    bundled: Source, tmp_path: Path, installed: str, sent: bool
) -> None:
    found = lot(bundled, tmp_path, DEBIAN, ("haproxy",), called="haproxy")
    assert found is not None
    node = Node(installed=(installed, "package=bash 5.2"))
    await found.send(node, told=lambda text: None)
    assert [path.endswith("libc6_2.36_all.deb") for path in sorted(node.got)] == [False, *[True] * sent]


def test_a_rebuild_takes_the_packages_of_what_it_is_a_rebuild_of(bundled: Source, tmp_path: Path) -> None:
    found = lot(
        bundled, tmp_path, Facts(os_id="rocky", os_version="9.4", arch="x86_64"), ("haproxy",), called="haproxy"
    )
    assert found is not None
    assert [package.file_name for package in found.packages if isinstance(package, Entry)] == ["haproxy-2.4.rpm"]


@pytest.mark.parametrize(
    ("facts", "names"),
    [(DEBIAN, ("haproxy", "keepalived")), (Facts(os_id="ubuntu", os_version="24.04"), ("haproxy",)), (DEBIAN, ())],
)
def test_where_one_is_missing_the_node_s_own_sources_are_left_to_do(
    bundled: Source, tmp_path: Path, facts: Facts, names: tuple[str, ...]
) -> None:
    assert lot(bundled, tmp_path, facts, names, called="haproxy") is None


async def test_a_folder_with_packages_does_as_well(tmp_path: Path) -> None:
    folder = tmp_path / "files" / "packages" / "debian-12"
    folder.mkdir(parents=True)
    (folder / "haproxy_2.6_amd64.deb").write_bytes(HAPROXY)
    (folder / "readme.txt").write_text("no package")
    source = Source(kind="folder", path="files")
    found = lot(source, tmp_path, DEBIAN, ("haproxy",), called="haproxy")
    assert found is not None
    node = Node()
    await found.send(node, told=lambda text: None)
    assert list(node.got) == ["/var/lib/rancher-wizard/packages/haproxy/haproxy_2.6_amd64.deb"]
    assert lot(source, tmp_path, DEBIAN, ("keepalived",), called="keepalived") is None
