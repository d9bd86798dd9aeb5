"""Packages of RPM distributions, with their own tools: read, proven, installed on a node without network."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.lab import rpms
from tests.lab.machine import install_packages
from tests.unit.bundle.debian import Publisher
from tests.unit.bundle.test_onto_node import Node
from tests.unit.bundle.web import serving
from wizard.bundle.contents.artifact import Artifact
from wizard.bundle.fetch.cache import Cache
from wizard.bundle.fetch.fetch import Fetcher
from wizard.bundle.fetch.want import Ways
from wizard.bundle.packages.found import Packages, packages
from wizard.bundle.packages.onto_node import STAGING, Lot, lot
from wizard.bundle.packages.rpm_header import prove_rpm, read_header
from wizard.errors import Refused, WizardError
from wizard.hosts.facts import Facts
from wizard.hosts.script import load_script
from wizard.mend.mend import ROOM
from wizard.spec.source import Source

ROOTS = {
    "rhel-9": ("/pub/rocky/9/BaseOS/x86_64/os", "/pub/rocky/9/AppStream/x86_64/os"),
    "sles-15": (
        "/distribution/leap/15.6/repo/oss",
        "/update/leap/15.6/oss",
        "/update/leap/15.6/sle",
    ),
}
PLACES = {"rhel-9": "rpm:rocky/9", "sles-15": "rpm:leap/15.6"}
MINIMAL = ("bash", "coreutils", "systemd")
NEEDED = {"haproxy-2.4.22", "lua-libs-5.4.4", "coreutils-1.0", "tuned-1.0", "helper-b-1.0"}


@pytest.fixture(scope="module")
def publisher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publisher]:
    install_packages(rpms.TOOLS)
    made = Publisher.new(tmp_path_factory.mktemp("gpg") / "home")
    yield made
    made.close()


@pytest.fixture(scope="module")
def repository(publisher: Publisher, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = rpms.build(tmp_path_factory.mktemp("rpms"))
    rpms.sign(found, publisher)
    rpms.publish(found, publisher)
    return found


async def found(
    repository: Path, keyring: Path, system: str, folder: Path, *names: str, fetch: bool = False
) -> Packages:
    """Return what brings these packages; with `fetch`, the files come into `folder` as a spec's source has them."""
    artifacts = [
        Artifact("package", f"packages/{system}/{name}", f"{PLACES[system]}/{name}", "packages") for name in names
    ]
    async with serving(rpms.answers(repository, ROOTS[system])) as web, httpx.AsyncClient() as client:
        hosts = ("dl.rockylinux.org", "download.opensuse.org")
        fetcher = Fetcher(client, Cache(folder / "cache"), Ways(tuple((host, web.url) for host in hosts)))
        given = await packages(artifacts, fetcher, arches=["amd64"], keyrings=[keyring])
        for _, want in given.files if fetch else ():
            blob = await fetcher.fetch(want)
            place = folder / "packages" / system / want.file_name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(blob.path.read_bytes())
            for keys in filter(None, [want.keyrings]):
                await asyncio.to_thread(prove_rpm, blob.path, keys, name=want.url)
    return given


def names(given: Packages, package: str) -> set[str]:
    files = [artifact.file_name for artifact, _ in given.files if artifact.name.split("/")[2] == package]
    return {name.removesuffix("-1.x86_64.rpm") for name in files}


@pytest.mark.parametrize("system", ["rhel-9", "sles-15"])
async def test_a_package_brings_what_a_minimal_node_lacks_and_what_it_may_have_too_old(
    repository: Path, publisher: Publisher, tmp_path: Path, system: str
) -> None:
    given = await found(repository, publisher.keyring, system, tmp_path, "haproxy", "socat")
    assert names(given, "haproxy") == NEEDED
    assert names(given, "socat") == {"socat-1.0", "helper-b-1.0"}
    artifact, want = next((each, want) for each, want in given.files if each.file_name.startswith("haproxy"))
    assert (artifact.version, artifact.arch) == ("0:2.4.22-1", "amd64")
    assert want.size_bytes == (repository / want.file_name).stat().st_size


async def test_a_list_is_believed_only_when_its_publisher_signed_it(
    repository: Path, publisher: Publisher, tmp_path: Path
) -> None:
    other = Publisher.new(tmp_path / "other")
    try:
        with pytest.raises(Refused, match=r"repomd\.xml: key [0-9A-F]{16} is in no keyring"):
            await found(repository, other.keyring, "sles-15", tmp_path, "socat")
    finally:
        other.close()
    table = repository / "repodata" / "repomd.xml"
    whole = table.read_bytes()
    table.write_bytes(whole.replace(b"<revision>", b"<revision>1"))
    try:
        with pytest.raises(Refused, match=r"repomd\.xml: its signature is wrong"):
            await found(repository, publisher.keyring, "sles-15", tmp_path / "b", "socat")
    finally:
        table.write_bytes(whole)


