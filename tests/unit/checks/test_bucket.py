"""The bucket for snapshots is written to and cleared again, or it is said why not."""

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.unit.checks.specs import spec
from wizard.checks.bucket import prove_bucket
from wizard.checks.finding import Finding


class Store(HTTPServer):
    """A store that keeps objects by their path, and lets nobody in while it is `closed`."""

    def __init__(self, certificate: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.objects: dict[str, bytes] = {}
        self.headers: list[dict[str, str]] = []
        self.closed = False
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.socket = context.wrap_socket(self.socket, server_side=True)


class Handler(BaseHTTPRequestHandler):
    server: Store

    def do_PUT(self) -> None:
        self._answer(self.rfile.read(int(self.headers["content-length"])))

    def do_DELETE(self) -> None:
        self._answer(None)

    def _answer(self, data: bytes | None) -> None:
        self.server.headers.append({key.lower(): value for key, value in self.headers.items()})
        if self.server.closed:
            self.send_error(403, "AccessDenied\x1b[2J")
            return
        if data is None:
            del self.server.objects[self.path]
        else:
            self.server.objects[self.path] = data
        self.send_response(200 if data is not None else 204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "store")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    pem = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path / "store.pem"
    path.write_bytes(pem + key.private_bytes(*form))
    store = Store(path)
    thread = threading.Thread(target=store.serve_forever)
    thread.start()
    yield store
    store.shutdown()
    thread.join()
    store.server_close()


async def proven(store: Store | None, folder: Path, **more: object) -> Finding:
    (folder / "secret").write_text("open-sesame\n")
    endpoint = f"127.0.0.1:{store.server_port if store else 1}"
    s3 = {"endpoint": endpoint, "bucket": "snapshots", "folder": "prod", "skip_ssl_verify": True}
    keys = {"access_key": {"file": "secret"}, "secret_key": {"file": "secret"}}
    found = await prove_bucket(spec(etcd={"snapshots": {"s3": {**s3, **keys, **more}}}), folder)
    assert found["worker-1"].verdict == "ok"
    return found["cp-1"]


async def test_an_object_is_written_and_deleted_by_a_signed_request(store: Store, tmp_path: Path) -> None:
    assert (await proven(store, tmp_path)).verdict == "ok"
    assert store.objects == {}
    assert len(store.headers) == 2
    assert all("Signature=" in headers["authorization"] for headers in store.headers)
    # The access key stands in the header, as it must; the store of this test has the same text for both keys.
    assert all(headers["authorization"].count("open-sesame") == 1 for headers in store.headers)


async def test_a_store_that_refuses_is_quoted_harmlessly(store: Store, tmp_path: Path) -> None:
    store.closed = True
    found = await proven(store, tmp_path)
    assert (found.verdict, found.severity) == ("fail", "should")
    assert "PUT: 403" in found.saw
    assert "\x1b" not in found.saw


async def test_a_store_that_nobody_answers_at_is_told(tmp_path: Path) -> None:
    assert "refused" in (await proven(None, tmp_path)).saw


async def test_keys_that_can_not_be_read_are_named_and_none_are_no_fault(tmp_path: Path) -> None:
    unset = {"env": "RW_NO_SUCH_VARIABLE"}
    assert "RW_NO_SUCH_VARIABLE" in (await proven(None, tmp_path, access_key=unset)).saw
    assert (await proven(None, tmp_path, access_key=None, secret_key=None)).verdict == "skipped"
