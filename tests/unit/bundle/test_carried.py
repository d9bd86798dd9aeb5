"""The bundle that a spec's source names, and what of it a node of each role gets."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.bundle.site import content, digest_of, write_site
from wizard.bundle.carried import carried
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.delta import write_delta
from wizard.bundle.format.manifest import Blob, Entry, Role, new_manifest
from wizard.bundle.signing.key import new_key, private_key
from wizard.bundle.signing.sign import sign_bundle
from wizard.distros.rke2.release import InBundle
from wizard.errors import BadUsage, Refused
from wizard.spec.source import Source

VERSION = "v1.34.2+rke2r1"
BOTH: tuple[Role, ...] = ("server", "agent")


def entries(data: bytes) -> Iterator[tuple[Entry, bytes]]:
    """What RKE2 needs, its tarball with this content; two archives are for one role alone."""
    roles_of: dict[str, tuple[Role, ...]] = {
        "rke2.linux-amd64.tar.gz": BOTH,
        "sha256sum-amd64.txt": BOTH,
        "install.sh": BOTH,
        "rke2-images-core.linux-amd64.tar.zst": BOTH,
        "rke2-images-harvester.linux-amd64.tar.zst": ("server",),
        "rke2-images-edge.linux-amd64.tar.zst": ("agent",),
        "rke2-images-own.linux-amd64.tar.zst": (),
    }
    for name, roles in roles_of.items():
        own = data if name.startswith("rke2.") else f"this is {name}".encode()
        path = f"rke2/{VERSION}/{name}"
        yield Entry(kind="file", name=path, sha256=digest_of(own), source="https://x", roles=roles), own


def write(path: Path, *given: tuple[Entry, bytes]) -> Bundle:
    blobs = content(*(data for _, data in given))
    sizes = [Blob(sha256=digest, size_bytes=len(data)) for digest, data in blobs.items()]
    return write_site(path, new_manifest("site", [entry for entry, _ in given], sizes), blobs)


@pytest.mark.parametrize(("role", "other"), [("server", "edge"), ("agent", "harvester")])
async def test_only_what_a_role_needs_goes_to_a_node(tmp_path: Path, role: Role, other: str) -> None:
    release = InBundle(write(tmp_path / "site.rwb", *entries(b"tarball")), VERSION)
    artifacts = await release.artifacts("amd64", role)
    sent = [each.source.name for each in artifacts]
    assert len(sent) == 6
    assert not any(other in name for name in sent)
    assert release.images("amd64", role).keys() == {name for name in sent if name.startswith("rke2-images")}
    assert release.size_bytes("amd64", role) == sum(each.size_bytes for each in artifacts)


@pytest.fixture
def delta(tmp_path: Path) -> Path:
    """A folder with old.rwb, and a signed delta.rwb on top of it."""
    old, new = write(tmp_path / "old.rwb", *entries(b"tarball")), write(tmp_path / "new.rwb", *entries(b"another"))
    write_delta(tmp_path / "delta.rwb", old, new)
    new_key(tmp_path / "signer")
    sign_bundle(tmp_path / "delta.rwb", private_key(tmp_path / "signer"))
    (tmp_path / "new.rwb").unlink()
    return tmp_path


def source(*base: str) -> Source:
    return Source(kind="bundle", path=Path("delta.rwb"), key=Path("signer.pub"), base=tuple(map(Path, base)))


async def test_a_delta_with_the_bundle_below_it_is_as_good_as_the_whole(delta: Path) -> None:
    bundle = carried(source("old.rwb"), delta)
    assert bundle is not None
    files = {each.source.name: each for each in await InBundle(bundle, VERSION).artifacts("amd64", "server")}
    assert files["rke2.linux-amd64.tar.gz"].source.read(0, 100) == b"another"
    assert files["install.sh"].source.read(0, 100) == b"this is install.sh"


def test_a_delta_alone_is_refused_and_what_is_below_it_has_to_be_there(delta: Path) -> None:
    with pytest.raises(Refused, match="a delta on top of bundle"):
        carried(source(), delta)
    with pytest.raises(BadUsage, match="No such file") as missing:
        carried(source("gone.rwb"), delta)
    assert "source.base" in missing.value.hint


async def test_what_was_changed_in_the_bundle_below_is_found_before_use(delta: Path) -> None:
    place = delta / "old.rwb"
    whole = place.read_bytes()
    place.write_bytes(whole.replace(b"this is rke2-images-core", b"that is rke2-images-core"))
    assert place.read_bytes() != whole
    bundle = carried(source("old.rwb"), delta)
    assert bundle is not None
    with pytest.raises(Refused, match="rke2-images-core"):
        await InBundle(bundle, VERSION).artifacts("amd64", "server")


def test_a_bundle_of_somebody_else_is_refused_with_its_file(delta: Path) -> None:
    new_key(delta / "other")
    untrusted = source("old.rwb").model_copy(update={"key": Path("other.pub")})
    with pytest.raises(Refused, match=rf"^{delta.resolve()}/delta.rwb: bundle .* is signed by SHA256:"):
        carried(untrusted, delta)
