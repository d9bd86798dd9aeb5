"""The two programs that run on nodes, against each other: what is given, to whom, and when they end."""

import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from wizard.bundle.spread.doors import FETCH_TEXT, SERVE_TEXT
from wizard.certificates import certificate_text, key_text, new_ca, sign

PIECE = 4096
TOKEN = "sesame"


@dataclass
class Giver:
    """A node that gives one file."""

    folder: Path
    content: bytes
    pin: str
    process: subprocess.Popen[bytes]

    @property
    def name(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def whole(self) -> Path:
        return self.folder / "whole"

    @property
    def part(self) -> Path:
        return self.folder / "part"

    @property
    def port(self) -> int:
        return int((self.folder / "port").read_text())

    def words(self, dest: Path, *, pin: str = "", leg_s: int = 20) -> tuple[str, ...]:
        size = str(len(self.content))
        where = ("127.0.0.1", str(self.port), self.name, pin or self.pin, str(leg_s))
        return (sys.executable, "-c", FETCH_TEXT, str(dest), size, str(PIECE), *where)

    def fetch(self, dest: Path, *, token: str = TOKEN, pin: str = "", leg_s: int = 20) -> list[str]:
        done = subprocess.run(
            self.words(dest, pin=pin, leg_s=leg_s), input=self.stdin(token), capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split("\n")[:-1]

    def stdin(self, token: str = TOKEN) -> str:
        pieces = range(0, len(self.content), PIECE)
        return "\n".join((token, *(hashlib.sha256(self.content[at : at + PIECE]).hexdigest() for at in pieces)))


@pytest.fixture
def giver(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Giver]:
    content, folder, now = os.urandom(10 * PIECE + 17), tmp_path / "giver", dt.datetime.now(dt.UTC)
    folder.mkdir()
    pair = sign(new_ca("test", now), ["127.0.0.1"], now)
    name = hashlib.sha256(content).hexdigest()
    given = {
        "token": TOKEN,
        "pem": certificate_text(pair.certificate) + key_text(pair.key),
        "files": {name: [len(content), str(folder / "whole"), str(folder / "part")]},
    }
    (folder / "given").write_text(json.dumps(given))
    lease = str(getattr(request, "param", 60))
    process = subprocess.Popen((sys.executable, "-c", SERVE_TEXT, str(folder), lease, "127.0.0.1", "0"))
    pin = hashlib.sha256(pair.certificate.public_bytes(Encoding.DER)).hexdigest()
    try:
        until(lambda: (folder / "port").exists())
        yield Giver(folder, content, pin, process)
    finally:
        process.kill()
        process.wait()


def until(met: object) -> None:
    end = time.monotonic() + 30
    while not met():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_whole_file_is_given_byte_for_byte_and_what_is_there_is_not_asked_for_again(
    giver: Giver, tmp_path: Path
) -> None:
    giver.whole.write_bytes(giver.content)
    part = tmp_path / "there" / "part"
    part.parent.mkdir()
    # A piece that came in half is no piece.
    part.write_bytes(giver.content[: 3 * PIECE] + b"half")
    said = giver.fetch(part)
    assert (part.read_bytes(), said[-1], said[0]) == (giver.content, "ended=done", f"have={4 * PIECE}")
    assert giver.fetch(part) == ["ended=done"]


def test_what_still_comes_in_is_handed_on_piece_by_piece(giver: Giver, tmp_path: Path) -> None:
    giver.part.write_bytes(giver.content[: 2 * PIECE])

    def grow() -> None:
        for at in range(2 * PIECE, len(giver.content), PIECE):
            time.sleep(0.03)
            with giver.part.open("ab") as file:
                file.write(giver.content[at : at + PIECE])
        giver.part.rename(giver.whole)

    growing = threading.Thread(target=grow)
    growing.start()
    said = giver.fetch(tmp_path / "part")
    growing.join()
    assert said[-1] == "ended=done"
    assert (tmp_path / "part").read_bytes() == giver.content


def test_what_has_not_come_yet_is_not_there(giver: Giver, tmp_path: Path) -> None:
    giver.part.write_bytes(giver.content[: 2 * PIECE])
    assert giver.fetch(tmp_path / "part")[-1] == "ended=behind"
    assert (tmp_path / "part").read_bytes() == giver.content[: 2 * PIECE]


def test_without_the_token_nothing_is_given(giver: Giver, tmp_path: Path) -> None:
    giver.whole.write_bytes(giver.content)
    assert giver.fetch(tmp_path / "part", token="guess") == ["ended=gone status 401"]
    assert (tmp_path / "part").read_bytes() == b""


def test_one_that_shows_another_certificate_is_not_told_the_token(giver: Giver, tmp_path: Path) -> None:
    giver.whole.write_bytes(giver.content)
    assert giver.fetch(tmp_path / "part", pin="0" * 64) == ["ended=wrong certificate"]


def test_a_changed_byte_is_found_before_its_piece_counts(giver: Giver, tmp_path: Path) -> None:
    at = 5 * PIECE + 9
    changed = giver.content[:at] + bytes([giver.content[at] ^ 1]) + giver.content[at + 1 :]
    giver.whole.write_bytes(changed)
    assert giver.fetch(tmp_path / "part")[-1] == "ended=wrong bytes"
    assert (tmp_path / "part").read_bytes() == giver.content[: 5 * PIECE]


def test_only_the_files_that_were_named_are_given(giver: Giver, tmp_path: Path) -> None:
    giver.content = b"another"
    assert giver.fetch(tmp_path / "part") == ["ended=gone status 404"]


def test_two_at_once_do_not_write_the_same_part(giver: Giver, tmp_path: Path) -> None:
    giver.part.write_bytes(giver.content[: 2 * PIECE])
    part = tmp_path / "part"
    first = subprocess.Popen(giver.words(part), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert first.stdin
    first.stdin.write(giver.stdin().encode())
    first.stdin.close()
    until(lambda: part.exists() and part.stat().st_size == 2 * PIECE)
    assert giver.fetch(part) == ["ended=behind"]
    giver.whole.write_bytes(giver.content)
    assert first.stdout
    assert first.stdout.read().endswith(b"ended=done\n")
    assert first.wait() == 0
    first.stdout.close()


def test_token_and_key_do_not_stay_on_the_disk(giver: Giver) -> None:
    assert sorted(path.name for path in giver.folder.iterdir()) == ["port"]


@pytest.mark.parametrize("giver", [1], indirect=True)
def test_it_ends_by_itself_when_nobody_asks_any_more(giver: Giver) -> None:
    assert giver.process.wait(timeout=30) == 0


def test_a_fetch_ends_when_whoever_started_it_is_gone(giver: Giver, tmp_path: Path) -> None:
    giver.part.write_bytes(giver.content[:PIECE])
    fetch = subprocess.Popen(giver.words(tmp_path / "part"), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert fetch.stdin
    assert fetch.stdout
    fetch.stdin.write(giver.stdin().encode())
    fetch.stdin.close()
    assert fetch.stdout.readline() == f"have={PIECE}\n".encode()
    fetch.stdout.close()
    giver.whole.write_bytes(giver.content)
    assert fetch.wait(timeout=30) == -13
