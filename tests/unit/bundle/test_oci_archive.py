"""A bundle's images as an archive for containerd: read out of the bundle, manifests as they are, each blob once."""

import io
import json
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.bundle.images import make_image
from tests.unit.bundle.shelves import write_bundle_of
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.oci.manifest import digest_of
from wizard.bundle.oci_archive import Archive, archive_of, archived_image, looked_up, prove_images
from wizard.errors import Refused, WizardError

NAMES = ("docker.io/rancher/rancher:v2", "docker.io/rancher/shell:v1", "quay.io/jetstack/webhook:v1")
IMAGES = {name: make_image(name, docker="shell" in name) for name in NAMES}


def archive(bundle: Bundle, arch: str = "amd64") -> Archive:
    return archive_of(bundle, [archived_image(bundle, each, arch) for each in bundle.manifest.entries], "some-")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return write_bundle_of(IMAGES, tmp_path_factory.mktemp("bundle") / "site.rwb")


def files_of(made: Archive) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(made.read(0, made.size_bytes))) as tar:
        found = [(each.name, tar.extractfile(each)) for each in tar.getmembers()]
    names = [name for name, _ in found]
    assert len(names) == len(set(names))
    return {name: file.read() for name, file in found if file}


@pytest.mark.parametrize("arch", ["amd64", "arm64"])
def test_each_name_leads_to_the_manifest_that_was_signed_for_the_processor(bundle: Bundle, arch: str) -> None:
    files = files_of(archive(bundle, arch))
    assert files.pop("oci-layout") == b'{"imageLayoutVersion":"1.0.0"}'
    rows = json.loads(files.pop("index.json"))["manifests"]
    wanted = {}
    for name, made in IMAGES.items():
        (wanted[name],) = [
            each["digest"] for each in made.index["manifests"] if each["platform"]["architecture"] == arch
        ]
    assert {row["annotations"]["io.containerd.image.name"]: row["digest"] for row in rows} == wanted
    needed = set(wanted.values())
    for row in rows:
        manifest = json.loads(files[f"blobs/sha256/{row['digest'].removeprefix('sha256:')}"])
        assert (row["mediaType"], row["size"]) == (manifest["mediaType"], len(json.dumps(manifest)))
        needed |= {each["digest"] for each in (manifest["config"], *manifest["layers"])}
    # The layer that all share is there once, and nothing of another processor.
    assert {f"blobs/sha256/{digest.removeprefix('sha256:')}" for digest in needed} == files.keys()
    assert all(digest_of(data).endswith(name.rpartition("/")[2]) for name, data in files.items())


@given(data=st.data())
def test_any_piece_of_it_is_that_of_the_whole(bundle: Bundle, data: st.DataObject) -> None:
    made = archive(bundle)
    whole = made.read(0, made.size_bytes + 1)
    assert len(whole) == made.size_bytes
    offset = data.draw(st.integers(0, made.size_bytes))
    length = data.draw(st.integers(1, made.size_bytes + 10))
    assert made.read(offset, length) == whole[offset : offset + length]


def test_its_name_tells_archives_apart_and_the_same_images_give_the_same_one(bundle: Bundle) -> None:
    assert archive(bundle).name == archive(bundle).name
    assert archive(bundle).name != archive(bundle, "arm64").name
    assert archive(bundle).name.startswith("some-")


def test_a_bundle_that_is_cut_while_it_is_read_gives_less_and_nothing_else(bundle: Bundle, tmp_path: Path) -> None:
    copy = tmp_path / "site.rwb"
    copy.write_bytes(bundle.path.read_bytes())
    made = archive(Bundle.open(copy))
    whole = made.read(0, made.size_bytes)
    copy.write_bytes(copy.read_bytes()[: -made.size_bytes // 2])
    left = made.read(0, made.size_bytes)
    assert len(left) < len(whole)
    assert whole.startswith(left)


def test_what_a_pod_asks_for_by_digest_is_found_whatever_tag_stands_beside() -> None:
    digest = f"sha256:{'a' * 64}"
    assert looked_up("docker.io/rancher/shell:v1") == "docker.io/rancher/shell:v1"
    assert looked_up(f"quay.io:5000/a/b@{digest}") == f"quay.io:5000/a/b@{digest}"
    assert looked_up(f"quay.io:5000/a/b:v1@{digest}") == f"quay.io:5000/a/b@{digest}"


def test_a_processor_that_the_bundle_was_not_made_for_is_refused_by_name(bundle: Bundle) -> None:
    with pytest.raises(WizardError, match=r"docker\.io/rancher/rancher:v2 is not in it for s390x"):
        archive(bundle, "s390x")


def test_blobs_are_proven_before_they_are_sent(bundle: Bundle, tmp_path: Path) -> None:
    copy = tmp_path / "site.rwb"
    copy.write_bytes(bundle.path.read_bytes())
    made = archive(Bundle.open(copy))
    prove_images(bundle, made.images)
    at = copy.read_bytes().index(b"the layer that all share")
    copy.write_bytes(copy.read_bytes()[:at] + b"X" + copy.read_bytes()[at + 1 :])
    with pytest.raises(Refused, match=r"blob .* of docker\.io/rancher/rancher:v2"):
        prove_images(Bundle.open(copy), made.images)
