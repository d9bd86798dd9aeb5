"""A shelf's images into a registry that exists, each manifest proven by reading it back."""

import asyncio
from dataclasses import dataclass

import httpx

from wizard.bundle.fetch.at_once import each_at_once
from wizard.bundle.fetch.events import Listen, unheard
from wizard.bundle.fetch.patience import WAIT_S
from wizard.bundle.oci.login import Login, RegistryAuth
from wizard.bundle.oci.manifest import ACCEPT, Manifest
from wizard.bundle.registry.shelf import Shelf
from wizard.bundle.registry.upload import Uploader, refused
from wizard.errors import WizardError

AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Pushed:
    """One tag that the registry has now; `digest` is another than the bundle's where `thinned`.

    A registry that wants every manifest of an index gets the index with those that the bundle has.
    """

    name: str
    digest: str
    sent_bytes: int
    thinned: bool = False


async def push(
    client: httpx.AsyncClient,
    url: str,
    shelf: Shelf,
    *,
    prefix: str = "",
    login: Login | None = None,
    listen: Listen = unheard,
    wait_s: float = WAIT_S,
) -> tuple[Pushed, ...]:
    """Bring every image of the shelf to the registry at `url` (`https://host:port`), under `prefix` where given.

    What is there is not sent: run it again after an error. Raises WizardError.
    """
    uploader = Uploader(client, url, RegistryAuth(login), shelf.blobs, listen, wait_s)
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(repository: str) -> list[Pushed]:
        async with slots:
            name = f"{prefix}/{repository}" if prefix else repository
            tags = shelf.tags[repository].items()
            return [await _image(uploader, shelf, name, tag, digest) for tag, digest in tags]

    return tuple(pushed for each in await each_at_once(one, shelf.tags) for pushed in each)


async def _image(uploader: Uploader, shelf: Shelf, name: str, tag: str, digest: str) -> Pushed:
    root = shelf.manifests[digest]
    here = [shelf.manifests[each.digest] for each in root.manifests if each.digest in shelf.manifests]
    sent = 0
    for manifest in here if root.is_index else [root]:
        for blob in manifest.blobs:
            sent += await uploader.bring(name, blob)
        if root.is_index:
            await _put(uploader, name, manifest.digest, manifest)
    thinned = root.is_index and not await _put(uploader, name, tag, root, may_lack=len(here) < len(root.manifests))
    if thinned:
        root = root.only(frozenset(each.digest for each in here))
    if thinned or not root.is_index:
        await _put(uploader, name, tag, root)
    return Pushed(f"{name}:{tag}", root.digest, sent, thinned)


async def _put(uploader: Uploader, name: str, what: str, manifest: Manifest, *, may_lack: bool = False) -> bool:
    """Put a manifest and read it back. With `may_lack`, return False where the registry misses parts of an index."""
    url = f"{uploader.url}/v2/{name}/manifests/{what}"
    if not await _is_there(uploader, url, manifest):
        headers = {"Content-Type": manifest.media_type}
        answer = await uploader.ask("PUT", url, content=manifest.data, headers=headers)
        if may_lack and 400 <= answer.status_code < 500:
            return False
        if answer.status_code not in (201, 202):
            raise refused(answer, url)
        if not await _is_there(uploader, url, manifest):
            raise WizardError(f"{url}: another manifest than was sent", hint="Something between changes what passes.")
    return True


async def _is_there(uploader: Uploader, url: str, manifest: Manifest) -> bool:
    """Read it back, byte for byte: a digest in a header is only what the registry says of itself."""
    answer = await uploader.ask("GET", url, headers={"Accept": ACCEPT})
    return answer.status_code == 200 and answer.content == manifest.data
