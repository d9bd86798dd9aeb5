"""One file over HTTP into the cache: gone on with where it stopped, tried again, proven before it counts."""

import asyncio
import hashlib
import re
from dataclasses import dataclass
from typing import BinaryIO

import httpx

from wizard.bundle.fetch.cache import Blob, Cache, Known, Part, key_of
from wizard.bundle.fetch.events import FetchEnded, FetchMoved, FetchRetried, FetchStarted, Listen, unheard
from wizard.bundle.fetch.patience import PASSING, TRIES, WAIT_S, asked_s, of_tls, pause_s
from wizard.errors import WizardError

_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class _Again(Exception):
    """This try brought not everything, the next one may; `wait_s` is what the server asks for."""

    def __init__(self, why: str, wait_s: float = 0.0) -> None:
        super().__init__(why)
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Download:
    """One file at one URL. `sha256` and `size_bytes` are what it has to be, where that is known.

    `auth` answers for us where the server wants to know who asks.
    """

    name: str
    url: str
    sha256: str | None = None
    size_bytes: int | None = None
    auth: httpx.Auth | None = None

    @property
    def key(self) -> str:
        """The cache's name for it: by digest where that is known, so that two mirrors fill one file."""
        return self.sha256 or key_of(self.url)


async def download(
    client: httpx.AsyncClient, cache: Cache, wanted: Download, *, listen: Listen = unheard, wait_s: float = WAIT_S
) -> Blob:
    """Return the file, from the cache or fetched, its size and sha256 proven.

    Raises WizardError with the URL and what is wrong with it. What came so far stays for the next run.
    """
    try:
        async with cache.lock(wanted.key):
            if wanted.sha256 and (blob := cache.find(wanted.sha256)):
                listen(FetchEnded(wanted.name, "cached", blob.size_bytes))
                return blob
            return await _fetch(_Try(client, cache, wanted, cache.part(wanted.key), listen), wait_s)
    except OSError as error:
        place = error.filename2 or error.filename or cache.root
        hint = "Mend it, or give another folder by --cache; what came so far is kept."
        raise WizardError(f"{place}: {error.strerror or error}", hint=hint) from None


async def _fetch(attempt: "_Try", wait_s: float) -> Blob:
    failures, have = 0, attempt.part.size_bytes
    while True:
        try:
            return await attempt.run()
        except (_Again, httpx.TransportError) as error:
            failures = 0 if attempt.part.size_bytes > have else failures + 1
            have = attempt.part.size_bytes
            why = str(error) or type(error).__name__
            if of_tls(error):
                hint = "Give the CA of its certificate by --ca-file; a mirror without TLS begins with http://."
                raise WizardError(f"{attempt.wanted.url}: {why}", hint=hint) from None
            if failures >= TRIES:
                hint = "Try again later: what came so far is kept. A --mirror or --from-dir may do instead."
                raise WizardError(f"{attempt.wanted.url}: {why}, {TRIES} times in a row", hint=hint) from None
            asked = error.wait_s if isinstance(error, _Again) else 0.0
            pause = pause_s(failures, asked_s=asked, wait_s=wait_s)
            attempt.listen(FetchRetried(attempt.wanted.name, why, pause))
            await asyncio.sleep(pause)


