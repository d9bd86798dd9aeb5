"""A bundle is complete when everything that its site will ask for is in it, and what is missing is named."""

import gzip
import io
import json
import sys
import tarfile

import pytest
import zstandard

from tests.unit.bundle.site import content, digest_of, write_site
from wizard.bundle.contents.archive import images_in
from wizard.bundle.contents.artifact import Artifact
from wizard.bundle.contents.complete import complete
from wizard.bundle.contents.rendered import images_named
from wizard.bundle.contents.wanted import wanted
from wizard.bundle.contents.wish import Wish
from wizard.bundle.format.manifest import Blob, Entry, new_manifest
from wizard.errors import Refused, WizardError

CORE, CANAL = "rancher/hardened-etcd:v3.6.4", "rancher/hardened-calico:v3.30"
LISTS = {"core": CORE, "canal": CANAL}
ARCHIVES = dict(LISTS)
MANAGER, LATE = "docker.io/longhornio/longhorn-manager:v1.11.4", "quay.io/jetstack/late:v1"
WISH = Wish("v1.34.2+rke2r1", cert_manager="v1.20.3", longhorn="1.11.4")
HELM = """#!{python}
import sys
print("kind: Deployment\\nspec: {{image: 'quay.io/jetstack/cert-manager-controller:v1.20.3'}}")
print("---\\nargs: ['--acme-http01-solver-image=quay.io/jetstack/late:v1']") if "cert-manager" in sys.argv else None
"""


def saved(*references: str, pack=lambda data: zstandard.compress(data)) -> bytes:
    """An archive as `docker save` writes it."""
    index = json.dumps([{"Config": "c.json", "RepoTags": list(references), "Layers": []}]).encode()
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for name, data in (("layer.tar", bytes(5000)), ("manifest.json", index)):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return pack(made.getvalue())


def data_of(artifact: Artifact) -> bytes:
    """What each artifact of WISH is in these tests."""
    name = artifact.file_name
    if name.startswith("rke2-images-"):
        which = "core" if "core" in name else "canal"
        return saved(ARCHIVES[which]) if name.endswith(".zst") else f"docker.io/{LISTS[which]}\n".encode()
    return b"longhornio/longhorn-manager:v1.11.4\n" if name == "longhorn-images.txt" else artifact.name.encode()


def bundle_of(
    tmp_path, *, without=(), more=("docker.io/longhornio/longhorn-manager:v1.11.4", "quay.io/jetstack/late:v1")
):
    """A bundle of all that WISH wants but what is named, with these images beside."""
    names = [(each, data_of(each)) for each in wanted(WISH).artifacts if each.name not in without]
    names += [(Artifact("image", name, name, "more"), name.encode()) for name in more]
    blobs = content(*(data for _, data in names))
    entries = [
        Entry(kind=each.kind, name=each.name, sha256=digest_of(data), source=each.source, version=each.version)
        for each, data in names
    ]
    sizes = [Blob(sha256=key, size_bytes=len(data)) for key, data in blobs.items()]
    return write_site(tmp_path / "site.rwb", new_manifest("site", entries, sizes), blobs)


@pytest.fixture
def helm(tmp_path):
    """A program that answers as `helm template` does for the charts of WISH."""
    path = tmp_path / "helm"
    path.write_text(HELM.format(python=sys.executable))
    path.chmod(0o755)
    return path


def missing(proof) -> dict[str, str]:
    return {each.name: each.asked_by for each in proof.missing}


def test_a_bundle_of_all_that_was_asked_for_is_whole(tmp_path, helm):
    proof = complete(bundle_of(tmp_path), WISH, helm=helm)
    assert proof.whole
    assert proof.images == 5


@pytest.mark.parametrize("artifact", [each.name for each in wanted(WISH).artifacts])
def test_whatever_is_left_out_is_named(tmp_path, helm, artifact):
    assert artifact in missing(complete(bundle_of(tmp_path, without=(artifact,)), WISH, helm=helm))


def test_an_image_that_only_a_list_names_is_missed(tmp_path, helm):
    proof = complete(bundle_of(tmp_path, more=(LATE,)), WISH, helm=helm)
    assert missing(proof) == {MANAGER: "longhorn-images.txt"}


