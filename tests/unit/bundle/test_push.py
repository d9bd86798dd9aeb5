import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from random import Random

import httpx
import pytest

from tests.unit.bundle.images import BASE, make_image
from tests.unit.bundle.shelves import InMemory, shelf_of, write_bundle_of
from tests.unit.bundle.taking import Taking
from tests.unit.bundle.web import Answer, Asked, serving
from wizard.bundle.fetch.patience import TRIES
from wizard.bundle.oci.login import RegistryAuth
from wizard.bundle.oci.manifest import Descriptor, digest_of
from wizard.bundle.oci.reference import read_reference
from wizard.bundle.registry.follow import daemon_json, registries, registries_of_rke1
from wizard.bundle.registry.push import push
from wizard.bundle.registry.upload import Uploader
from wizard.cli.main import main
from wizard.errors import WizardError
from wizard.spec.registry import Registries

IMAGES = {"rancher/rancher:v2": make_image("rancher"), "quay.io/jetstack/webhook:v1": make_image("webhook")}
BIG = Random(3).randbytes(100_000)
BIG_BLOB = Descriptor("", digest_of(BIG), len(BIG))


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as client:
        yield client


async def test_every_image_arrives_with_its_digest_under_its_name_elsewhere(client: httpx.AsyncClient) -> None:
    taking = Taking()
    made = IMAGES["quay.io/jetstack/webhook:v1"]
    shelf = shelf_of({"quay.io/jetstack/webhook:v1": make_image("webhook", ("amd64",))})
    async with serving(taking) as web:
        (pushed,) = await push(client, web.url, shelf)
    assert pushed.name == "quay.io/jetstack/webhook:v1"
    assert pushed.digest == digest_of(taking.manifests["quay.io/jetstack/webhook"]["v1"][1])
    assert set(taking.blobs["quay.io/jetstack/webhook"].values()) <= set(made.blobs.values())


async def test_nothing_is_sent_twice_neither_at_once_nor_the_next_time(client: httpx.AsyncClient) -> None:
    taking, shelf = Taking(strict=False), shelf_of(IMAGES)
    async with serving(taking) as web:
        first = await push(client, web.url, shelf)
        again = await push(client, web.url, shelf)
    distinct = {digest: blob for made in IMAGES.values() for digest, blob in made.blobs.items()}
    assert taking.taken_bytes == sum(len(blob) for blob in distinct.values())
    assert sum(each.sent_bytes for each in first) == taking.taken_bytes
    assert [each.sent_bytes for each in again] == [0, 0]


async def test_a_registry_that_wants_every_architecture_gets_an_index_of_those_that_there_are(
    client: httpx.AsyncClient,
) -> None:
    taking = Taking(strict=True)
    async with serving(taking) as web:
        (pushed,) = await push(client, web.url, shelf_of({"a/b:1": make_image("b")}, without="arm64"))
    index = json.loads(taking.manifests["a/b"]["1"][1])
    assert [each["platform"]["architecture"] for each in index["manifests"]] == ["amd64"]
    assert pushed.thinned
    assert pushed.digest == digest_of(taking.manifests["a/b"]["1"][1])


async def test_a_registry_that_takes_a_part_of_an_index_keeps_its_digest(client: httpx.AsyncClient) -> None:
    made = make_image("b")
    async with serving(Taking(strict=False)) as web:
        (pushed,) = await push(client, web.url, shelf_of({"a/b:1": made}, without="arm64"))
    assert (pushed.digest, pushed.thinned) == (made.digest, False)


def broken(asked: Asked) -> Answer:
    return Answer(503)


def fine(asked: Asked) -> None:
    return None


def forgotten(asked: Asked) -> Answer:
    return Answer(404)


@pytest.mark.parametrize("fault", [broken, forgotten])
async def test_an_upload_that_breaks_goes_on_where_the_registry_says(
    client: httpx.AsyncClient, fault: Callable[[Asked], Answer]
) -> None:
    taking = Taking(faults=[fine, fine, fault, fine, fault])
    async with serving(taking) as web:
        uploader = _uploader(client, web.url)
        assert await uploader.bring("a/b", BIG_BLOB) == len(BIG)
    assert taking.blobs["a/b"][BIG_BLOB.digest] == BIG
    assert taking.taken_bytes == len(BIG)


