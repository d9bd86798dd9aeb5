"""A small HTTPS server: one thread per caller, so that a silent one holds up nobody."""

import errno
import json
import socket
import socketserver
import ssl
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from . import protobuf
from .journal import Fatal


class Answer(Exception):
    """Ends a request with `status` and `body` (text, bytes, or data to be sent as JSON)."""

    def __init__(self, status: int, body: Any = "") -> None:
        super().__init__(status)
        self.status, self.body = status, body


class Request(BaseHTTPRequestHandler):
    """One request; the server's `route` returns the body or raises Answer."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    server: "Listener"

    def read(self) -> Any:
        """Return the object that was sent."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "protobuf" in self.headers.get("Content-Type", ""):
            return protobuf.secret(body)
        return json.loads(body or b"null")

    @property
    def certified(self) -> bool:
        """True when the caller showed a certificate of the clients' CA."""
        return isinstance(self.connection, ssl.SSLSocket) and bool(self.connection.getpeercert())

    def handle_any(self) -> None:
        try:
            status, body = 200, self.server.route(self)
        except Answer as answer:
            status, body = answer.status, answer.body
        data = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        kind = "text/plain" if isinstance(body, bytes | str) else "application/json"
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="rke2"')
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)
        self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not logged: the real one is silent too."""


class Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, address: str, port: int, context: ssl.SSLContext | None, route: Callable[[Request], Any]
    ) -> None:
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.context, self.route = context, route
        try:
            super().__init__((address, port), Request)
        except OSError as wrong:
            if wrong.errno == errno.EADDRINUSE:
                raise Fatal(f"listen tcp {_shown(address)}:{port}: bind: address already in use") from None
            raise Fatal(f"listen tcp {_shown(address)}:{port}: bind: {str(wrong.strerror).lower()}") from None

    def server_bind(self) -> None:
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        # HTTPServer's own would ask DNS for this host's name first.
        socketserver.TCPServer.server_bind(self)

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(10)
        assert self.context is not None
        with self.context.wrap_socket(request, server_side=True) as line:
            super().finish_request(line, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up or speaks no TLS is its own affair."""


def _shown(address: str) -> str:
    return "" if address in ("0.0.0.0", "::") else address
