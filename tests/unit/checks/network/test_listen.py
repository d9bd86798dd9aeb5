"""The programs that run on nodes, run here: one listens, the other asks, as on two nodes."""

import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from wizard.checks.network.commands import ASK, LISTENERS, QUESTION
from wizard.checks.network.reading import Heard, read_asked

RUN = "rw0123"
PYTHON, PERL = LISTENERS
PROGRAMS = {"python": (sys.executable, "-c", PYTHON), "perl": ("perl", "-e", PERL)}


@pytest.fixture(params=PROGRAMS)
def program(request: pytest.FixtureRequest) -> tuple[str, ...]:
    words = PROGRAMS[request.param]
    if not shutil.which(words[0]):
        pytest.skip(f"{words[0]} is not installed")
    return words


def free(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


@contextmanager
def listening(program: tuple[str, ...], folder: Path, *labels: str, address: str = "127.0.0.1") -> Iterator[list[str]]:
    """Let the program listen as n1; yield what it told of its ports."""
    with started(program, folder, *labels, address=address) as process:
        yield (folder / "ports").read_text().split()
        assert process.poll() is None


@contextmanager
def started(
    program: tuple[str, ...], folder: Path, *labels: str, address: str = "127.0.0.1", lease_s: int = 30
) -> Iterator["subprocess.Popen[bytes]"]:
    words = (*program, RUN, "n1", str(folder), str(lease_s), address, *labels)
    with subprocess.Popen(words) as process:
        try:
            while not (folder / "ports").exists():
                assert process.poll() is None
            yield process
        finally:
            process.kill()


def ask(*lines: str) -> dict[tuple[str, int], Heard]:
    """Ask as n2 does."""
    words = ["sh", "-c", ASK.text, "ask", RUN, "n2", QUESTION]
    done = subprocess.run(words, input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
    return {(each.kind, each.port): each for each in read_asked(done.stdout.splitlines())}


@pytest.mark.parametrize("address", ["127.0.0.1", "*"])
def test_a_listener_says_who_it_is_and_keeps_what_datagrams_brought(
    program: tuple[str, ...], tmp_path: Path, address: str
) -> None:
    tcp, udp = free(), free(socket.SOCK_DGRAM)
    with listening(program, tmp_path, f"{tcp}/tcp", f"{udp}/udp", address=address) as told:
        assert told == [f"listens={tcp}/tcp", f"listens={udp}/udp"]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.sendto(b"VXLAN of somebody else", ("127.0.0.1", udp))
        heard = ask(f"tcp n1 127.0.0.1 {tcp}", f"knock n1 127.0.0.1 {tcp}", f"udp n1 127.0.0.1 {udp}")
        assert heard["tcp", tcp].text.endswith(f"said={RUN} n1")
        assert heard["tcp", tcp].number("took")
        assert heard["knock", tcp].number("took")
        assert heard["udp", udp].number("sent") == 50
        lines = (tmp_path / "heard").read_text().splitlines()
    assert lines == [f"{RUN} n2 {udp} {turn}" for turn in range(50)]


def test_a_port_in_use_is_left_alone(program: tuple[str, ...], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as owner:
        port = owner.getsockname()[1]
        with listening(program, tmp_path, f"{port}/tcp", f"{free()}/tcp") as told:
            assert told[0] == f"busy={port}/tcp"
            assert told[1].startswith("listens=")


def test_a_greeted_guest_may_send_as_much_as_it_likes(program: tuple[str, ...], tmp_path: Path) -> None:
    port = free()
    with (
        listening(program, tmp_path, f"{port}/tcp"),
        socket.create_connection(("127.0.0.1", port), timeout=10) as guest,
        socket.create_connection(("127.0.0.1", port), timeout=10) as other,
    ):
        assert guest.recv(100) == f"{RUN} n1\n".encode()
        guest.sendall(b"x" * 8_000_000)
        assert other.recv(100) == f"{RUN} n1\n".encode()


def test_nobody_there_is_refused_in_words() -> None:
    tcp, udp = free(), free(socket.SOCK_DGRAM)
    heard = ask(f"tcp n1 127.0.0.1 {tcp}", f"udp n1 127.0.0.1 {udp}")
    assert heard["tcp", tcp].number("took") is None
    assert "Connection refused" in heard["tcp", tcp].text
    assert heard["udp", udp].number("refused")
    assert "Connection refused" in heard["udp", udp].text


def test_a_listener_ends_with_its_lease_and_lives_on_while_that_is_renewed(
    program: tuple[str, ...], tmp_path: Path
) -> None:
    kept, left = tmp_path / "kept", tmp_path / "left"
    kept.mkdir()
    left.mkdir()
    with (
        started(program, kept, f"{free()}/tcp", lease_s=2) as renewed,
        started(program, left, f"{free()}/tcp", lease_s=2) as forgotten,
    ):
        while forgotten.poll() is None:
            renewed.send_signal(signal.SIGUSR1)
            with suppress(subprocess.TimeoutExpired):
                forgotten.wait(0.1)
        assert renewed.poll() is None
        assert renewed.wait(30) == 0