async def test_a_registry_that_takes_nothing_ends_it_with_its_own_words(client: httpx.AsyncClient) -> None:
    full = [lambda asked: Answer(507, b"no space\x1b[2J left")] * TRIES
    async with serving(Taking(faults=list(full))) as web:
        with pytest.raises(WizardError, match="HTTP 507: no space left"):
            await _uploader(client, web.url).bring("a/b", BIG_BLOB)


async def test_a_link_that_stays_broken_is_named(client: httpx.AsyncClient) -> None:
    async with serving(Taking(faults=[broken] * TRIES)) as web:
        with pytest.raises(WizardError, match="HTTP 503"):
            await _uploader(client, web.url).bring("a/b", BIG_BLOB)


async def test_a_manifest_that_comes_back_changed_is_found(client: httpx.AsyncClient) -> None:
    taking = Taking(strict=False)

    def answer(asked: Asked) -> Answer:
        given = taking(asked)
        return Answer(200, b"{}") if asked.method == "GET" and "/manifests/" in asked.path else given

    async with serving(answer) as web:
        with pytest.raises(WizardError, match="another manifest than was sent"):
            await push(client, web.url, shelf_of({"a/b:1": make_image("b")}))


async def test_a_login_that_may_not_push_is_named(client: httpx.AsyncClient) -> None:
    async with serving(lambda asked: Answer(403 if asked.method == "POST" else 404)) as web:
        with pytest.raises(WizardError, match="HTTP 403, the login does not let us in"):
            await push(client, web.url, shelf_of({"a/b:1": make_image("b")}))


def test_nodes_are_told_where_images_of_each_registry_are_now() -> None:
    images = [read_reference(name) for name in IMAGES]
    record = registries(images, "jump.example:5000", ca_file="/etc/ssl/bundle.crt")
    assert record == {
        "mirrors": {
            "docker.io": {"endpoint": ["https://jump.example:5000"]},
            "quay.io": {"endpoint": ["https://jump.example:5000"], "rewrite": {"^(.*)$": "quay.io/$1"}},
        },
        "configs": {"jump.example:5000": {"tls": {"ca_file": "/etc/ssl/bundle.crt"}}},
    }
    assert Registries.model_validate_json(json.dumps(record))
    assert registries(images, "h:1", prefix="site")["mirrors"]["docker.io"]["rewrite"] == {"^(.*)$": "site/$1"}
    assert registries_of_rke1("h:1") == {"system_default_registry": "h:1"}
    login = registries_of_rke1("h:1", username="puller")["configs"]["h:1"]["auth"]
    assert login == {"username": "puller", "password": {"env": "REGISTRY_PASSWORD"}}
    assert json.loads(daemon_json("h:1")) == {"registry-mirrors": ["https://h:1"]}


def _uploader(client: httpx.AsyncClient, url: str) -> Uploader:
    blobs = InMemory({BIG_BLOB.digest: BIG, digest_of(BASE): BASE})
    return Uploader(client, url, RegistryAuth(), blobs, wait_s=0, piece_bytes=30_000)


async def test_docker_is_told_of_a_registry_only_where_it_finds_the_images_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_bundle_of({f"docker.io/{name}": made for name, made in IMAGES.items() if "rancher" in name}, tmp_path / "d")
    write_bundle_of({name: made for name, made in IMAGES.items() if "quay.io" in name}, tmp_path / "q")

    async def told(file: str, prefix: str) -> str:
        async with serving(Taking(strict=False)) as web:
            words = (
                "push",
                str(tmp_path / file),
                web.url.removeprefix("http://") + prefix,
                "--plain-http",
                "--unsigned",
            )
            assert await asyncio.to_thread(main, ["bundle", *words]) == 0
        return capsys.readouterr().out

    assert "daemon.json" in await told("d", "")
    assert "daemon.json" not in await told("d", "/mirror")
    assert "daemon.json" not in await told("q", "")


async def test_a_registry_without_tls_is_asked_once_and_the_way_in_is_told(client: httpx.AsyncClient) -> None:
    asked = 0

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    async with server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(WizardError) as caught:
            await push(client, url, shelf_of({"a/b:1": make_image("b")}))
    assert "--plain-http" in caught.value.hint
    assert asked == 1
