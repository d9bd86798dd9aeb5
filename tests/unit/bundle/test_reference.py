import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.bundle.oci.reference import Reference, read_reference
from wizard.errors import BadUsage

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "meant", "elsewhere"),
    [
        ("busybox", "docker.io/library/busybox:latest", "library/busybox"),
        ("rancher/rancher:v2.13.1", "docker.io/rancher/rancher:v2.13.1", "rancher/rancher"),
        ("index.docker.io/rancher/x:1", "docker.io/rancher/x:1", "rancher/x"),
        ("quay.io/jetstack/x:v1", "quay.io/jetstack/x:v1", "quay.io/jetstack/x"),
        ("localhost/x", "localhost/x:latest", "localhost/x"),
        ("reg.example:5000/a/b:1", "reg.example:5000/a/b:1", "reg.example-5000/a/b"),
        (f"a/b@{DIGEST}", f"docker.io/a/b@{DIGEST}", "a/b"),
        (f"a/b:1@{DIGEST}", f"docker.io/a/b:1@{DIGEST}", "a/b"),
    ],
)
def test_a_name_is_read_as_docker_reads_it(text: str, meant: str, elsewhere: str) -> None:
    reference = read_reference(text)
    assert (str(reference), reference.name_elsewhere) == (meant, elsewhere)


@pytest.mark.parametrize(
    "text", ["", "A/b", "a b", "a/../b", "a/b:-x", "a/b@", "a/b@sha256:1", "a//b", "/a", "a/", "ho st.x/a"]
)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(BadUsage, match="not the name of an image"):
        read_reference(text)


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader_and_what_it_reads_it_reads_again(text: str) -> None:
    try:
        reference = read_reference(text)
    except BadUsage:
        return
    assert isinstance(reference, Reference)
    assert read_reference(str(reference)) == reference
    assert ".." not in reference.name_elsewhere.split("/")
