import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.bundle.images import BASE, make_image
from tests.unit.bundle.shelves import shelf_of
from wizard.bundle.fetch.cache import Cache
from wizard.bundle.fetch.client import new_client
from wizard.bundle.fetch.image import Puller, pull_all
from wizard.bundle.fetch.want import Ways
from wizard.bundle.oci.login import Login
from wizard.bundle.oci.manifest import digest_of
from wizard.bundle.oci.reference import read_reference
from wizard.bundle.registry.answer import Answer, Request, answer
from wizard.bundle.registry.server import RegistryServer
from wizard.bundle.registry.shelf import put_on_shelf
from wizard.errors import WizardError
from wizard.secret import Secret

IMAGES = {
    "rancher/rancher:v2": make_image("rancher"),
    "rancher/rancher:v1": make_image("older", docker=True),
    "quay.io/jetstack/webhook:v1": make_image("webhook"),
}
SHELF = shelf_of(IMAGES)
LAYER = digest_of(BASE)
LOGIN = Login("anna", Secret("word"))


def got(target: str, **headers: str) -> Answer:
    return answer(SHELF, Request("GET", target, {name.replace("_", "-"): value for name, value in headers.items()}))


@pytest.fixture
async def server() -> AsyncIterator[RegistryServer]:
    async with RegistryServer(SHELF).listening("127.0.0.1", 0, None) as server:
        yield server


@pytest.mark.parametrize("what", ["v2", IMAGES["rancher/rancher:v2"].digest])
def test_a_manifest_is_given_by_tag_and_by_digest_in_its_very_bytes(what: str) -> None:
    made = IMAGES["rancher/rancher:v2"]
    given = got(f"/v2/rancher/rancher/manifests/{what}")
    assert (given.status, given.body) == (200, made.root)
    assert given.headers["Content-Type"] == made.media_type
    assert given.headers["Docker-Content-Digest"] == made.digest


def test_images_of_other_registries_stand_under_the_name_of_theirs_or_where_containerd_looks() -> None:
    for target in ("/v2/quay.io/jetstack/webhook/manifests/v1", "/v2/jetstack/webhook/manifests/v1?ns=quay.io"):
        assert got(target).status == 200
    assert got("/v2/jetstack/webhook/manifests/v1").status == 404
    assert got("/v2/rancher/rancher/manifests/v1?ns=docker.io").status == 200


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        ("/v2/rancher/rancher/manifests/v9", 404, "MANIFEST_UNKNOWN"),
        ("/v2/rancher/nothing/manifests/v1", 404, "NAME_UNKNOWN"),
        (f"/v2/rancher/rancher/blobs/sha256:{'0' * 64}", 404, "BLOB_UNKNOWN"),
        ("/v2/rancher/rancher/blobs/sha256:../../etc/passwd", 404, "UNSUPPORTED"),
        ("/v2/../etc/manifests/passwd", 404, "UNSUPPORTED"),
        ("/etc/passwd", 404, "UNSUPPORTED"),
    ],
)
def test_what_is_not_there_is_said_in_the_specifications_words(target: str, status: int, code: str) -> None:
    given = got(target)
    assert given.status == status
    assert isinstance(given.body, bytes)
    assert json.loads(given.body)["errors"][0]["code"] == code


@pytest.mark.parametrize(
    ("wanted", "status", "told"),
    [
        ("bytes=0-9", 206, "bytes 0-9/2400"),
        ("bytes=100-", 206, "bytes 100-2399/2400"),
        ("bytes=-100", 206, "bytes 2300-2399/2400"),
        ("bytes=2390-9999", 206, "bytes 2390-2399/2400"),
        ("bytes=2400-", 416, "bytes */2400"),
        ("bytes=9-3", 416, "bytes */2400"),
        ("bytes=-", 416, "bytes */2400"),
        ("bytes=0-1,5-6", 416, "bytes */2400"),
    ],
)
def test_a_range_of_a_blob_is_given(wanted: str, status: int, told: str) -> None:
    given = got(f"/v2/rancher/rancher/blobs/{LAYER}", range=wanted)
    assert (given.status, given.headers["Content-Range"]) == (status, told)
    assert given.length <= len(BASE)


