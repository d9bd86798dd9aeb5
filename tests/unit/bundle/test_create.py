import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.unit.bundle.publishers import IMAGES, body, published, words, write_spec
from tests.unit.bundle.web import Web, serving
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.verify import verify
from wizard.cli.main import main

Create = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
def create(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Create:
    write_spec(tmp_path)

    async def run(web: Web, cache: str, *more: str) -> tuple[int, str]:
        """Run `bundle create` in a thread, for it has an event loop of its own; return exit code and output."""
        code = await asyncio.to_thread(main, [*words(tmp_path, web.url, cache), *more])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


async def test_a_bundle_holds_what_the_spec_wants_and_is_the_same_bytes_each_time(
    tmp_path: Path, create: Create
) -> None:
    async with serving(published()) as web:
        code, said = await create(web, "cache")
        first = (tmp_path / "site.rwb").read_bytes()
        await create(web, "another")
    assert (code, said.count("missing: ")) == (3, 1), said
    assert "missing: wizard/rancher-wizard" in said
    assert "not complete" in said
    assert (tmp_path / "site.rwb").read_bytes() == first
    bundle = Bundle.open(tmp_path / "site.rwb")
    verify(bundle)
    image = bundle.manifest.find("image", "quay.io/metallb/speaker:v0.15.3")
    assert image is not None
    assert image.source.endswith(f"@{IMAGES['metallb/speaker:v0.15.3'].digest}")
    tarball = bundle.manifest.find("file", "rke2/v1.34.2+rke2r1/rke2.linux-amd64.tar.gz")
    assert tarball is not None
    assert (
        tarball.proof
        == "sha256 in https://github.com/rancher/rke2/releases/download/v1.34.2%2Brke2r1/sha256sum-amd64.txt"
    )
    with bundle.open_entry(tarball) as file:
        assert file.read() == body("/rancher/rke2/releases/download/v1.34.2%2Brke2r1/rke2.linux-amd64.tar.gz")


async def test_a_cache_that_can_not_be_used_is_one_clear_error_with_its_place(tmp_path: Path, create: Create) -> None:
    layers = (digest.removeprefix("sha256:") for digest in IMAGES["metallb/speaker:v0.15.3"].blobs)
    async with serving(published()) as web:
        await create(web, "cache")
        (tmp_path / "site.rwb").unlink()
        places = (tmp_path / "cache" / "blobs" / "sha256" / digest for digest in layers)
        kept = next(place for place in places if place.exists())
        kept.write_bytes(b"rotten")
        code, said = await create(web, "cache")
        assert (code, f": {kept} is not that" in said) == (1, True), said
        kept.unlink()
        kept.mkdir()
        code, said = await create(web, "cache")
    assert code == 1, said
    assert re.search(rf"^{kept}: Is a directory\n-> Mend it, or give another folder by --cache", said, re.MULTILINE)
    assert not (tmp_path / "site.rwb").exists()


async def test_a_file_that_its_publisher_denies_leaves_no_bundle(tmp_path: Path, create: Create) -> None:
    async with serving(published(spoiled="rke2-images-core.linux-amd64.tar.zst")) as web:
        code, said = await create(web, "cache")
    assert (code, (tmp_path / "site.rwb").exists()) == (1, False)
    assert "rke2-images-core.linux-amd64.tar.zst: sha256 is" in said


async def test_a_plan_with_sizes_says_how_much_each_thing_is_and_where_it_comes_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = str(write_spec(tmp_path))
    async with serving(published()) as web:
        options = words(tmp_path, web.url, "cache")
        command = ["bundle", "plan", spec, "--sizes", *options[options.index("--cache") :]]
        assert await asyncio.to_thread(main, command) == 0
        said = capsys.readouterr().out
        assert await asyncio.to_thread(main, [*command, "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["artifacts"]}
    tarball = "rke2/v1.34.2+rke2r1/rke2.linux-amd64.tar.gz"
    assert rows[tarball]["size_bytes"] == 40_000
    assert rows["quay.io/metallb/speaker:v0.15.3"]["source"].startswith("quay.io/metallb/speaker:v0.15.3@sha256:")
    for row in rows.values():
        assert re.search(rf"{row['kind']} .* {re.escape(row['name'])}  {re.escape(row['source'])}", said)


async def test_a_dry_run_fetches_no_file_and_no_layer(tmp_path: Path, create: Create) -> None:
    async with serving(published()) as web:
        code, said = await create(web, "cache", "--dry-run")
    assert code == 0, said
    assert "to come" in said
    assert re.search(
        r"^file +39\.1 KiB  rke2/v1\S+/rke2\.linux-amd64\.tar\.gz  https://github\.com/", said, re.MULTILINE
    )
    assert re.search(
        r"^image +\S+ \S+  quay\.io/metallb/speaker:v0\.15\.3  \S+@sha256:[0-9a-f]{64}$", said, re.MULTILINE
    )
    got = [each.path for each in web.asked if each.method == "GET"]
    assert not [path for path in got if "/blobs/" in path or path.endswith(".tar.gz")]
    assert not (tmp_path / "site.rwb").exists()
