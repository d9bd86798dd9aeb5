"""Files on a node: whole or not at all, and sent in pieces that survive a dropped link."""

import getpass
import grp
import os
from pathlib import Path

import pytest

from tests.unit.hosts.site import Site
from wizard.errors import CommandFailed, LinkLost
from wizard.hosts import upload
from wizard.hosts.host import WRITE_FILE, Host
from wizard.hosts.upload import sha256_of, write_file
from wizard.secret import Secret

ME = f"{getpass.getuser()}:{grp.getgrgid(os.getgid()).gr_name}"


@pytest.fixture
async def host(site: Site) -> Host:
    await site.add("cp-1")
    return site.wire(site.target("cp-1")).host("cp-1")


def left_over(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob(".*")]


async def test_a_file_is_written_once_and_then_left_alone(host: Host, tmp_path: Path) -> None:
    path = tmp_path / "etc" / "it's a $file"
    assert await write_file(host, str(path), b"one\n", mode=0o640, owner=ME)
    first = path.stat()
    assert (path.read_bytes(), first.st_mode & 0o7777) == (b"one\n", 0o640)
    assert not await write_file(host, str(path), b"one\n", mode=0o640, owner=ME)
    again = path.stat()
    assert (again.st_ino, again.st_mtime_ns) == (first.st_ino, first.st_mtime_ns)
    assert left_over(tmp_path / "etc") == []


@pytest.mark.parametrize(("content", "mode"), [(b"two\n", 0o640), (b"one\n", 0o600), (b"", 0o640)])
async def test_other_content_or_another_mode_is_a_change(host: Host, tmp_path: Path, content: bytes, mode: int) -> None:
    path = tmp_path / "file"
    await write_file(host, str(path), b"one\n", mode=0o640, owner=ME)
    assert await write_file(host, str(path), content, mode=mode, owner=ME)
    assert (path.read_bytes(), path.stat().st_mode & 0o7777) == (content, mode)


async def test_content_is_kept_byte_for_byte(host: Host, tmp_path: Path) -> None:
    path, content = tmp_path / "file", bytes(range(256)) * 5000
    await write_file(host, str(path), content, owner=ME)
    assert path.read_bytes() == content


async def test_a_secret_file_never_shows_its_text(host: Host, site: Site, tmp_path: Path) -> None:
    path = tmp_path / "token"
    await write_file(host, str(path), Secret("hush-hush"), mode=0o600, owner=ME)
    assert path.read_text() == "hush-hush"
    assert not [command for command in site.nodes["cp-1"].commands if "hush" in command]


async def test_content_that_a_dropped_link_cut_does_not_replace_the_file(host: Host, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("whole")
    with pytest.raises(CommandFailed, match="only 2 of 9 bytes arrived"):
        await host.run(WRITE_FILE, str(path), "0644", ME, "9", stdin=b"cu", timeout_s=20)
    assert path.read_text() == "whole"
    assert left_over(tmp_path) == []


async def test_a_folder_in_the_way_is_refused(host: Host, tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="is a directory"):
        await write_file(host, str(tmp_path), b"", owner=ME)


@pytest.mark.parametrize("size", [0, 1, 3000, 4096, 10_000])
async def test_an_upload_arrives_whole_and_is_not_repeated(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(upload, "PIECE", 4096)
    source, dest = tmp_path / "source", tmp_path / "there" / "dest file"
    source.write_bytes(os.urandom(size))
    digest = await sha256_of(source)
    moved: list[tuple[int, int]] = []
    sent = await host.send(
        source, str(dest), sha256=digest, mode=0o750, on_progress=lambda done, all_: moved.append((done, all_))
    )
    assert sent
    assert dest.read_bytes() == source.read_bytes()
    assert dest.stat().st_mode & 0o7777 == 0o750
    assert moved[-1] == (size, size)
    assert left_over(dest.parent) == []
    assert not await host.send(source, str(dest), sha256=digest, mode=0o750)


async def test_an_upload_goes_on_where_the_link_dropped(
    host: Host, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "PIECE", 4096)
    source, dest, node = tmp_path / "source", tmp_path / "dest", site.nodes["cp-1"]
    source.write_bytes(os.urandom(20_000))
    digest = await sha256_of(source)
    pieces = 0

    def cut_at_the_third_piece(command: str) -> str:
        nonlocal pieces
        if "rw:receive_file" in command:
            pieces += 1
            if pieces == 3:
                node.power_cut()
        return command

    node.rewrite = cut_at_the_third_piece
    with pytest.raises(LinkLost):
        await host.send(source, str(dest), sha256=digest)
    assert not dest.exists()
    await host.reconnect(patience_s=30)
    offsets: list[int] = []
    assert await host.send(source, str(dest), sha256=digest, on_progress=lambda done, all_: offsets.append(done))
    assert offsets[0] >= 8192
    assert len(offsets) <= 3
    assert dest.read_bytes() == source.read_bytes()


async def test_a_damaged_part_is_sent_again_from_its_beginning(host: Host, tmp_path: Path) -> None:
    source, dest = tmp_path / "source", tmp_path / "dest"
    source.write_bytes(b"good content")
    digest = await sha256_of(source)
    (tmp_path / f".dest.{digest[:16]}.part").write_bytes(b"bad")
    assert await host.send(source, str(dest), sha256=digest)
    assert dest.read_bytes() == b"good content"


async def test_a_file_that_is_not_what_was_promised_takes_no_place(host: Host, tmp_path: Path) -> None:
    source, dest = tmp_path / "source", tmp_path / "dest"
    source.write_bytes(b"other")
    dest.write_bytes(b"old")
    with pytest.raises(CommandFailed, match="source is not the file that was promised"):
        await host.send(source, str(dest), sha256="0" * 64)
    assert dest.read_bytes() == b"old"
    assert left_over(tmp_path) == []