def test_lists_come_in_pages_that_lead_to_one_another() -> None:
    first = got("/v2/rancher/rancher/tags/list?n=1")
    assert first.body == b'{"name": "rancher/rancher", "tags": ["v1"]}'
    assert first.headers["Link"] == '</v2/rancher/rancher/tags/list?n=1&last=v1>; rel="next"'
    second = got("/v2/rancher/rancher/tags/list?n=1&last=v1")
    assert second.body == b'{"name": "rancher/rancher", "tags": ["v2"]}'
    assert "Link" not in second.headers
    assert got("/v2/_catalog").body == b'{"repositories": ["quay.io/jetstack/webhook", "rancher/rancher"]}'


@pytest.mark.parametrize("method", ["PUT", "POST", "PATCH", "DELETE"])
def test_nothing_can_be_written(method: str) -> None:
    assert answer(SHELF, Request(method, "/v2/rancher/rancher/manifests/v1")).status == 405


@pytest.mark.parametrize("given", ["", "Basic", "Basic YTpi", "Bearer x", "Basic \xff"])
def test_without_the_login_nothing_is_told(given: str) -> None:
    for target in ("/v2/", "/v2/_catalog", f"/v2/rancher/rancher/blobs/{LAYER}"):
        refused = answer(SHELF, Request("GET", target, {"authorization": given}), login=LOGIN)
        assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, 'Basic realm="rancher-wizard"')
    assert answer(SHELF, Request("GET", "/v2/", {"authorization": LOGIN.basic()}), login=LOGIN).status == 200


@given(st.text(max_size=60), st.text(max_size=40))
@example("/[", "")
@example("²", "bytes=²-")
def test_no_request_breaks_it(target: str, wanted: str) -> None:
    for path in (
        f"/{target}",
        f"/v2/rancher/rancher/blobs/{LAYER}?n={target}",
        f"/v2/_catalog?n={target}&last={target}",
    ):
        assert answer(SHELF, Request("GET", path, {"range": wanted})).status in (200, 206, 404, 416)


def test_a_bundle_without_one_of_its_manifests_is_refused() -> None:
    made = make_image("x")
    empty = shelf_of({}).blobs
    with pytest.raises(WizardError, match="its manifest is not in the bundle"):
        put_on_shelf([read_reference(f"a/b:1@{made.digest}")], empty)


async def test_what_is_served_is_pulled_byte_for_byte_by_four_at_once(server: RegistryServer, tmp_path: Path) -> None:
    ways = Ways(mirrors=(("docker.io", f"http://127.0.0.1:{server.port}"),))
    wanted = [read_reference("rancher/rancher:v2"), read_reference("rancher/rancher:v1")]
    arches = frozenset({"amd64", "arm64"})
    async with new_client(connections=8) as client:
        caches = [Cache(tmp_path / str(each)) for each in range(4)]
        pulls = [pull_all(Puller(client, cache, arches, ways), wanted) for cache in caches]
        for cache, images in zip(caches, await asyncio.gather(*pulls), strict=True):
            for image, name in zip(images, ("rancher/rancher:v2", "rancher/rancher:v1"), strict=True):
                assert image.root.data == IMAGES[name].root
                assert all(cache.find(each.sha256) for each in image.parts)


async def test_a_connection_serves_many_requests_and_head_sends_no_body(server: RegistryServer) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
        for _ in range(3):
            head = await client.head(f"/v2/rancher/rancher/blobs/{LAYER}")
            whole = await client.get(f"/v2/rancher/rancher/blobs/{LAYER}")
            part = await client.get(f"/v2/rancher/rancher/blobs/{LAYER}", headers={"Range": "bytes=5-9"})
            assert (head.headers["content-length"], head.content) == (str(len(BASE)), b"")
            assert (whole.content, part.content) == (BASE, BASE[5:10])
        refused = await client.put("/v2/rancher/rancher/manifests/v1", content=b"x" * 100)
    assert refused.status_code == 405


@pytest.mark.parametrize("noise", [b"\x16\x03\x01\x02\x00\x01", b"GET\r\n\r\n", b"A" * 100_000, b""])
async def test_noise_ends_its_own_connection_alone(server: RegistryServer, noise: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(noise)
    writer.write_eof()
    await reader.read()
    writer.close()
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"http://127.0.0.1:{server.port}/v2/")).status_code == 200