def test_a_package_is_believed_only_when_its_publisher_signed_it(
    repository: Path, publisher: Publisher, tmp_path: Path
) -> None:
    whole = (repository / "socat-1.0-1.x86_64.rpm").read_bytes()
    place = tmp_path / "socat.rpm"
    place.write_bytes(whole)
    assert len(prove_rpm(place, [publisher.keyring], name="socat")) == 40
    with place.open("rb") as file:
        end = read_header(file, name="socat").end
    place.write_bytes(whole[:end] + bytes([whole[end] ^ 1]) + whole[end + 1 :])
    with pytest.raises(Refused, match="socat: its payload was changed"):
        prove_rpm(place, [publisher.keyring], name="socat")
    at = whole.rindex(b"made for a test", 0, end)
    place.write_bytes(whole[:at] + b"M" + whole[at + 1 :])
    with pytest.raises(Refused, match="socat: its signature is wrong"):
        prove_rpm(place, [publisher.keyring], name="socat")
    (unsigned,) = rpms.build(tmp_path, (rpms.Made("plain"),)).glob("*.rpm")
    with pytest.raises(Refused, match="plain: nobody signed it"):
        prove_rpm(unsigned, [publisher.keyring], name="plain")
    place.write_bytes(whole[:200])
    with pytest.raises(WizardError, match="socat: it is no RPM: cut off in a header"):
        prove_rpm(place, [publisher.keyring], name="socat")


def test_a_file_says_of_itself_what_rpm_says(repository: Path) -> None:
    path = repository / "haproxy-2.4.22-1.x86_64.rpm"
    with path.open("rb") as file:
        header = read_header(file, name="haproxy")

    def asked(what: str) -> list[str]:
        done = subprocess.run(("rpm", "-qp", what, path), capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    assert sorted(map(str, header.relations["requires"])) == sorted(asked("--requires"))
    assert sorted(map(str, header.relations["provides"])) == sorted(asked("--provides"))
    assert sorted(header.files) == sorted(asked("--list"))


@pytest.mark.parametrize(("manager", "system", "os_id"), [("dnf", "rhel-9", "rhel"), ("zypper", "sles-15", "sles")])
async def test_a_node_installs_them_without_any_network(
    repository: Path, publisher: Publisher, tmp_path: Path, manager: str, system: str, os_id: str
) -> None:
    root, folder = tmp_path / "root", tmp_path / "sent"
    (root / "var/lib/rancher-wizard").mkdir(parents=True)
    rpm(root, "--nosignature", "-i", *(str(repository / f"{name}-1.0-1.x86_64.rpm") for name in MINIMAL))
    await found(repository, publisher.keyring, system, tmp_path / "source", "haproxy", fetch=True)
    facts = Facts(os_id=os_id, os_version=system.partition("-")[2], arch="x86_64")
    given = lot(Source(kind="folder", path="source"), tmp_path, facts, ("haproxy",), called="haproxy")
    assert given is not None
    await send(given, folder)
    done = install(folder, rpms.node_path(tmp_path, manager, root))
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(rpm(root, "-qa", "--qf", "%{NAME}-%{VERSION}\n").split()) == {"bash-1.0", "systemd-1.0", *NEEDED}
    assert not folder.exists()


@pytest.mark.parametrize(("manager", "system", "os_id"), [("dnf", "rhel-9", "rhel"), ("zypper", "sles-15", "sles")])
async def test_an_older_one_is_renewed_where_that_is_asked_for(
    repository: Path, publisher: Publisher, tmp_path: Path, manager: str, system: str, os_id: str
) -> None:
    root, folder = tmp_path / "root", tmp_path / "sent"
    (root / "var/lib/rancher-wizard").mkdir(parents=True)
    there = [*(f"{name}-1.0" for name in MINIMAL), "helper-b-1.0", "lua-libs-5.4.4", "tuned-1.0", "haproxy-2.4.3"]
    rpm(root, "--nosignature", "-i", *(str(repository / f"{name}-1.x86_64.rpm") for name in there))
    await found(repository, publisher.keyring, system, tmp_path / "source", "haproxy", fetch=True)
    facts = Facts(os_id=os_id, os_version=system.partition("-")[2], arch="x86_64")
    given = lot(Source(kind="folder", path="source"), tmp_path, facts, ("haproxy",), called="haproxy")
    assert given is not None
    assert given.version_of("haproxy") == "0:2.4.22-1"
    node_path = rpms.node_path(tmp_path, manager, root)
    for more, version in (((), "2.4.3"), (("--renew",), "2.4.22"), (("--renew",), "2.4.22")):
        await send(given, folder)
        done = install(folder, node_path, *more)
        assert done.returncode == 0, done.stdout + done.stderr
        assert rpm(root, "-q", "--qf", "%{VERSION}", "haproxy") == version
        assert not folder.exists()


async def send(given: Lot, folder: Path) -> None:
    """Send to a node whose folder for them is `folder`."""
    node = Node()
    await given.send(node, told=lambda text: None)
    for path, data in node.got.items():
        place = folder / path.removeprefix(f"{STAGING}/haproxy/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def rpm(root: Path, *words: str) -> str:
    done = subprocess.run(("rpm", "--root", root, *words), capture_output=True, text=True, check=True)
    return done.stdout


def install(folder: Path, path: str, *more: str) -> "subprocess.CompletedProcess[str]":
    """Run what installs packages on nodes, with no network at all."""
    script = "\n".join([load_script(ROOM, "keep").text, load_script(ROOM, "install").text, 'install "$@"\n'])
    words = ("sh", "-s", "rpm-test", "apply", "--from", str(folder), *more, "haproxy")
    command = ("/usr/bin/unshare", "--net", "/usr/bin/env", "-i", f"PATH={path}", "HOME=/root", *words)
    return subprocess.run(command, input=script, capture_output=True, text=True)
