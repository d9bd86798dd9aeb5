"""What a read-only registry answers: the pull half of the OCI distribution specification, as pure functions.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md
"""

import hmac
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, unquote

from wizard.bundle.oci.login import Login
from wizard.bundle.oci.reference import DIGEST, REPOSITORY
from wizard.bundle.registry.shelf import Shelf

PAGE = 1000  # names in one answer at most
_CONTENT = re.compile(r"/v2/(?P<name>.+)/(?P<kind>manifests|blobs|tags)/(?P<what>[^/]+)")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_VERSION = {"Docker-Distribution-Api-Version": "registry/2.0"}


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks; names of headers are in lower case."""

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The path, decoded."""
        return unquote(self.target.partition("?")[0])

    def query(self, name: str) -> str:
        """Return one value of the query; empty where it is not given."""
        return parse_qs(self.target.partition("?")[2]).get(name, [""])[0]


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a blob that is to be sent."""

    sha256: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back; the length of `body` is its Content-Length."""

    status: int
    headers: dict[str, str]
    body: bytes | Slice = b""

    @property
    def length(self) -> int:
        """Bytes of the body."""
        return self.body.length if isinstance(self.body, Slice) else len(self.body)


def answer(shelf: Shelf, asked: Request, *, login: Login | None = None) -> Answer:
    """Return the answer to one request; with `login`, only to those who give it."""
    if login is not None and not _admitted(asked, login):
        refused = _error(401, "UNAUTHORIZED", "a login is wanted")
        return Answer(401, {**refused.headers, "WWW-Authenticate": 'Basic realm="rancher-wizard"'}, refused.body)
    if asked.method not in ("GET", "HEAD"):
        refused = _error(405, "UNSUPPORTED", "this registry is read-only")
        return Answer(405, {**refused.headers, "Allow": "GET, HEAD"}, refused.body)
    if asked.path in ("/v2", "/v2/"):
        return _json({})
    if asked.path == "/v2/_catalog":
        return _page(asked, "repositories", shelf.tags)
    found = _CONTENT.fullmatch(asked.path)
    if found is None or not REPOSITORY.fullmatch(found["name"]):
        return _error(404, "UNSUPPORTED", "no such place")
    repository = shelf.repository(found["name"], asked.query("ns"))
    if repository is None:
        return _error(404, "NAME_UNKNOWN", "no such repository in this bundle")
    match found["kind"], found["what"]:
        case "manifests", what:
            return _manifest(shelf, repository, what)
        case "blobs", what:
            return _blob(shelf, asked, what)
        case "tags", "list":
            return _page(asked, "tags", shelf.tags[repository], name=found["name"])
    return _error(404, "UNSUPPORTED", "no such place")


def _manifest(shelf: Shelf, repository: str, what: str) -> Answer:
    manifest = shelf.manifest(repository, what)
    if manifest is None:
        return _error(404, "MANIFEST_UNKNOWN", "no such tag or digest in this bundle")
    headers = {"Content-Type": manifest.media_type, **_named(manifest.digest)}
    return Answer(200, {**_VERSION, **headers}, manifest.data)


def _blob(shelf: Shelf, asked: Request, digest: str) -> Answer:
    sha256 = digest.removeprefix("sha256:")
    size = shelf.blobs.size(sha256) if DIGEST.fullmatch(digest) else None
    if size is None:
        return _error(404, "BLOB_UNKNOWN", "no such blob in this bundle")
    headers = {**_VERSION, "Content-Type": "application/octet-stream", "Accept-Ranges": "bytes", **_named(digest)}
    wanted = asked.headers.get("range", "")
    if not wanted or asked.headers.get("if-range", f'"{digest}"') != f'"{digest}"':
        return Answer(200, headers, Slice(sha256, 0, size))
    part = _part(wanted, size)
    if part is None:
        return Answer(416, {**headers, "Content-Range": f"bytes */{size}"})
    first, last = part
    told = {"Content-Range": f"bytes {first}-{last}/{size}"}
    return Answer(206, {**headers, **told}, Slice(sha256, first, last - first + 1))


def _part(wanted: str, size: int) -> tuple[int, int] | None:
    """Return the first and last byte of a Range header with one range; None where nothing can be sent for it."""
    found = _RANGE.fullmatch(wanted.replace(" ", "")) if len(wanted) < 64 else None
    if found is None or found[0] == "bytes=-":
        return None
    if not found[1]:  # the last so many bytes
        first, last = max(0, size - int(found[2])), size - 1
    else:
        first, last = int(found[1]), min(int(found[2]), size - 1) if found[2] else size - 1
    return (first, last) if first <= last else None


def _page(asked: Request, key: str, names: Iterable[str], **more: Any) -> Answer:
    """Return sorted names after `last`, `n` of them, with the way to the next page."""
    said = asked.query("n")
    count = min(int(said), PAGE) if said.isdecimal() and len(said) < 10 else PAGE
    left = [name for name in names if name > asked.query("last")]
    page = left[:count]
    given = _json({**more, key: page})
    if not page or len(left) == len(page):
        return given
    path = asked.target.partition("?")[0]
    link = f'<{path}?n={count}&last={quote(page[-1], safe="")}>; rel="next"'
    return Answer(200, {**given.headers, "Link": link}, given.body)


def _named(digest: str) -> dict[str, str]:
    return {"Docker-Content-Digest": digest, "ETag": f'"{digest}"'}


def _admitted(asked: Request, login: Login) -> bool:
    return hmac.compare_digest(asked.headers.get("authorization", "").encode(), login.basic().encode())


def _json(record: dict[str, Any]) -> Answer:
    return Answer(200, {**_VERSION, "Content-Type": "application/json"}, json.dumps(record).encode())


def _error(status: int, code: str, message: str) -> Answer:
    body = json.dumps({"errors": [{"code": code, "message": message}]}).encode()
    return Answer(status, {**_VERSION, "Content-Type": "application/json"}, body)
