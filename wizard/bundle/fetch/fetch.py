"""Many files at once into the cache: what is known of them first, then the room, then the bytes."""

import asyncio
import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx

from wizard.bundle.fetch.at_once import each_at_once
from wizard.bundle.fetch.cache import Blob, Cache
from wizard.bundle.fetch.download import Download, download
from wizard.bundle.fetch.events import FetchEnded, Listen, unheard
from wizard.bundle.fetch.sums import sum_of
from wizard.bundle.fetch.want import Want, Ways
from wizard.errors import WizardError

AT_ONCE = 6
SPARE_BYTES = 64 << 20  # a disk that is filled to the last byte helps nobody


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a fetch would bring: the files, what is here, and their sizes in bytes by URL (0 for an unknown one)."""

    wants: tuple[Want, ...]
    here: frozenset[str]
    sizes: dict[str, int]

    @property
    def coming_bytes(self) -> int:
        """What is still to come; several may want the same file."""
        return sum(self.sizes[url] for url in {want.url for want in self.wants if want.name not in self.here})


@dataclass(slots=True)
class Fetcher:
    """Fetches files into a cache, by these ways, as many at once as there are `slots`."""

    client: httpx.AsyncClient
    cache: Cache
    ways: Ways = field(default_factory=Ways)
    listen: Listen = unheard
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def look_ahead(self, wants: Sequence[Want]) -> Outlook:
        """Return the files with their publishers' checksums and sizes, and which are here; fetch the lists only."""
        lists = sorted({want.sums_url for want in wants if want.sums_url and not want.sha256})
        texts = dict(zip(lists, await each_at_once(self._sums, lists), strict=True))
        known = [_with_sum(want, texts) for want in wants]
        here = frozenset(want.name for want in known if self._lies_here(want))
        once = {want.url: want for want in known}
        sizes = dict(zip(once, await each_at_once(self._size, once.values()), strict=True))
        return Outlook(tuple(known), here, sizes)

    async def fetch(self, want: Want) -> Blob:
        """Return one file: from the cache where its digest is known, where it lies in a folder, or from the network.

        Raises WizardError.
        """
        async with self.slots:
            if want.sha256 and (blob := self.cache.find(want.sha256)):
                self.listen(FetchEnded(want.name, "cached", blob.size_bytes))
                return blob
            if path := self.ways.local(want):
                return await asyncio.to_thread(_proven, self.cache, want, path, self.listen)
            asked = Download(want.name, self.ways.url(want.url), want.sha256, want.size_bytes)
            return await download(self.client, self.cache, asked, listen=self.listen)

    def _lies_here(self, want: Want) -> bool:
        return bool((want.sha256 and self.cache.find(want.sha256)) or self.ways.local(want))

    async def _sums(self, url: str) -> str:
        blob = await self.fetch(Want(url.rsplit("/", 1)[-1], url))
        return blob.path.read_text(errors="replace")

    async def _size(self, want: Want) -> int:
        """Return how many bytes a file will take; 0 where the server does not say."""
        if want.size_bytes is not None:
            return want.size_bytes
        if want.sha256 and (blob := self.cache.find(want.sha256)):
            return blob.size_bytes
        if path := self.ways.local(want):
            return path.stat().st_size
        try:
            async with self.slots:
                answer = await self.client.head(self.ways.url(want.url))
        except httpx.TransportError:
            return 0
        length = answer.headers.get("Content-Length", "")
        return int(length) if answer.is_success and length.isdecimal() else 0


async def fetch_all(fetcher: Fetcher, wants: Sequence[Want]) -> dict[str, Blob]:
    """Bring every file into the cache; return each by its name.

    Raises WizardError at the first file that can't be had, or where the disk has no room for all; files that came
    stay in the cache, those under way go on from there the next time.
    """
    outlook = await fetcher.look_ahead(wants)
    need_room(fetcher.cache.root, outlook.coming_bytes)
    blobs = await each_at_once(fetcher.fetch, outlook.wants)
    return {want.name: blob for want, blob in zip(outlook.wants, blobs, strict=True)}


def need_room(folder: Path, size_bytes: int) -> None:
    """Raise WizardError where the disk of `folder` has no room for so many bytes more."""
    free, needed = shutil.disk_usage(folder).free, size_bytes + SPARE_BYTES
    if free < needed:
        raise WizardError(
            f"{folder}: {free >> 20} MiB free, {needed >> 20} MiB are needed",
            hint=f"Free {(needed - free) // (1 << 20) + 1} MiB there, or give another folder.",
        )


def _proven(cache: Cache, want: Want, path: Path, listen: Listen) -> Blob:
    """Use a file of the operator's where it lies, if it is the right one."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WizardError(f"{path}: {error.strerror}", hint="Let it be read, or take it away.") from None
    if want.sha256 not in (None, digest):
        raise WizardError(
            f"{path}: sha256 is {digest[:16]}…, {str(want.sha256)[:16]}… is expected",
            hint="That file is damaged or of another release: put the right one there, or take it away.",
        )
    blob = cache.lend(path, digest)
    listen(FetchEnded(want.name, "cached", blob.size_bytes))
    return blob


def _with_sum(want: Want, texts: dict[str, str]) -> Want:
    if want.sha256 or not want.sums_url:
        return want
    digest = sum_of(texts[want.sums_url], want.file_name)
    if digest is None:
        raise WizardError(
            f"{want.sums_url}: {want.file_name} is not listed",
            hint="The publisher gives no checksum for it: see that version and name belong together.",
        )
    return replace(want, sha256=digest, proof=f"sha256 in {want.sums_url}")
