"""What an ingress is to a balancer: HTTPS that tells who it is and what it was asked, and a websocket that echoes.

Run as a script: ingress.py NAME PEM PORT; without TLS where PEM is -.
"""

import base64
import hashlib
import json
import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455


class Ingress(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    name = ""

    def do_GET(self) -> None:
        if self.headers.get("Upgrade") == "websocket":
            self._echo()
        elif self.path == "/healthz":
            # Traefik knows no such path.
            self._say(404, b"404 page not found\n")
        elif self.path == "/ping":
            # Rancher's.
            self._say(200, b"pong")
        else:
            self._say(200, json.dumps({"cluster": self.name, "headers": dict(self.headers)}).encode())

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _echo(self) -> None:
        key = hashlib.sha1((self.headers["Sec-WebSocket-Key"] + GUID).encode()).digest()
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(key).decode())
        self.end_headers()
        self.close_connection = True
        while line := self.rfile.readline():
            self.wfile.write(line)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""


def serve(name: str, pem: str, port: int) -> None:
    Ingress.name = name
    server = ThreadingHTTPServer(("", port), Ingress)
    if pem != "-":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.serve_forever()


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], int(sys.argv[3]))