@dataclass(slots=True)
class _Try:
    """The tries at one file, and what is there of it."""

    client: httpx.AsyncClient
    cache: Cache
    wanted: Download
    part: Part
    listen: Listen

    async def run(self) -> Blob:
        headers = {"Accept-Encoding": "identity", **self._conditions()}
        async with self.client.stream("GET", self.wanted.url, headers=headers, auth=self.wanted.auth) as response:
            if response.status_code == 304:
                return self._unchanged()
            if response.status_code == 416:
                # What is there is longer than the file, or all of it; its hash tells which.
                return await self._whole_or_nothing()
            _refuse(response, self.wanted.url)
            size = self._begin(response)
            validator = _validator(response)
            self.listen(FetchStarted(self.wanted.name, size, self.part.size_bytes))
            digest = await self._write(response)
        self._full(size)
        if response.status_code == 206 and self.wanted.sha256 not in (None, digest):
            self.part.drop()  # a server that takes no heed of If-Range put two versions together
            raise _Again("what was there and what came now don't belong together")
        return self._proven(digest, validator)

    def _conditions(self) -> dict[str, str]:
        """Ask for the rest, if it is still the same version; or for nothing, if nothing changed."""
        have, validator = self.part.size_bytes, self.part.validator
        if have and (validator or self.wanted.sha256):
            rest = {"Range": f"bytes={have}-"}
            return {**rest, "If-Range": validator} if validator else rest
        known = None if self.wanted.sha256 else self.cache.known(self.wanted.url)
        if known and known.validator:
            return {("If-None-Match" if '"' in known.validator else "If-Modified-Since"): known.validator}
        return {}

    def _begin(self, response: httpx.Response) -> int | None:
        """Set the part to where the answer begins; return the size of the whole file, if it is told."""
        if response.status_code == 206:
            found = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
            if found is None or int(found[1]) != self.part.size_bytes:
                self.part.drop()
                raise _Again("the server sent another range than was asked for")
            size = int(found[2]) if found[2] != "*" else None
        else:
            self.part.begin(_validator(response))
            length = response.headers.get("Content-Length", "")
            size = int(length) if length.isdecimal() else None
        if size is not None and self.wanted.size_bytes not in (None, size):
            self.part.drop()
            raise WizardError(
                f"{self.wanted.url}: {size} bytes, {self.wanted.size_bytes} are expected",
                hint="The server has another file under that name: use another mirror.",
            )
        return size if size is not None else self.wanted.size_bytes

    async def _write(self, response: httpx.Response) -> str:
        digest = await asyncio.to_thread(self._digest_so_far)
        with self.part.path.open("ab") as file:
            async for chunk in response.aiter_raw():
                digest.update(chunk)
                self._put(file, chunk)
        return digest.hexdigest()

    def _put(self, file: BinaryIO, chunk: bytes) -> None:
        file.write(chunk)
        file.flush()  # killed now, the next run goes on from here
        have = file.tell()
        if self.wanted.size_bytes is not None and have > self.wanted.size_bytes:
            self.part.drop()
            raise WizardError(
                f"{self.wanted.url}: more than the {self.wanted.size_bytes} bytes that it should be",
                hint="The server has another file under that name: use another mirror.",
            )
        self.listen(FetchMoved(self.wanted.name, have))

    def _digest_so_far(self) -> "hashlib._Hash":
        digest = hashlib.sha256()
        for chunk in self.part.chunks():
            digest.update(chunk)
        return digest

    def _full(self, size: int | None) -> None:
        if size is not None and self.part.size_bytes < size:
            raise _Again(f"the link ended after {self.part.size_bytes} of {size} bytes")

    async def _whole_or_nothing(self) -> Blob:
        digest = (await asyncio.to_thread(self._digest_so_far)).hexdigest()
        if digest == self.wanted.sha256:
            return self._proven(digest, self.part.validator)
        self.part.drop()
        raise _Again("what was there is not the beginning of this file")

    def _proven(self, digest: str, validator: str) -> Blob:
        if self.wanted.sha256 and digest != self.wanted.sha256:
            self.part.drop()
            raise WizardError(
                f"{self.wanted.url}: sha256 is {digest[:16]}…, {self.wanted.sha256[:16]}… is expected",
                hint="The file was damaged on its way or changed at its source: run it again, or use another mirror.",
            )
        blob = self.cache.adopt(self.part.path, digest)
        self.part.drop()
        self.cache.remember(self.wanted.url, Known(digest, blob.size_bytes, validator))
        self.listen(FetchEnded(self.wanted.name, "fetched", blob.size_bytes))
        return blob

    def _unchanged(self) -> Blob:
        known = self.cache.known(self.wanted.url)
        blob = self.cache.find(known.sha256) if known else None
        if blob is None:
            raise _Again("the server says that nothing changed, but nothing is here")
        self.listen(FetchEnded(self.wanted.name, "cached", blob.size_bytes))
        return blob


def _validator(response: httpx.Response) -> str:
    """Return the server's name for this version; a weak ETag says too little for ranges (RFC 9110, 13.1.5)."""
    tag = str(response.headers.get("ETag", ""))
    return tag if tag and not tag.startswith("W/") else str(response.headers.get("Last-Modified", ""))


def _refuse(response: httpx.Response, url: str) -> None:
    status = response.status_code
    if status in PASSING:
        raise _Again(f"HTTP {status}", asked_s(response))
    if status not in (200, 206):
        hints = {
            401: "It wants a login.",
            403: "It is not given to everybody: a login or another mirror may be needed.",
            404: "It is not there under that name: see the version in the spec, or use another mirror.",
        }
        raise WizardError(f"{url}: HTTP {status}", hint=hints.get(status, "See that the URL is right."))
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise WizardError(f"{url}: sent packed though it was asked for plain", hint="Use another mirror.")
