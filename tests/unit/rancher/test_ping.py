"""What is asked of an address as a user would: that Rancher answers, by a certificate of its own."""

import datetime as dt
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from wizard.certificates import certificate_text, key_text, new_ca
from wizard.rancher.answers import FAKE, PING, SOCKET, Answer

ADDRESS = "127.0.53.1"
Serve = Callable[[str], None]


class Pong(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"pong")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    servers: list[ThreadingHTTPServer] = []

    def start(name: str) -> None:
        pair = new_ca(name, dt.datetime.now(dt.UTC))
        (tmp_path / "pem").write_text(certificate_text(pair.certificate) + key_text(pair.key))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "pem")
        try:
            server = ThreadingHTTPServer((ADDRESS, 443), Pong)
        except PermissionError:
            pytest.skip("port 443 is for root alone on this machine")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def ask(*addresses: str) -> list[Answer]:
    command = ["sh", "-c", PING.text, "rw:ping", "rancher.example.com", "443", *addresses]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return [Answer(*line.split(" ", 2)) for line in done.stdout.splitlines()]


def test_a_websocket_that_somebody_answers_in_rancher_s_place_is_seen(serve: Serve) -> None:
    serve("rancher.example.com")
    command = ["sh", "-c", SOCKET.text, "rw:ask", "rancher.example.com", "443", ADDRESS, "127.0.53.2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines() == [f"{ADDRESS} 200", "127.0.53.2 000"]


def test_rancher_is_found_and_who_does_not_answer_is_told(serve: Serve) -> None:
    serve("rancher.example.com")
    found = ask(ADDRESS, "127.0.53.2")
    assert [(each.address, each.status, each.good) for each in found] == [
        (ADDRESS, "200", True),
        ("127.0.53.2", "000", False),
    ]


@pytest.mark.parametrize("name", ["Kubernetes Ingress Controller Fake Certificate", "TRAEFIK DEFAULT CERT"])
def test_a_certificate_that_the_ingress_has_made_itself_is_no_answer(serve: Serve, name: str) -> None:
    serve(name)
    (found,) = ask(ADDRESS)
    assert (found.body, found.good) == (FAKE, False)
