"""One blob into a registry: asked for first, mounted where a neighbour has it, else sent in pieces."""

import asyncio
import re
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from wizard.bundle.fetch.events import FetchEnded, FetchMoved, FetchStarted, Listen, unheard
from wizard.bundle.fetch.patience import PASSING, TRIES, WAIT_S, ask, of_tls, pause_s
from wizard.bundle.oci.login import RegistryAuth
from wizard.bundle.oci.manifest import Descriptor
from wizard.bundle.registry.shelf import Blobs
from wizard.errors import WizardError
from wizard.plain import plain

PIECE_BYTES = 8 << 20  # a cut link costs no more than this
_PASSING = PASSING | {404, 416}  # the upload is unknown by now, or stands elsewhere than we think
_RANGE = re.compile(r"(?:bytes=)?0-(\d+)")


@dataclass(slots=True)
class Uploader:
    """Sends blobs to the registry at `url`; of each it knows a repository there that has it."""

    client: httpx.AsyncClient
    url: str
    auth: RegistryAuth
    blobs: Blobs
    listen: Listen = unheard
    wait_s: float = WAIT_S
    piece_bytes: int = PIECE_BYTES
    _has: dict[str, str] = field(default_factory=dict)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def bring(self, repository: str, blob: Descriptor) -> int:
        """See that `repository` has the blob; return how many bytes were sent for it. Raises WizardError."""
        async with self._locks.setdefault(blob.digest, asyncio.Lock()):
            there = await self.ask("HEAD", f"{self.url}/v2/{repository}/blobs/{blob.digest}")
            begun = there if there.status_code == 200 else await self._begin(repository, blob)
            if begun.status_code in (200, 201):
                self._ended("there", repository, blob)
                return 0
            self.listen(FetchStarted(self._name(repository, blob), blob.size_bytes, 0))
            await self._send(repository, blob, begun)
            self._ended("sent", repository, blob)
            return blob.size_bytes

    async def ask(self, method: str, url: str | httpx.URL, **options: Any) -> httpx.Response:
        """Send one request, and again while what refuses it may pass. Raises WizardError without an answer."""
        try:
            answer = await ask(self.client, method, url, wait_s=self.wait_s, auth=self.auth, **options)
        except httpx.TransportError as error:
            hint = (
                "See that the registry is up and reached from here, then run it again: what is there is not sent twice."
            )
            if of_tls(error):
                hint = "Give the CA of its certificate by --ca-file; for a registry that has no TLS: --plain-http."
            raise WizardError(f"{self.url}: {error or type(error).__name__}", hint=hint) from None
        if answer.status_code in (401, 403):
            hint = "See the user name, the password, and that the user may push there."
            raise WizardError(f"{url}: HTTP {answer.status_code}, the login does not let us in", hint=hint)
        return answer

    async def _begin(self, repository: str, blob: Descriptor) -> httpx.Response:
        """Open an upload: answered 201 where the registry took the blob over from a neighbour instead."""
        neighbour = self._has.get(blob.digest)
        mount = {"mount": blob.digest, "from": neighbour} if neighbour and neighbour != repository else {}
        begun = await self.ask("POST", f"{self.url}/v2/{repository}/blobs/uploads/", params=mount)
        if begun.status_code not in (201, 202):
            raise refused(begun, f"{self.url}/v2/{repository}")
        return begun

    async def _send(self, repository: str, blob: Descriptor, begun: httpx.Response) -> None:
        """Send piece by piece; after a failure ask the registry how far it got, and go on from there."""
        place, offset, failures = _place(begun), 0, 0
        while True:
            piece = await asyncio.to_thread(self.blobs.read, blob.sha256, offset, self.piece_bytes)
            answer = await self._piece(blob, place, offset, piece)
            if answer is not None and answer.status_code == 201:
                return
            if answer is not None and answer.status_code == 202:
                place, offset, failures = _place(answer), offset + len(piece), 0
                self.listen(FetchMoved(self._name(repository, blob), offset))
                continue
            failures += 1
            if answer is not None and (failures == TRIES or answer.status_code not in _PASSING):
                raise refused(answer, f"{self.url}/v2/{repository}")
            if failures == TRIES:
                hint = "Run it again: what is there is not sent twice."
                raise WizardError(f"{self.url}: the link broke {TRIES} times in a row", hint=hint)
            await asyncio.sleep(pause_s(failures - 1, wait_s=self.wait_s))
            if (resumed := await self._resumed(repository, blob, place)) is None:
                return
            place, offset = resumed

    async def _piece(self, blob: Descriptor, place: httpx.URL, offset: int, piece: bytes) -> httpx.Response | None:
        """Send one piece, the last one with the digest; return the answer, None where the link broke."""
        end = offset + len(piece)
        last = end >= blob.size_bytes or not piece
        headers = {"Content-Type": "application/octet-stream"}
        if piece:
            headers["Content-Range"] = f"{offset}-{end - 1}"
        url = place.copy_merge_params({"digest": blob.digest}) if last else place
        try:
            return await self.client.request(
                "PUT" if last else "PATCH", url, content=piece, headers=headers, auth=self.auth
            )
        except httpx.TransportError:
            return None

    async def _resumed(self, repository: str, blob: Descriptor, place: httpx.URL) -> tuple[httpx.URL, int] | None:
        """Return where to go on and from which byte; None where the registry has the whole blob after all."""
        there = await self.ask("HEAD", f"{self.url}/v2/{repository}/blobs/{blob.digest}")
        if there.status_code == 200:
            return None
        state = await self.ask("GET", place)
        found = _RANGE.fullmatch(state.headers.get("Range", ""))
        if state.status_code == 204 and found:
            # "0-0" is what registries say of nothing at all as well as of one byte.
            return _place(state), int(found[1]) + 1 if int(found[1]) else 0
        return _place(await self._begin(repository, blob)), 0

    def _name(self, repository: str, blob: Descriptor) -> str:
        return f"{repository}@{blob.sha256[:12]}"

    def _ended(self, outcome: Literal["sent", "there"], repository: str, blob: Descriptor) -> None:
        self._has.setdefault(blob.digest, repository)
        self.listen(FetchEnded(self._name(repository, blob), outcome, blob.size_bytes))


def refused(answer: httpx.Response, place: str) -> WizardError:
    """Return the error for an answer of a registry that takes something not."""
    said = plain(answer.text[:300].replace("\n", " ")) if answer.text else "no reason given"
    return WizardError(f"{place}: HTTP {answer.status_code}: {said}", hint="See the registry's log, and its disk.")


def _place(answer: httpx.Response) -> httpx.URL:
    """Return where the upload goes on; registries say it with each answer, absolute or not."""
    return answer.url.join(answer.headers.get("Location", ""))
