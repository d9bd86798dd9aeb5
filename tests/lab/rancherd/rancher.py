"""Rancher on port 8443 of a node, a stand-in: it answers pings, lets nodes join that know the token, has one admin."""

import base64
import hashlib
import hmac
import http.server
import json
import secrets
import ssl
import sys
import time
from pathlib import Path

TLS = Path("/var/lib/rancher/rke2/server/tls")
SERVER_TOKEN = Path("/var/lib/rancher/rke2/server/token")
AGENT_TOKEN = Path("/var/lib/rancher/rke2/server/agent-token")
ADMIN = Path("/var/lib/rancher-standin-admin")
CERT, KEY = TLS / "serving-kube-apiserver.crt", TLS / "serving-kube-apiserver.key"
PATIENCE_S = 0.2


class Answers(http.server.BaseHTTPRequestHandler):
    token = ""

    def do_GET(self) -> None:
        if self.path == "/ping":
            return self._say(200, "pong")
        if self.path == "/cacerts":
            return self._say(200, (TLS / "server-ca.crt").read_text(), self._hash((TLS / "server-ca.crt").read_bytes()))
        if self.path == "/join" and hmac.compare_digest(
            self.headers.get("Authorization", ""), f"Bearer {digest(self.token)}"
        ):
            tokens = {"server": SERVER_TOKEN.read_text().strip(), "agent": AGENT_TOKEN.read_text().strip()}
            return self._say(200, json.dumps(tokens))
        return self._say(401, "Unauthorized")

    def _hash(self, body: bytes) -> str:
        return proof(self.token, self.headers.get("X-Cattle-Nonce", ""), body)

    def _say(self, status: int, text: str, mark: str = "") -> None:
        body = text.encode()
        self.send_response(status)
        if mark:
            self.send_header("X-Cattle-Hash", mark)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        pass


def digest(token: str) -> str:
    """How a token is shown to Rancher."""
    return base64.b64encode(hashlib.sha256(token.encode()).digest()).decode()


def proof(token: str, nonce: str, body: bytes) -> str:
    """How Rancher proves that it knows the token."""
    text = nonce.encode() + b"\0" + body + b"\0"
    return base64.b64encode(hmac.new(token.encode(), text, hashlib.sha512).digest()).decode()


def serve(token: str = "") -> None:
    """Answer for ever, once RKE2 has made its certificates."""
    while not (CERT.exists() and KEY.exists() and SERVER_TOKEN.exists()):
        time.sleep(PATIENCE_S)
    Answers.token = token
    server = http.server.ThreadingHTTPServer(("0.0.0.0", 8443), Answers)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERT, KEY)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


def reset_admin() -> None:
    """Tell a new password, as the real one does: in its log."""
    password = secrets.token_urlsafe(12)
    ADMIN.write_text(password)
    ADMIN.chmod(0o600)
    log("Server URL: https://10.77.0.11:8443")
    log(f"Default admin and password created. Username: admin, Password: {password}")


def log(message: str) -> None:
    """One line as logrus writes it where no terminal is."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    sys.stderr.write(f'time="{stamp}" level=info msg="{message}"\n')
    sys.stderr.flush()


if __name__ == "__main__":
    if sys.argv[1] == "reset-admin":
        reset_admin()
    else:
        serve(Path(sys.argv[2]).read_text() if len(sys.argv) > 2 else "")
