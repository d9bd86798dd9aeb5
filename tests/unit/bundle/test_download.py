import asyncio
import hashlib
import random
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.unit.bundle.web import Answer, Answering, Asked, file_of, serving
from wizard.bundle.fetch.cache import Cache
from wizard.bundle.fetch.client import new_client
from wizard.bundle.fetch.download import Download, download
from wizard.bundle.fetch.events import FetchEnded, FetchEvent, FetchRetried
from wizard.bundle.fetch.patience import TRIES
from wizard.errors import WizardError

BODY = random.Random(1).randbytes(300_000)
SHA256 = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with new_client(connections=4) as client:
        yield client


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


async def test_a_download_that_is_cut_goes_on_where_it_stopped(client: httpx.AsyncClient, cache: Cache) -> None:
    async with serving(file_of(BODY, cuts=[100_000, 50_000])) as web:
        blob = await download(client, cache, Download("file", web.url + "/file", SHA256), wait_s=0)
    assert blob.path.read_bytes() == BODY
    assert web.ranges() == [None, "bytes=100000-", "bytes=150000-"]


async def test_a_file_that_changed_meanwhile_is_fetched_from_its_beginning(
    client: httpx.AsyncClient, cache: Cache
) -> None:
    new = BODY[::-1]
    versions = [file_of(BODY, cuts=[1000]), file_of(new, tag='"two"')]

    def answer(asked: Asked) -> Answer:
        return (versions.pop(0) if len(versions) > 1 else versions[0])(asked)

    async with serving(answer) as web:
        blob = await download(client, cache, Download("file", web.url + "/file"), wait_s=0)
    assert blob.path.read_bytes() == new
    assert web.asked[1].headers["if-range"] == '"one"'


def ignores_ranges(asked: Asked) -> Answer:
    return Answer(200, BODY, cut=None if "range" in asked.headers else 200_000)


def mixes_versions(asked: Asked) -> Answer:
    """Take no heed of If-Range: the rest is of another file than the beginning."""
    mixes = mixed.pop(0) if mixed else file_of(BODY)
    return mixes(asked)


mixed: list[Answering] = []


async def test_a_server_without_ranges_is_put_up_with(client: httpx.AsyncClient, cache: Cache) -> None:
    async with serving(ignores_ranges) as web:
        blob = await download(client, cache, Download("file", web.url + "/file", SHA256), wait_s=0)
    assert blob.path.read_bytes() == BODY


async def test_two_versions_put_together_are_found_and_fetched_again(client: httpx.AsyncClient, cache: Cache) -> None:
    mixed[:] = [file_of(BODY[::-1], cuts=[1000])]
    async with serving(mixes_versions) as web:
        blob = await download(client, cache, Download("file", web.url + "/file", SHA256), wait_s=0)
    assert blob.path.read_bytes() == BODY
    assert web.ranges() == [None, "bytes=1000-", None]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_what_may_pass_is_tried_again(client: httpx.AsyncClient, cache: Cache, status: int) -> None:
    refusals = [Answer(status, headers={"Retry-After": "0"})] * (TRIES - 1)

    def answer(asked: Asked) -> Answer:
        return refusals.pop() if refusals else Answer(200, BODY)

    heard: list[FetchEvent] = []
    async with serving(answer) as web:
        await download(client, cache, Download("file", web.url, SHA256), wait_s=0, listen=heard.append)
    assert [each.why for each in heard if isinstance(each, FetchRetried)] == [f"HTTP {status}"] * (TRIES - 1)


async def test_what_does_not_pass_ends_with_the_url_and_keeps_what_came(
    client: httpx.AsyncClient, cache: Cache
) -> None:
    async with serving(file_of(BODY, cuts=[1000, *[0] * TRIES])) as web:
        with pytest.raises(WizardError, match=f"{web.url}/file: .* {TRIES} times in a row"):
            await download(client, cache, Download("file", web.url + "/file", SHA256), wait_s=0)
        before = len(web.asked)
        await download(client, cache, Download("file", web.url + "/file", SHA256), wait_s=0)
    assert web.asked[before].headers["range"] == "bytes=1000-"


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_what_is_not_there_is_not_asked_for_twice(client: httpx.AsyncClient, cache: Cache, status: int) -> None:
    async with serving(lambda asked: Answer(status)) as web:
        with pytest.raises(WizardError, match=f"HTTP {status}"):
            await download(client, cache, Download("file", web.url))
    assert len(web.asked) == 1


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Download("file", "", sha256="0" * 64), "sha256 is"),
        (Download("file", "", size_bytes=10), "300000 bytes, 10 are expected"),
    ],
)
async def test_another_file_than_the_expected_one_is_refused(
    client: httpx.AsyncClient, cache: Cache, wanted: Download, said: str
) -> None:
    async with serving(file_of(BODY)) as web:
        with pytest.raises(WizardError, match=said):
            await download(client, cache, Download("file", web.url, wanted.sha256, wanted.size_bytes))
    assert not list((cache.root / "blobs" / "sha256").iterdir())
    assert not list((cache.root / "parts").iterdir())


async def test_an_endless_file_is_cut_off_at_its_size(client: httpx.AsyncClient, cache: Cache) -> None:
    async with serving(lambda asked: Answer(200, BODY * 20, length=False)) as web:
        with pytest.raises(WizardError, match="more than the 300000 bytes"):
            await download(client, cache, Download("file", web.url, SHA256, len(BODY)))


async def test_an_unchanged_file_is_asked_for_and_not_sent(client: httpx.AsyncClient, cache: Cache) -> None:
    def answer(asked: Asked) -> Answer:
        return Answer(304) if asked.headers.get("if-none-match") == '"one"' else Answer(200, BODY, {"ETag": '"one"'})

    heard: list[FetchEvent] = []
    async with serving(answer) as web:
        first = await download(client, cache, Download("file", web.url))
        again = await download(client, cache, Download("file", web.url), listen=heard.append)
    assert first == again
    assert heard == [FetchEnded("file", "cached", len(BODY))]


async def test_redirects_are_followed_but_a_login_does_not_go_along(client: httpx.AsyncClient, cache: Cache) -> None:
    async with serving(file_of(BODY)) as store:
        elsewhere = store.url.replace("127.0.0.1", "localhost") + "/file"
        async with serving(lambda asked: Answer(307, headers={"Location": elsewhere})) as web:
            wanted = Download("file", web.url, SHA256, auth=httpx.BasicAuth("anna", "word"))
            await download(client, cache, wanted)
    assert web.asked[0].headers["authorization"].startswith("Basic ")
    assert "authorization" not in store.asked[0].headers


async def test_one_file_wanted_twice_at_once_is_fetched_once(client: httpx.AsyncClient, cache: Cache) -> None:
    async with serving(file_of(BODY)) as web:
        wanted = Download("file", web.url, SHA256)
        await asyncio.gather(*(download(client, Cache(cache.root), wanted) for _ in range(4)))
    assert len(web.asked) == 1
