"""Packages of Debian's repositories: proven, closed over their dependencies, and in the bundle."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests.unit.bundle.debian import Publisher
from tests.unit.bundle.web import serving
from wizard.bundle.contents.artifact import Artifact
from wizard.bundle.fetch.cache import Cache
from wizard.bundle.fetch.fetch import Fetcher
from wizard.bundle.fetch.want import Ways
from wizard.bundle.packages.found import Packages, packages
from wizard.errors import WizardError

pytestmark = pytest.mark.skipif(not (shutil.which("gpg") and shutil.which("gpgv")), reason="gpg signs, gpgv proves")


@pytest.fixture(scope="module")
def publisher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publisher]:
    made = Publisher.new(tmp_path_factory.mktemp("gpg") / "home")
    yield made
    made.close()


def wanted(name: str, system: str = "debian-12", place: str = "apt:debian/bookworm") -> Artifact:
    return Artifact("package", f"packages/{system}/{name}", f"{place}/{name}", "packages", roles=("balancer",))


async def found(
    publisher: Publisher, tmp_path: Path, *artifacts: Artifact, keyring: Path | None = None, folder: Path | None = None
) -> Packages:
    async with serving(publisher.answers()) as web, httpx.AsyncClient() as client:
        ways = Ways((("deb.debian.org", web.url),), (folder,) if folder else ())
        fetcher = Fetcher(client, Cache(tmp_path / "cache"), ways)
        return await packages(artifacts, fetcher, arches=["amd64"], keyrings=[keyring or publisher.keyring])


def names(given: Packages, root: str) -> list[str]:
    files = [artifact.file_name for artifact, _ in given.files if artifact.name.split("/")[2] == root]
    return [name.partition("_")[0] for name in files]


async def test_a_package_brings_what_a_minimal_node_lacks_and_what_it_may_have_too_old(
    publisher: Publisher, tmp_path: Path
) -> None:
    given = await found(publisher, tmp_path, wanted("haproxy"), wanted("socat"))
    assert names(given, "haproxy") == ["dpkg", "haproxy", "libc6", "liblua5.3-0", "nullmailer"]
    assert names(given, "socat") == ["libwrap0", "socat"]
    artifact, want = next((each, want) for each, want in given.files if each.file_name.startswith("haproxy_"))
    assert want.url == artifact.source == "https://deb.debian.org/debian/pool/haproxy_2.36-1_amd64.deb"
    assert (artifact.version, artifact.arch, artifact.roles) == ("2.36-1", "amd64", ("balancer",))
    assert given.notes == ("debian-12: 7 packages, all that haproxy, socat need beyond a minimal node",)


async def test_what_no_repository_holds_is_named_with_who_asks_for_it(publisher: Publisher, tmp_path: Path) -> None:
    with pytest.raises(WizardError, match="package keepalived is in none of the repositories"):
        await found(publisher, tmp_path, wanted("keepalived"))
    lacking = replace(publisher, stanzas={**publisher.stanzas, "haproxy": "Depends: liblua5.3-0 (>= 3)"})
    with pytest.raises(WizardError, match=r"package haproxy depends on liblua5.3-0 >= 3, which is in none"):
        await found(lacking, tmp_path / "other", wanted("haproxy"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"codename": "bullseye"}, "it is of bullseye, not of bookworm"),
        ({"valid_for": timedelta(days=-2)}, "it ran out on"),
    ],
)
async def test_a_repository_that_is_another_or_old_is_refused(
    publisher: Publisher, tmp_path: Path, change: dict[str, object], said: str
) -> None:
    with pytest.raises(WizardError, match=said):
        await found(replace(publisher, **change), tmp_path, wanted("socat"))  # type: ignore[arg-type]


async def test_a_repository_that_somebody_else_signed_is_refused(publisher: Publisher, tmp_path: Path) -> None:
    other = Publisher.new(tmp_path / "other")
    try:
        with pytest.raises(WizardError, match=r"key [0-9A-F]{16} is in no keyring") as refused:
            await found(publisher, tmp_path, wanted("socat"), keyring=other.keyring)
    finally:
        other.close()
    assert "--keyring" in refused.value.hint


async def test_a_list_that_was_changed_after_it_was_signed_is_refused(publisher: Publisher, tmp_path: Path) -> None:
    class Changed(Publisher):
        def release(self, suite: str, files: dict[str, bytes]) -> bytes:
            return super().release(suite, files).replace(b"Acquire-By-Hash: yes", b"Acquire-By-Hash: no!")

    with pytest.raises(WizardError, match="its signature is wrong"):
        await found(Changed(publisher.home), tmp_path, wanted("socat"))


async def test_without_any_key_nothing_is_believed(publisher: Publisher, tmp_path: Path) -> None:
    with pytest.raises(WizardError, match=r"key [0-9A-F]{16} is in no keyring"):
        await found(publisher, tmp_path, wanted("socat"), keyring=tmp_path / "none.gpg")


async def test_packages_in_a_folder_of_the_operator_s_are_taken_before_any_repository(
    publisher: Publisher, tmp_path: Path
) -> None:
    artifact = wanted("haproxy", "rhel-9", "rpm:rocky/9")
    folder = tmp_path / "mine" / "packages" / "rhel-9"
    folder.mkdir(parents=True)
    for name in ("haproxy-2.4.22-3.el9.x86_64.rpm", "lua-libs-5.4.4-4.el9.x86_64.rpm"):
        (folder / name).write_bytes(name.encode())
    given = await found(publisher, tmp_path, artifact, folder=tmp_path / "mine")
    assert [each.name for each, _ in given.files] == [
        "packages/rhel-9/haproxy/haproxy-2.4.22-3.el9.x86_64.rpm",
        "packages/rhel-9/haproxy/lua-libs-5.4.4-4.el9.x86_64.rpm",
    ]
    assert given.notes == ()
