"""Images by the OCI distribution API into the cache: pinned by digest, the wanted architectures, each layer once."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from wizard.bundle.fetch.at_once import each_at_once
from wizard.bundle.fetch.cache import Blob, Cache
from wizard.bundle.fetch.download import Download, download
from wizard.bundle.fetch.events import Listen, unheard
from wizard.bundle.fetch.fetch import AT_ONCE
from wizard.bundle.fetch.patience import ask
from wizard.bundle.fetch.want import Ways
from wizard.bundle.oci.login import Login, RegistryAuth
from wizard.bundle.oci.manifest import ACCEPT, Descriptor, Manifest, read_manifest
from wizard.bundle.oci.reference import DOCKER, Reference
from wizard.errors import WizardError

DOCKER_API = "registry-1.docker.io"  # what stands behind the name docker.io


@dataclass(frozen=True, slots=True)
class Image:
    """An image by its name, pinned by digest: its index or manifest, and all that belongs to it.

    `manifests` holds the index too, where there is one. An index names more architectures than are wanted: its bytes
    are kept as they are, for its digest is what pins the image. `parts` are configurations and layers, each once.
    """

    reference: Reference
    root: Manifest
    manifests: tuple[Manifest, ...]
    parts: tuple[Descriptor, ...]

    @property
    def digests(self) -> tuple[str, ...]:
        """The sha256 of everything that belongs to it, the root's first."""
        found = (*(each.digest for each in self.manifests), *(each.digest for each in self.parts))
        return tuple(dict.fromkeys(digest.removeprefix("sha256:") for digest in found))


@dataclass(slots=True)
class Puller:
    """Pulls images for `arches` (amd64, arm64, …) into a cache; logins are by registry."""

    client: httpx.AsyncClient
    cache: Cache
    arches: frozenset[str]
    ways: Ways = field(default_factory=Ways)
    logins: Mapping[str, Login] = field(default_factory=dict)
    listen: Listen = unheard
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _auths: dict[str, RegistryAuth] = field(default_factory=dict)

    async def pin(self, reference: Reference) -> Image:
        """Find out what the image consists of; only its manifests come. Raises WizardError with its name."""
        root = await self.manifest(reference, reference.what)
        chosen = self._chosen(reference, root)
        children = [await self.manifest(reference, each.digest) for each in chosen] if root.is_index else [root]
        parts = {each.digest: each for manifest in children for each in manifest.blobs}
        manifests = (root, *children) if root.is_index else (root,)
        return Image(reference.pinned(root.digest), root, manifests, tuple(parts.values()))

    async def bring(self, image: Image) -> None:
        """Bring what the image consists of into the cache. Raises WizardError with what is wrong."""

        async def one(part: Descriptor) -> Blob:
            return await self._blob(image.reference, part)

        await each_at_once(one, image.parts)

    async def manifest(self, reference: Reference, what: str) -> Manifest:
        """Return a manifest of the image's repository by tag or digest; one of a digest is proven by it."""
        if what.startswith("sha256:") and (blob := self.cache.find(what.removeprefix("sha256:"))):
            return read_manifest(blob.path.read_bytes(), "", name=str(reference))
        url = f"{self._api(reference)}/manifests/{what}"
        async with self.slots:
            answer = await self._get(url, reference)
        manifest = read_manifest(answer.content, answer.headers.get("Content-Type", ""), name=str(reference))
        for promised in (what, answer.headers.get("Docker-Content-Digest", "")):
            if promised.startswith("sha256:") and promised != manifest.digest:
                raise WizardError(
                    f"{reference}: its manifest has digest {manifest.digest[:23]}…, not {promised[:23]}…",
                    hint="The registry gives another image than was asked for: use another one.",
                )
        self.cache.add(manifest.data)
        return manifest

    def _chosen(self, reference: Reference, root: Manifest) -> tuple[Descriptor, ...]:
        chosen = root.of(self.arches)
        missing = self.arches - {each.arch for each in chosen}
        if root.is_index and missing:
            there = sorted({f"{each.os}/{each.arch}" for each in root.manifests if each.os not in ("", "unknown")})
            raise WizardError(
                f"{reference}: not made for {', '.join(sorted(missing))}; there is {', '.join(there) or 'nothing'}",
                hint="Give --arch the architectures that all images have, or another version.",
            )
        return chosen

    async def _blob(self, reference: Reference, wanted: Descriptor) -> Blob:
        url = f"{self._api(reference)}/blobs/{wanted.digest}"
        name = f"{reference.repository}@{wanted.sha256[:12]}"
        asked = Download(name, url, wanted.sha256, wanted.size_bytes, auth=self._auth(reference))
        async with self.slots:
            return await download(self.client, self.cache, asked, listen=self.listen)

    async def _get(self, url: str, reference: Reference) -> httpx.Response:
        try:
            answer = await ask(self.client, "GET", url, headers={"Accept": ACCEPT}, auth=self._auth(reference))
        except httpx.TransportError as error:
            hint = (
                "See that its registry is reached from here; a proxy is taken from HTTPS_PROXY, a mirror by --mirror."
            )
            raise WizardError(f"{reference}: {error or type(error).__name__}", hint=hint) from None
        if answer.status_code == 429:
            hint = "The registry lets in only so many: log in, wait, or use a --mirror."
            raise WizardError(f"{reference}: HTTP 429, too many requests", hint=hint)
        if not answer.is_success:
            hint = "See its name and tag; a private one wants a login."
            raise WizardError(f"{reference}: HTTP {answer.status_code} from {answer.url.host}", hint=hint)
        return answer

    def _api(self, reference: Reference) -> str:
        host = reference.registry
        base = dict(self.ways.mirrors).get(host, f"https://{DOCKER_API if host == DOCKER else host}")
        return f"{base.rstrip('/')}/v2/{reference.repository}"

    def _auth(self, reference: Reference) -> RegistryAuth:
        registry = reference.registry
        return self._auths.setdefault(registry, RegistryAuth(self.logins.get(registry)))


async def pull_all(puller: Puller, references: Sequence[Reference]) -> tuple[Image, ...]:
    """Pin all images and bring them into the cache; return them in the order asked for. Raises WizardError."""
    images = await each_at_once(puller.pin, references)
    await each_at_once(puller.bring, images)
    return images
