import hashlib
from pathlib import Path

import pytest

from tests.unit.bundle.web import Answer, Answering, Asked, serving
from wizard.bundle.fetch.cache import Blob, Cache
from wizard.bundle.fetch.client import new_client
from wizard.bundle.fetch.events import FetchEnded, FetchMoved, FetchStarted, Tally
from wizard.bundle.fetch.fetch import Fetcher, Outlook, fetch_all, need_room
from wizard.bundle.fetch.sums import read_sums, sum_of
from wizard.bundle.fetch.want import Want, Ways, mirror_of
from wizard.errors import BadUsage, WizardError

FILES = {"/v1/one": b"1" * 1000, "/v1/two": b"2" * 2000}
SUMS = "".join(f"{hashlib.sha256(body).hexdigest()}  ./{path[4:]}\n" for path, body in FILES.items())


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def publisher(**changed: bytes) -> Answering:
    there = {**FILES, "/v1/sha256sum.txt": SUMS.encode(), **{f"/v1/{name}": body for name, body in changed.items()}}
    return lambda asked: Answer(200, there[asked.path]) if asked.path in there else Answer(404)


def wants(url: str) -> list[Want]:
    return [Want(name, f"{url}/v1/{name}", sums_url=f"{url}/v1/sha256sum.txt") for name in ("one", "two")]


async def fetched(wants: list[Want], cache: Cache, ways: Ways | None = None) -> dict[str, Blob]:
    async with new_client(connections=4) as client:
        return await fetch_all(Fetcher(client, cache, ways or Ways()), wants)


async def looked(wants: list[Want], cache: Cache, ways: Ways | None = None) -> Outlook:
    async with new_client(connections=4) as client:
        return await Fetcher(client, cache, ways or Ways()).look_ahead(wants)


def gets(asked: list[Asked], path: str) -> int:
    return sum(each.method == "GET" and each.path == path for each in asked)


async def test_files_are_proven_by_their_publishers_checksums(cache: Cache) -> None:
    async with serving(publisher()) as web:
        blobs = await fetched(wants(web.url), cache)
    assert {name: blob.path.read_bytes() for name, blob in blobs.items()} == {
        "one": FILES["/v1/one"],
        "two": FILES["/v1/two"],
    }


async def test_a_file_that_its_publishers_checksum_denies_is_refused(cache: Cache) -> None:
    async with serving(publisher(two=b"bad")) as web:
        with pytest.raises(WizardError, match="/v1/two: sha256 is"):
            await fetched(wants(web.url), cache)


async def test_a_file_without_a_checksum_in_the_publishers_list_is_refused(cache: Cache) -> None:
    async with serving(publisher(three=b"3")) as web:
        want = Want("three", f"{web.url}/v1/three", sums_url=f"{web.url}/v1/sha256sum.txt")
        with pytest.raises(WizardError, match="three is not listed"):
            await fetched([want], cache)


async def test_what_the_cache_holds_is_not_fetched_again(cache: Cache) -> None:
    async with serving(publisher()) as web:
        await fetched(wants(web.url), cache)
        await fetched(wants(web.url), cache)
    assert gets(web.asked, "/v1/one") == 1


async def test_looking_ahead_fetches_lists_alone_and_adds_up_sizes(cache: Cache) -> None:
    async with serving(publisher()) as web:
        outlook = await looked(wants(web.url), cache)
    assert outlook.coming_bytes == 3000
    assert outlook.here == frozenset()
    assert gets(web.asked, "/v1/one") == gets(web.asked, "/v1/two") == 0


async def test_a_folder_of_files_stands_in_for_the_network(cache: Cache, tmp_path: Path) -> None:
    for path, body in {**FILES, "/v1/sha256sum.txt": SUMS.encode()}.items():
        (tmp_path / path[4:]).write_bytes(body)
    blobs = await fetched(wants("http://nowhere.invalid"), cache, ways=Ways(folders=(tmp_path,)))
    assert blobs["two"].size_bytes == 2000
    assert (tmp_path / "two").exists()


async def test_a_wrong_file_in_the_folder_is_named(cache: Cache, tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"other")
    want = Want("one", "http://nowhere.invalid/one", sha256="0" * 64)
    with pytest.raises(WizardError, match=f"{tmp_path}/one: sha256 is"):
        await fetched([want], cache, ways=Ways(folders=(tmp_path,)))


