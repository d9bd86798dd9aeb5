"""A bundle made from what a site wants: looked over, room asked for, fetched, written."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from wizard.bundle.contents.artifact import Artifact
from wizard.bundle.fetch.cache import Cache
from wizard.bundle.fetch.client import new_client
from wizard.bundle.fetch.contents import Contents, bring, look_over
from wizard.bundle.fetch.events import Listen, unheard
from wizard.bundle.fetch.fetch import AT_ONCE, Fetcher, need_room
from wizard.bundle.fetch.image import Puller
from wizard.bundle.fetch.want import Ways
from wizard.bundle.format.head import Head
from wizard.bundle.format.manifest import Manifest
from wizard.bundle.format.verify import Moved
from wizard.bundle.format.write import write_bundle
from wizard.bundle.oci.login import Login


@dataclass(frozen=True, slots=True)
class Making:
    """How bundles are made here: by which cache and ways, for which architectures, with whose logins."""

    cache: Cache
    arches: frozenset[str]
    ways: Ways = field(default_factory=Ways)
    logins: Mapping[str, Login] = field(default_factory=dict)
    listen: Listen = unheard
    ca_file: Path | None = None
    keyrings: tuple[Path, ...] = ()
    pythons: tuple[str, ...] = ()

    async def look(self, artifacts: Sequence[Artifact]) -> Contents:
        """Return what would be fetched; only lists and manifests come. Raises WizardError."""
        async with self._hands() as (fetcher, puller):
            return await look_over(artifacts, fetcher, puller, keyrings=self.keyrings)

    async def gather(self, artifacts: Sequence[Artifact], *, name: str, seen: Callable[[Contents], None]) -> Manifest:
        """Bring everything into the cache; return the manifest of the bundle that it makes.

        `seen` is told what will come, before the room for it is asked. Killed and begun again, it goes on from what
        came. Raises WizardError.
        """
        async with self._hands() as (fetcher, puller):
            contents = await look_over(artifacts, fetcher, puller, keyrings=self.keyrings)
            seen(contents)
            need_room(self.cache.root, contents.coming_bytes)
            return await bring(contents, fetcher, puller, name=name, pythons=self.pythons)

    def write(self, manifest: Manifest, output: Path, *, moved: Moved) -> None:
        """Write the bundle, whole or not at all. Raises WizardError, also where its disk has no room for it."""
        need_room(output.parent, manifest.size_bytes)
        write_bundle(output, Head.of(manifest), self._open, moved=moved)

    def _open(self, digest: str) -> BinaryIO:
        blob = self.cache.find(digest)
        if blob is None:
            raise FileNotFoundError(f"{digest} has gone from the cache")
        return blob.path.open("rb")

    @asynccontextmanager
    async def _hands(self) -> AsyncIterator[tuple[Fetcher, Puller]]:
        async with new_client(connections=AT_ONCE, ca_file=self.ca_file) as client:
            fetcher = Fetcher(client, self.cache, self.ways, self.listen)
            yield fetcher, Puller(client, self.cache, self.arches, self.ways, self.logins, self.listen, fetcher.slots)
