"""A server's supervisor: no token is told before its CA is proven, and each answer is taken for what it is."""

import base64
import contextlib
import hashlib
import json
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from wizard.distros.rke2.supervisor import Silent, supervisor
from wizard.errors import LinkLost, StepFailed, Unreachable
from wizard.hosts.host import Host
from wizard.secret import Secret

OLD, NEW = Secret("the-old-token-of-32-characters-xx"), Secret("the-new-token-of-32-characters-yy")


class Server(HTTPServer):
    """Shows `shown` as its CA, answers `status`, and keeps what it was told."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.shown = authority(folder)
        self.status, self.told = 200, list[tuple[str, str, str]]()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "leaf.pem")
        self.socket = context.wrap_socket(self.socket, server_side=True)

    def handle_error(self, request: object, client_address: object) -> None:
        """Who does not trust the certificate hangs up."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        if self.path == "/cacerts":
            self._answer(200, self.server.shown)
        else:
            self._told("")

    def do_PUT(self) -> None:
        self._told(self.rfile.read(int(self.headers["content-length"])).decode())

    def _told(self, body: str) -> None:
        basic = base64.b64decode(self.headers["authorization"].removeprefix("Basic ")).decode()
        self.server.told.append((f"{self.command} {self.path}", basic, body))
        self._answer(self.server.status, b"runtime core not ready\x1b[2J")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def authority(folder: Path) -> bytes:
    """Make a CA and a leaf for 127.0.0.1 by it, in leaf.pem with its key; return the CA's PEM."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("rke2-server-ca", "server")]
    made = []
    for place in range(2):
        builder = x509.CertificateBuilder().subject_name(names[place]).issuer_name(names[0])
        builder = builder.public_key(keys[place].public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(datetime.now(UTC)).not_valid_after(datetime.now(UTC) + timedelta(days=1))
        builder = builder.add_extension(x509.BasicConstraints(ca=place == 0, path_length=None), critical=True)
        if place:
            alt = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
            builder = builder.add_extension(alt, critical=False)
        made.append(builder.sign(keys[0], hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "leaf.pem").write_bytes(made[1] + keys[1].private_bytes(*form))
    return made[0]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


class Reached:
    """A host whose tunnel leads to `port`, or raises `error`."""

    name = "cp-1"

    def __init__(self, port: int, error: Exception | None = None) -> None:
        self.port, self.error = port, error

    @contextlib.asynccontextmanager
    async def tunnel(self, port: int) -> AsyncIterator[int]:
        assert port == 9345
        if self.error:
            raise self.error
        yield self.port


def host(server: Server | int, error: Exception | None = None) -> Host:
    return cast(Host, Reached(server if isinstance(server, int) else server.server_port, error))


def digest(server: Server) -> str:
    return hashlib.sha256(server.shown).hexdigest()


async def test_a_token_is_told_as_the_servers_own_and_the_new_one_in_the_body(server: Server) -> None:
    async with supervisor(host(server), digest(server)) as door:
        assert await door.lets_in(OLD)
        assert await door.renew(OLD, NEW) == ""
    basic = f"server:{OLD.reveal()}"
    assert server.told[0] == ("GET /v1-rke2/encrypt/status", basic, "")
    assert server.told[1][:2] == ("PUT /v1-rke2/token", basic)
    assert json.loads(server.told[1][2]) == {"newToken": NEW.reveal()}


async def test_no_token_is_told_to_another_cluster(server: Server) -> None:
    with pytest.raises(StepFailed, match="is on record"):
        async with supervisor(host(server), "ab" * 32) as door:
            await door.lets_in(OLD)
    assert server.told == []


async def test_no_token_is_told_where_the_ca_is_shown_by_somebody_who_is_not_of_it(
    server: Server, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    server.shown = authority(other)
    with pytest.raises(Silent):
        async with supervisor(host(server), digest(server)) as door:
            await door.lets_in(OLD)
    assert server.told == []


@pytest.mark.parametrize("status", [401, 403])
async def test_a_token_that_is_not_taken_is_no_failure(server: Server, status: int) -> None:
    server.status = status
    async with supervisor(host(server), digest(server)) as door:
        assert not await door.lets_in(OLD)


async def test_a_server_that_is_not_ready_says_so_and_nothing_else(server: Server) -> None:
    server.status = 500
    async with supervisor(host(server), digest(server)) as door:
        assert await door.renew(OLD, NEW) == "500 runtime core not ready"
        with pytest.raises(StepFailed, match="500 runtime core not ready") as raised:
            await door.lets_in(OLD)
    assert OLD.reveal() not in str(raised.value)


async def test_nobody_there_is_told_from_a_way_that_was_lost() -> None:
    with pytest.raises(Silent):
        async with supervisor(host(1), "ab" * 32):
            pass
    with pytest.raises(Silent, match="no tunnel"):
        async with supervisor(host(1, Unreachable("cp-1", "no tunnel to its port")), "ab" * 32):
            pass
    with pytest.raises(LinkLost):
        async with supervisor(host(1, LinkLost("cp-1", "dropped")), "ab" * 32):
            pass
