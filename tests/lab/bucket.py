"""A store for snapshots on the jump host, as S3 is: it takes only what is signed by the one key that it knows.

Run as a module: tests.lab.bucket ADDRESS PORT CERTIFICATE ACCESS SECRET, and it serves until it is killed.
"""

import hashlib
import re
import ssl
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from tests.lab.release.rke2.s3 import sign

_AUTH = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<scope>\S+), SignedHeaders=(?P<names>\S+), Signature=(?P<by>\w+)"
)


def certificate(path: Path) -> Path:
    """Make a certificate of nobody's, with its key, in one file."""
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    words += ["-subj", "/CN=store", "-keyout", str(path), "-out", f"{path}.crt"]
    subprocess.run(words, check=True, capture_output=True)
    with path.open("a") as file:
        file.write(Path(f"{path}.crt").read_text())
    return path


class Handler(BaseHTTPRequestHandler):
    """One request; objects live as long as the store."""

    access: ClassVar[str]
    secret: ClassVar[str]
    objects: ClassVar[dict[str, bytes]] = {}

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self._signed(body):
            self.objects[unquote(self.path)] = body
            self._answer(200)

    def do_GET(self) -> None:
        if not self._signed(b""):
            return
        url = urlsplit(self.path)
        if "list-type" in url.query:
            self._answer(200, self._listing(unquote(url.path), parse_qs(url.query).get("prefix", [""])[0]))
        elif unquote(url.path) in self.objects:
            self._answer(200, self.objects[unquote(url.path)])
        else:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def do_DELETE(self) -> None:
        if self._signed(b""):
            self.objects.pop(unquote(self.path), None)
            self._answer(204)

    def _listing(self, bucket: str, prefix: str) -> bytes:
        start = f"{bucket}{prefix}"
        rows = "".join(
            f"<Contents><Key>{escape(key.removeprefix(bucket))}</Key><Size>{len(data)}</Size></Contents>"
            for key, data in self.objects.items()
            if key.startswith(start)
        )
        return f"<ListBucketResult>{rows}</ListBucketResult>".encode()

    def _signed(self, body: bytes) -> bool:
        found = _AUTH.fullmatch(self.headers.get("authorization", ""))
        url = urlsplit(self.path)
        names = found["names"].split(";") if found else []
        listed = "".join(f"{name}:{self.headers.get(name, '')}\n" for name in names)
        digest = hashlib.sha256(body).hexdigest()
        canonical = "\n".join((self.command, url.path, url.query, listed, ";".join(names), digest))
        moment = self.headers.get("x-amz-date", "")
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        text = "\n".join(("AWS4-HMAC-SHA256", moment, found["scope"] if found else "", hashed))
        if found and found["key"] == self.access and found["by"] == sign(self.secret, found["scope"], text):
            return True
        self._answer(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
        return False

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def serve(address: str, port: str, certificate: str, access: str, secret: str) -> None:
    """Serve for ever."""
    Handler.access, Handler.secret = access, secret
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = ThreadingHTTPServer((address, int(port)), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(*sys.argv[1:])
