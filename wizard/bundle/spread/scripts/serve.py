"""serve FOLDER LEASE_S ADDRESS PORT...: give pieces of files to other nodes over HTTPS, at the first port that is free.

FOLDER/given has a token, the certificate with its key, and the files; it is read once and deleted. FOLDER/port tells
where it listens. Ends LEASE_S seconds after the last byte that somebody with the token was given. Runs on a node, by
Python 3.6 or newer. No dollar sign in this text: systemd would take it for a variable.
"""

import hmac
import http.server
import json
import os
import re
import socket
import socketserver
import ssl
import sys
import threading
import time
from pathlib import Path
from typing import Any

GUESTS_AT_MOST = 16
SILENT_S = 20
AWAITED_S = 4.0
"""So long a piece that has not come yet is awaited before the guest hears so."""
BLOCK = 1 << 18


class Files:
    """The files that may be given, by their sha256, and when a byte of them was given last."""

    def __init__(self, known: "dict[str, Any]", token: str) -> None:
        self.known = known
        self.words = ("Bearer " + token).encode()
        self.last = time.monotonic()

    def open(self, name: str, end: int) -> Any:
        """Return the file of that hash, open, once it has `end` bytes; None when they do not come in time."""
        size, *places = self.known[name]
        latest = time.monotonic() + AWAITED_S
        while True:
            # A part becomes the whole between two looks: the whole is looked for once more.
            for place, wanted in ((places[0], size), (places[1], end), (places[0], size)):
                try:
                    file = open(place, "rb")  # noqa: SIM115, PTH123 - whoever asked closes it
                except OSError:
                    continue
                have = os.fstat(file.fileno()).st_size
                if have == size or (have >= wanted and place == places[1]):
                    return file
                file.close()
            if time.monotonic() > latest:
                return None
            time.sleep(0.05)


class Guest(http.server.BaseHTTPRequestHandler):
    """One node that asks for pieces: GET /SHA256 with a range."""

    protocol_version = "HTTP/1.1"
    files = Files({}, "")

    def setup(self) -> None:
        self.request.settimeout(SILENT_S)
        self.request.do_handshake()
        super().setup()

    def do_GET(self) -> None:
        name = self.path[1:]
        if not hmac.compare_digest(self.headers.get("Authorization", "").encode(), self.files.words):
            return self.refuse(401)
        asked = re.match("bytes=([0-9]{1,18})-([0-9]{1,18})", self.headers.get("Range", ""))
        if name not in self.files.known or not asked:
            return self.refuse(404)
        self.files.last = time.monotonic()
        return self.give(name, int(asked.group(1)), int(asked.group(2)) + 1)

    def give(self, name: str, begin: int, end: int) -> None:
        file = self.files.open(name, end)
        if file is None:
            return self.refuse(416)
        with file:
            self.send_response(206)
            self.send_header("Content-Length", str(end - begin))
            self.end_headers()
            file.seek(begin)
            while begin < end:
                block = file.read(min(BLOCK, end - begin))
                if not block:
                    self.close_connection = True
                    return None
                self.wfile.write(block)
                begin += len(block)
                self.files.last = time.monotonic()
        return None

    def refuse(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words: object) -> None:
        """Say nothing: what is given is told by who gets it."""


class Door(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Listens, and lets in so many guests at a time."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: str, port: int, context: "ssl.SSLContext") -> None:
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.context = context
        self.room = threading.BoundedSemaphore(GUESTS_AT_MOST)
        super().__init__((address, port), Guest)

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)

    def get_request(self) -> "tuple[Any, Any]":
        guest, place = self.socket.accept()
        return self.context.wrap_socket(guest, server_side=True, do_handshake_on_connect=False), place

    def process_request(self, request: Any, client_address: Any) -> None:
        if self.room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.room.release()

    def handle_error(self, *words: object) -> None:
        """A guest that left in the middle is no news."""


def opened(address: str, ports: "list[str]", context: "ssl.SSLContext") -> Door:
    """Listen at the first port that is free; the last one is 0. Raises OSError where none is."""
    for port in ports[:-1]:
        try:
            return Door(address, int(port), context)
        except OSError:
            continue
    return Door(address, int(ports[-1]), context)


def main() -> None:
    folder, lease, address = Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
    given = folder / "given"
    known = json.loads(given.read_text())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    given.write_text(known["pem"])
    context.load_cert_chain(str(given))
    given.unlink()
    files = Guest.files = Files(known["files"], known["token"])
    door = opened(address, sys.argv[4:], context)
    threading.Thread(target=door.serve_forever, daemon=True).start()
    (folder / "port.new").write_text(str(door.server_address[1]))
    (folder / "port.new").rename(folder / "port")
    while time.monotonic() < files.last + lease:
        time.sleep(0.5)


main()
