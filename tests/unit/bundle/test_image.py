import json
from pathlib import Path

import pytest

from tests.unit.bundle.images import BASE, Made, make_image, registry_of
from tests.unit.bundle.web import Answer, Asked, Web, serving
from wizard.bundle.fetch.cache import Cache
from wizard.bundle.fetch.client import new_client
from wizard.bundle.fetch.image import Image, Puller, pull_all
from wizard.bundle.fetch.want import Ways
from wizard.bundle.oci.login import Login
from wizard.bundle.oci.manifest import digest_of
from wizard.bundle.oci.reference import read_reference
from wizard.errors import WizardError
from wizard.secret import Secret

AMD64 = frozenset({"amd64"})


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


async def pulled(
    web: Web, cache: Cache, *names: str, arches: frozenset[str] = AMD64, login: Login | None = None
) -> tuple[Image, ...]:
    ways = Ways(mirrors=(("docker.io", web.url), ("quay.io", web.url)))
    logins = {"docker.io": login} if login else {}
    async with new_client(connections=4) as client:
        puller = Puller(client, cache, arches, ways, logins)
        return await pull_all(puller, [read_reference(each) for each in names])


def parts(cache: Cache, image: Image) -> set[bytes]:
    blobs = [cache.find(each.sha256) for each in image.parts]
    return {blob.path.read_bytes() for blob in blobs if blob}


@pytest.mark.parametrize("docker", [True, False])
async def test_an_image_is_pinned_and_only_its_wanted_architectures_come(cache: Cache, docker: bool) -> None:
    made = make_image("rancher", docker=docker)
    async with serving(registry_of({"rancher/rancher:v2": made})) as web:
        (image,) = await pulled(web, cache, "rancher/rancher:v2")
    assert str(image.reference) == f"docker.io/rancher/rancher:v2@{made.digest}"
    assert image.root.data == made.root
    assert len(image.manifests) == 2
    assert parts(cache, image) < set(made.blobs.values())
    assert len(parts(cache, image)) == 3


async def test_layers_that_images_share_are_fetched_once(cache: Cache) -> None:
    images = {"a/one:1": make_image("one"), "a/two:1": make_image("two")}
    async with serving(registry_of(images)) as web:
        await pulled(web, cache, "a/one:1", "quay.io/a/two:1", arches=frozenset({"amd64", "arm64"}))
    assert sum(each.path.endswith(digest_of(BASE)) for each in web.asked) == 1


async def test_a_registry_that_wants_a_token_gets_it_and_the_login_goes_to_its_realm_alone(cache: Cache) -> None:
    async with serving(registry_of({"a/b:1": make_image("b")}, token="ticket")) as web:
        await pulled(web, cache, "a/b:1", login=Login("anna", Secret("word")))
    asked = [each for each in web.asked if each.path.startswith("/token")]
    assert all(each.headers["authorization"].startswith("Basic ") for each in asked)
    assert asked[0].path == "/token?service=here&scope=repository%3Ax%3Apull"
    assert not any("Basic" in each.headers.get("authorization", "") for each in web.asked if each not in asked)


async def test_a_pinned_image_that_is_here_needs_no_network(cache: Cache) -> None:
    made = make_image("b")
    async with serving(registry_of({"a/b:1": made})) as web:
        (first,) = await pulled(web, cache, "a/b:1")
        before = len(web.asked)
        (again,) = await pulled(web, cache, str(first.reference))
    assert len(web.asked) == before
    assert again == first


async def test_another_image_than_the_pinned_one_is_refused(cache: Cache) -> None:
    made, other = make_image("b"), make_image("c")
    swapped = Made(made.root, made.media_type, {made.digest: (other.media_type, other.root)}, made.blobs)
    async with serving(registry_of({"a/b:1": swapped})) as web:
        with pytest.raises(WizardError, match="its manifest has digest"):
            await pulled(web, cache, f"a/b@{made.digest}")


async def test_an_architecture_that_is_not_there_is_named_with_those_that_are(cache: Cache) -> None:
    async with serving(registry_of({"a/b:1": make_image("b", ("amd64",))})) as web:
        with pytest.raises(WizardError, match="not made for s390x; there is linux/amd64"):
            await pulled(web, cache, "a/b:1", arches=frozenset({"amd64", "s390x"}))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b" " * (5 << 20),
        json.dumps({"mediaType": "application/vnd.docker.distribution.manifest.v1+prettyjws"}).encode(),
        json.dumps(
            {"mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [{"digest": "../x"}]}
        ).encode(),
        json.dumps({"mediaType": "application/vnd.oci.image.manifest.v1+json", "config": 1, "layers": []}).encode(),
    ],
)
async def test_a_manifest_that_is_none_is_refused_with_the_image(cache: Cache, body: bytes) -> None:
    async with serving(lambda asked: Answer(200, body)) as web:
        with pytest.raises(WizardError, match=r"docker.io/a/b:1: its manifest can't be used"):
            await pulled(web, cache, "a/b:1")


async def test_a_layer_that_was_damaged_on_its_way_is_refused(cache: Cache) -> None:
    right = registry_of({"a/b:1": make_image("b")})

    def answer(asked: Asked) -> Answer:
        given = right(asked)
        return Answer(200, given.body[::-1]) if asked.path.endswith(digest_of(BASE)) else given

    async with serving(answer) as web:
        with pytest.raises(WizardError, match="sha256 is"):
            await pulled(web, cache, "a/b:1")


async def test_an_unknown_image_is_named(cache: Cache) -> None:
    async with serving(registry_of({})) as web:
        with pytest.raises(WizardError, match=r"docker.io/a/b:1: HTTP 404"):
            await pulled(web, cache, "a/b:1")