def test_an_image_that_only_a_rendered_chart_names_is_missed(tmp_path, helm):
    proof = complete(bundle_of(tmp_path, more=(MANAGER,)), WISH, helm=helm)
    assert missing(proof) == {LATE: "cert-manager-v1.20.3.tgz"}


def test_an_archive_that_lacks_what_its_list_names_is_found(tmp_path, helm, monkeypatch):
    monkeypatch.setitem(ARCHIVES, "canal", "rancher/other:v1")
    proof = complete(bundle_of(tmp_path), WISH, helm=helm)
    assert missing(proof) == {f"docker.io/{CANAL}": "rke2/v1.34.2+rke2r1/rke2-images-canal.linux-amd64.txt"}


def test_charts_that_nobody_could_render_are_not_called_proven(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    proof = complete(bundle_of(tmp_path), WISH)
    assert not proof.whole
    assert not proof.missing
    assert [each.partition(":")[0] for each in proof.unproven] == ["cert-manager-v1.20.3.tgz", "longhorn-1.11.4.tgz"]


def test_what_helm_says_is_passed_on(tmp_path, helm):
    helm.write_text("#!/bin/sh\necho 'Error: parse error in values' >&2\nexit 1\n")
    (first, _) = complete(bundle_of(tmp_path), WISH, helm=helm).unproven
    assert first == "cert-manager-v1.20.3.tgz: cert-manager-v1.20.3.tgz can't be rendered: Error: parse error in values"


@pytest.mark.parametrize(("name", "pack"), [("a.tar.gz", gzip.compress), ("a.tar", bytes)])
def test_archives_of_other_packings_are_read(name, pack):
    assert images_in(io.BytesIO(saved(CORE, pack=pack)), name=name) == {f"docker.io/{CORE}"}


@pytest.mark.parametrize(
    "data", [b"", b"junk", saved(CORE)[:-20], zstandard.ZstdCompressor().compress(b"no tar" * 200)]
)
def test_what_is_no_archive_is_refused(data):
    with pytest.raises(Refused, match=r"rke2-images\.tar\.zst"):
        images_in(io.BytesIO(data), name="rke2-images.tar.zst")


def test_images_are_found_wherever_manifests_name_them():
    found = images_named(
        """
        spec: {containers: [{image: rancher/rancher:v2.13.3}], initContainers: [{image: "busybox:1"}]}
        env: [{name: CATTLE_SHELL_IMAGE, value: "rancher/shell:v0.6.1"}, {name: MODE, value: "a/b:c"}]
        args: ["--helper-image=reg:5000/x/y:v1", "--image", "--log=a:b"]
        pinned: {image: "quay.io/a/b:v1@sha256:%s"}
        odd: {image: {repository: x, tag: y}, sidecarImage: "c/d:e", otherImage: "e/f"}
        untagged: {image: nginx}
        """
        % ("0" * 64)
    )
    assert found == {
        "docker.io/rancher/rancher:v2.13.3",
        "docker.io/library/busybox:1",
        "docker.io/rancher/shell:v0.6.1",
        "reg:5000/x/y:v1",
        "quay.io/a/b:v1",
        "docker.io/c/d:e",
        "docker.io/library/nginx:latest",
    }


def test_what_is_not_yaml_is_told():
    with pytest.raises(WizardError, match="is not YAML"):
        images_named("{")


def test_a_package_is_missed_for_each_processor_that_its_own_file_is_not_for(tmp_path):
    wish = Wish("v1.34.2+rke2r1", arches=("amd64", "arm64"), systems=("debian-12",), purposes=frozenset({"keepalived"}))
    files = {"keepalived_2.2_amd64.deb": "amd64", "libnl-3-200_3.7_arm64.deb": "arm64"}
    entries = [
        Entry(
            kind="package",
            name=f"packages/debian-12/keepalived/{name}",
            sha256=digest_of(name.encode()),
            source="apt:x",
            arch=arch,
        )
        for name, arch in files.items()
    ]
    blobs = content(*map(str.encode, files))
    sizes = [Blob(sha256=key, size_bytes=len(data)) for key, data in blobs.items()]
    found = missing(complete(write_site(tmp_path / "site.rwb", new_manifest("site", entries, sizes), blobs), wish))
    assert found["packages/debian-12/keepalived (arm64)"] == "packages"
    assert "packages/debian-12/keepalived (amd64)" not in found
