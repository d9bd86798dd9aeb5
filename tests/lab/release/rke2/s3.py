"""The bucket of `etcd-s3*`: an object a snapshot, each request signed as AWS Signature Version 4 says."""

import hashlib
import hmac
import re
import ssl
import time
import urllib.error
import urllib.request
from urllib.parse import quote

from .journal import Fatal
from .settings import Settings

TIMEOUT_S = 20


class Bucket:
    """What the settings of a server name; raises Fatal with what the store said."""

    def __init__(self, settings: Settings) -> None:
        self._one = settings.one
        self._folder = settings.one("etcd-s3-folder").strip("/")
        self._context = ssl.create_default_context(cafile=settings.one("etcd-s3-endpoint-ca") or None)
        if settings.yes("etcd-s3-skip-ssl-verify"):
            self._context.check_hostname, self._context.verify_mode = False, ssl.CERT_NONE

    @property
    def name(self) -> str:
        return self._one("etcd-s3-bucket")

    def place(self, name: str) -> str:
        """Where an object is, as a list of snapshots says it."""
        return f"s3://{self.name}/{self._key(name)}"

    def put(self, name: str, data: bytes) -> None:
        self._ask("PUT", self._key(name), data)

    def get(self, name: str) -> bytes:
        return self._ask("GET", self._key(name))

    def listing(self) -> list[tuple[str, int]]:
        """Name and size in bytes of each object in the folder."""
        prefix = f"{self._folder}/" if self._folder else ""
        text = self._ask("GET", "", query={"list-type": "2", "prefix": prefix}).decode()
        found = re.findall(r"<Key>([^<]*)</Key>.*?<Size>(\d+)</Size>", text, re.DOTALL)
        return [(key.removeprefix(prefix), int(size)) for key, size in found]

    def _key(self, name: str) -> str:
        return f"{self._folder}/{name}" if self._folder else name

    def _ask(self, method: str, key: str, body: bytes = b"", query: dict[str, str] | None = None) -> bytes:
        host, moment = self._one("etcd-s3-endpoint"), time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        path = quote(f"/{self.name}/{key}")
        asked = "&".join(f"{name}={quote(value, safe='')}" for name, value in sorted((query or {}).items()))
        digest = hashlib.sha256(body).hexdigest()
        headers = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": moment}
        names = ";".join(headers)
        listed = "".join(f"{name}:{value}\n" for name, value in headers.items())
        canonical = "\n".join((method, path, asked, listed, names, digest))
        scope = f"{moment[:8]}/{self._one('etcd-s3-region', 'us-east-1')}/s3/aws4_request"
        text = "\n".join(("AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(canonical.encode()).hexdigest()))
        signature = sign(self._one("etcd-s3-secret-key"), scope, text)
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self._one('etcd-s3-access-key')}/{scope}, "
            f"SignedHeaders={names}, Signature={signature}"
        )
        url = f"https://{host}{path}{'?' if asked else ''}{asked}"
        request = urllib.request.Request(url, data=body or None, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S, context=self._context) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as wrong:
            said = re.search(r"<Code>(\w+)</Code>", wrong.read(400).decode(errors="replace"))
            raise Fatal(f"failed to test for existence of bucket {self.name}: {said[1] if said else wrong}") from None
        except (OSError, urllib.error.URLError) as wrong:
            raise Fatal(f"failed to test for existence of bucket {self.name}: {wrong}") from None


def sign(secret: str, scope: str, text: str) -> str:
    """Return the signature of a text by a secret key, for a scope."""
    key = f"AWS4{secret}".encode()
    for part in (*scope.split("/"), text):
        key = hmac.digest(key, part.encode(), "sha256")
    return key.hex()