async def test_a_file_in_a_folder_is_used_where_it_lies_and_needs_no_room(cache: Cache, tmp_path: Path) -> None:
    path, whole = tmp_path / "one", FILES["/v1/one"]
    path.write_bytes(whole)
    want, ways = Want("one", "http://nowhere.invalid/v1/one"), Ways(folders=(tmp_path,))
    assert (await looked([want], cache, ways)).coming_bytes == 0
    blob = (await fetched([want], cache, ways=ways))["one"]
    assert blob == Blob(path, hashlib.sha256(whole).hexdigest(), len(whole))
    assert cache.find(blob.sha256) == blob
    assert Cache(cache.root).find(blob.sha256) is None


async def test_files_of_one_name_are_told_apart_by_the_folders_of_their_publisher(cache: Cache, tmp_path: Path) -> None:
    asked = [Want(version, f"http://nowhere.invalid/{version}%2Brke2r1/one") for version in ("v1", "v2")]
    for each in asked:
        (tmp_path / f"{each.name}+rke2r1").mkdir()
        (tmp_path / f"{each.name}+rke2r1" / "one").write_bytes(each.name.encode())
    (tmp_path / "one").write_bytes(b"of neither")
    blobs = await fetched(asked, cache, ways=Ways(folders=(tmp_path,)))
    assert [blobs[each.name].path.read_bytes() for each in asked] == [b"v1", b"v2"]


async def test_a_file_in_a_folder_does_not_stand_for_two(cache: Cache, tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"of v1 or v2, nobody knows")
    asked = [Want(version, f"http://nowhere.invalid/{version}/one") for version in ("v1", "v2")]
    with pytest.raises(WizardError, match=f"{tmp_path}/one: may be .*, which are two files") as caught:
        await fetched(asked, cache, ways=Ways(folders=(tmp_path,)))
    assert "v2/one, not one" in str(caught.value.hint)


async def test_what_the_cache_holds_is_not_taken_from_a_folder(cache: Cache, tmp_path: Path) -> None:
    kept = cache.add(FILES["/v1/one"])
    (tmp_path / "one").write_bytes(b"of the next release")
    want = Want("one", "http://nowhere.invalid/v1/one", sha256=kept.sha256)
    assert await fetched([want], cache, ways=Ways(folders=(tmp_path,))) == {"one": kept}


async def test_a_mirror_is_asked_in_place_of_the_host(cache: Cache) -> None:
    async with serving(publisher()) as web:
        ways = Ways(mirrors=(mirror_of(f"origin.example={web.url}"),))
        await fetched(wants("https://origin.example"), cache, ways=ways)
    assert gets(web.asked, "/v1/one") == 1


def test_a_mirror_keeps_the_path_as_it_was_written() -> None:
    ways = Ways(mirrors=(("github.com", "https://mirror.example/gh/"),))
    url = "https://github.com/rancher/rke2/releases/download/v1.31.2%2Brke2r1/rke2.linux-amd64.tar.gz"
    assert ways.url(url) == url.replace("github.com", "mirror.example/gh")
    assert ways.url("https://get.rke2.io/x?y=1") == "https://get.rke2.io/x?y=1"


@pytest.mark.parametrize("text", ["", "github.com", "=https://x", "github.com=x", "github.com=file:///etc"])
def test_a_mirror_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadUsage, match="not a host and a URL"):
        mirror_of(text)


def test_a_disk_without_room_is_found_before_anything_is_fetched(tmp_path: Path) -> None:
    with pytest.raises(WizardError, match=r"MiB free, .* MiB are needed"):
        need_room(tmp_path, 1 << 60)


def test_checksum_lists_are_read_in_all_their_shapes() -> None:
    digest = "AB" * 32
    for line in (f"{digest}  name", f"{digest} *name", f"{digest}  ./out/name\r"):
        assert read_sums(f"# made by hand\n{line}\n") == {"name": digest.lower()}
    assert sum_of(digest + "\n", "whatever") == digest.lower()
    assert sum_of("no list at all", "name") is None


def test_the_rate_counts_what_came_and_not_what_was_there() -> None:
    times = iter([0.0, 2.0, 4.0, 4.0])
    tally = Tally(clock=lambda: next(times))
    tally.apply(FetchStarted("a", 1000, 600))
    tally.apply(FetchMoved("a", 700))
    tally.apply(FetchMoved("a", 800))
    assert (tally.rate, tally.left_s) == (50.0, 4.0)
    tally.apply(FetchEnded("b", "cached", 500))
    assert (tally.rate, tally.total_bytes, tally.have_bytes) == (50.0, 1500, 1300)
