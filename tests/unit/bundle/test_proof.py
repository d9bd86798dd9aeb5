"""What of its publisher's vouches for a file is checked, and said."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.unit.bundle.debian import Publisher
from tests.unit.bundle.web import Answer, serving
from wizard.bundle.contents.artifact import Artifact, Signature
from wizard.bundle.contents.wanted import wanted
from wizard.bundle.contents.wish import Wish
from wizard.bundle.fetch.cache import Cache
from wizard.bundle.fetch.fetch import Fetcher
from wizard.bundle.fetch.proof import proof_of
from wizard.bundle.fetch.want import Want, Ways
from wizard.bundle.format.manifest import Blob, Entry, new_manifest
from wizard.bundle.summary import proofs
from wizard.errors import Refused

pytestmark = pytest.mark.skipif(not (shutil.which("gpg") and shutil.which("gpgv")), reason="gpg signs, gpgv proves")
CHART = b"the chart" * 100
URL = "https://charts.example/a-1.tgz"
KEYS = "https://charts.example/KEYS"


@pytest.fixture(scope="module")
def publisher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publisher]:
    made = Publisher.new(tmp_path_factory.mktemp("gpg") / "home")
    yield made
    made.close()


def provenance(publisher: Publisher, data: bytes) -> bytes:
    """What `helm package --sign` writes."""
    text = f"name: a\nversion: 1\n\n...\nfiles:\n  a-1.tgz: sha256:{hashlib.sha256(data).hexdigest()}\n"
    return publisher.gpg("--clearsign", given=text.encode())


def detached(publisher: Publisher, data: bytes) -> bytes:
    return publisher.gpg("--detach-sign", "--armor", given=data)


def fingerprint(publisher: Publisher) -> str:
    listed = publisher.gpg("--with-colons", "--list-keys").decode()
    return next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr"))


async def said(tmp_path: Path, publisher: Publisher, signature: bytes, *, end: str, whose: str = "") -> str:
    """Return the proof of CHART, with this signature at its URL and the publisher's keys as text."""
    wanted = Signature(f"{URL}{end}", KEYS, (whose or fingerprint(publisher),))
    artifact = Artifact("chart", "charts/a-1.tgz", URL, "a", signature=wanted)
    files = {
        "/a-1.tgz": CHART,
        f"/a-1.tgz{end}": signature,
        "/KEYS": b"of whom\n\n" + publisher.gpg("--export", "--armor"),
    }
    async with serving(lambda asked: Answer(200, files[asked.path])) as web, httpx.AsyncClient() as client:
        fetcher = Fetcher(client, Cache(tmp_path / "cache"), Ways((("charts.example", web.url),)))
        want = Want("a", URL, proof="sha256 in https://charts.example/sums")
        return await proof_of(fetcher, artifact, want, await fetcher.fetch(want))


async def test_a_signature_or_provenance_is_checked_and_told_with_the_checksum(
    tmp_path: Path, publisher: Publisher
) -> None:
    whose = fingerprint(publisher)
    sums = "sha256 in https://charts.example/sums"
    found = await said(tmp_path / "a", publisher, detached(publisher, CHART), end=".asc")
    assert found == f"signature of {whose} in {URL}.asc; {sums}"
    found = await said(tmp_path / "b", publisher, provenance(publisher, CHART), end=".prov")
    assert found == f"signature of {whose} in {URL}.prov; {sums}"


async def test_a_signature_of_another_file_or_key_is_refused(tmp_path: Path, publisher: Publisher) -> None:
    with pytest.raises(Refused, match=r"a-1\.tgz\.asc: its signature is wrong"):
        await said(tmp_path / "a", publisher, detached(publisher, b"another"), end=".asc")
    with pytest.raises(Refused, match=r"\.prov: it names sha256 [0-9a-f]{16}… for a-1\.tgz, which has"):
        await said(tmp_path / "b", publisher, provenance(publisher, b"another"), end=".prov")
    with pytest.raises(Refused, match="which is not known to be a's"):
        await said(tmp_path / "c", publisher, detached(publisher, CHART), end=".asc", whose="0" * 40)
    with pytest.raises(Refused, match="no key that is known here signed it"):
        await said(tmp_path / "d", publisher, b"no signature", end=".asc")


def test_helm_and_cert_manager_are_signed_and_what_their_keys_are_is_known() -> None:
    artifacts = wanted(Wish("v1.34.2+rke2r1", helm=True, cert_manager="v1.20.3")).artifacts
    signed = {each.part: each.signature for each in artifacts if each.signature}
    assert signed.keys() == {"helm", "cert-manager"}
    for each in signed.values():
        assert all(len(print_of) == 40 and print_of == print_of.upper() for print_of in each.fingerprints)


def test_a_bundle_says_what_of_its_publishers_vouched_for_it() -> None:
    digest = "a" * 64
    given = {"b": "signature of A in x; sha256 in y", "c": "sha256 in y", "d": ""}
    entries = [
        Entry(kind="file", name=name, sha256=digest, source="https://x", proof=proof) for name, proof in given.items()
    ]
    manifest = new_manifest("site", entries, [Blob(sha256=digest, size_bytes=1)])
    assert proofs(manifest) == (
        "publishers' signatures were checked of 1, their checksums of 1; neither was there for d"
    )
