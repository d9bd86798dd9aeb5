"""The forms of a token, and the check of a cluster's CA before a password is shown to it."""

import base64
import hashlib
import http.client
import json
import re
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .journal import warn
from .tls import asking, trusting_anyone

SHORT_FORM = (
    "Cluster CA certificate is not trusted by the host CA bundle, but the token does not include a CA hash. "
    "Use the full token from the server's node-token file to enable Cluster CA validation."
)


class Refused(Exception):
    """A server said no, or can not be trusted, or does not answer; `status` is HTTP's, 0 without an answer."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Token:
    ca_hash: str
    user: str
    password: str

    @classmethod
    def parse(cls, text: str, user: str) -> "Token":
        """Take the short or the full form; `user` holds for the short one. Raises Refused."""
        if not text:
            raise Refused("token must not be empty")
        if not text.startswith("K10"):
            return cls("", user, text)
        digest, colons, rest = text[3:].partition("::")
        if not colons:
            raise Refused("invalid token format")
        if not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise Refused("invalid token CA hash length")
        name, colon, password = rest.partition(":")
        return cls(digest, name if colon else user, password if colon else name)


@dataclass(slots=True)
class Cluster:
    """The way to one server's supervisor, its CA checked."""

    url: str
    token: Token
    ca: str

    @classmethod
    def meet(cls, url: str, token: Token) -> "Cluster":
        """Fetch the CA, compare it with the token's hash, then verify the server by it; raises Refused."""
        parts = urlsplit(url)
        if parts.scheme != "https":
            raise Refused(f"only https:// URLs are supported, invalid scheme: {url}")
        url = f"https://{parts.netloc}"
        try:
            _, pem = _call(url, "/cacerts", trusting_anyone())
        except OSError as wrong:
            raise Refused(f'failed to get CA certs: Get "{url}/cacerts": {_words(wrong, parts.netloc)}') from None
        digest = hashlib.sha256(pem).hexdigest()
        if not token.ca_hash:
            warn(SHORT_FORM)
        elif digest != token.ca_hash:
            raise Refused(f"token CA hash does not match the Cluster CA certificate hash: {token.ca_hash} != {digest}")
        cluster = cls(url, token, pem.decode())
        try:
            _call(url, "/cacerts", asking(None, pem=cluster.ca))
        except OSError as wrong:
            raise Refused(f'CA cert validation failed: Get "{url}/cacerts": {_words(wrong, parts.netloc)}') from None
        return cluster

    def put(self, path: str, body: Any) -> None:
        """PUT `body`; raises Refused."""
        self.ask(path, body, method="PUT")

    def ask(self, path: str, body: Any = None, headers: dict[str, str] | None = None, *, method: str = "POST") -> Any:
        """GET, or POST `body`, with the token's name and password; raises Refused."""
        secret = base64.b64encode(f"{self.token.user}:{self.token.password}".encode()).decode()
        sent = {"Authorization": f"Basic {secret}"} | (headers or {})
        try:
            status, data = _call(self.url, path, asking(None, pem=self.ca), body=body, headers=sent, method=method)
        except OSError as wrong:
            raise Refused(f'Get "{self.url}{path}": {_words(wrong, urlsplit(self.url).netloc)}') from None
        if status == 401:
            raise Refused(f"{self.url}{path}: 401 Unauthorized", status)
        if status != 200:
            raise Refused(data.decode(errors="replace").strip() or f"{self.url}{path}: {status}", status)
        return json.loads(data or b"null")


def _call(
    url: str,
    path: str,
    context: ssl.SSLContext,
    *,
    body: Any = None,
    headers: dict[str, str] | None = None,
    method: str = "POST",
) -> tuple[int, bytes]:
    parts = urlsplit(url)
    line = http.client.HTTPSConnection(parts.hostname or "", parts.port or 443, timeout=10, context=context)
    try:
        line.request(method if body is not None else "GET", path, json.dumps(body) if body else None, headers or {})
        answer = line.getresponse()
        return answer.status, answer.read()
    except http.client.HTTPException as wrong:
        raise OSError(f"EOF ({type(wrong).__name__})") from None
    finally:
        line.close()


def _words(wrong: OSError, where: str) -> str:
    """Say it as Go's network library does: what reads the journal knows those words."""
    if isinstance(wrong, ssl.SSLCertVerificationError):
        text = wrong.verify_message
        if "valid for" in text or "mismatch" in text.lower():
            return f"tls: failed to verify certificate: x509: certificate is valid for other names, not {where}"
        if "expired" in text or "not yet valid" in text:
            return "tls: failed to verify certificate: x509: certificate has expired or is not yet valid"
        return f"tls: failed to verify certificate: x509: {text}"
    if isinstance(wrong, TimeoutError):
        return f"dial tcp {where}: i/o timeout"
    if isinstance(wrong, ConnectionRefusedError):
        return f"dial tcp {where}: connect: connection refused"
    text = (wrong.strerror or str(wrong)).lower()
    return f"dial tcp {where}: connect: {text}"
