"""Which images out of a bundle nodes of RKE2 run beside RKE2's own, and the archives that they come in."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from wizard.bundle.oci_archive import Archive, archive_of, archived_image, prove_images
from wizard.distros.carried.charts import arch_of, bundle_of, chart_images, image_entry
from wizard.distros.rke2.state import IMAGES
from wizard.hosts.upload import Delivery, sha256_of
from wizard.profiles import profile
from wizard.site import Site
from wizard.spec.models import Node, Spec

CONTROLLER = "upgrade-controller"
KUBE_VIP = "kube-vip"
BEGIN = "rancher-wizard-"
"""What the names of the wizard's own archives begin with, in the folder that RKE2 imports from."""


@dataclass(frozen=True, slots=True)
class Held:
    """What the probe saw on a node: archives of the wizard by name with their sizes, and the names of all images."""

    archives: dict[str, int]
    images: frozenset[str]

    @classmethod
    def on(cls, site: Site, node: str) -> "Held":
        """Return what a node has as far as its facts tell; nothing where there are none."""
        facts = site.survey.facts.get(node)
        lists = facts.lists if facts else {}
        rows = (line.partition(" ") for line in lists.get("x.rke2.archive", ()))
        archives = {name: int(size) for size, _, name in rows if size.isdecimal()}
        return cls(archives, frozenset(lists.get("x.rke2.held", ())))


@dataclass(frozen=True, slots=True)
class Carried:
    """Images in a site's bundle, an archive for each part of the site, of `parts` alone; each is looked up once."""

    site: Site
    parts: frozenset[str]
    _archives: dict[str, tuple[Archive, ...]] = field(default_factory=dict)
    _deliveries: dict[str, Delivery] = field(default_factory=dict)
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    def of(self, node: str) -> tuple[Archive, ...]:
        """Return the archives of what a node runs. Raises Refused, WizardError for what is not in the bundle."""
        spec, facts = self.site.spec, self.site.survey.facts.get(node)
        parts = sorted(part for part in self.parts if runs(spec, spec.node(node), part))
        if not parts:
            return ()
        arch = arch_of(facts, bundle_of(self.site))
        key = " ".join((arch, *parts))
        if key not in self._archives:
            self._archives[key] = tuple(self._made(parts, arch))
        return self._archives[key]

    async def deliveries(self, archives: Iterable[Archive]) -> tuple[Delivery, ...]:
        """Return archives as they go into RKE2's folder, each proven and hashed once; reads all of their bytes.

        Raises Refused for a blob whose bytes are others than were signed.
        """
        async with self._reading:
            return tuple([await self._delivery(archive) for archive in archives])

    def size_bytes(self, node: str) -> int:
        """Return the size of what a node lacks of its archives, as far as its facts tell."""
        there = Held.on(self.site, node).archives
        return sum(each.size_bytes for each in self.of(node) if there.get(each.name) != each.size_bytes)

    def _made(self, parts: Iterable[str], arch: str) -> Iterable[Archive]:
        bundle = bundle_of(self.site)
        named = chart_images(self.site.spec, bundle, self.parts)
        for part in parts:
            names = [name for name in named.get(part, ()) if not self._mirrored(name)]
            if names:
                images = [archived_image(bundle, image_entry(bundle, name), arch) for name in names]
                yield archive_of(bundle, images, f"{BEGIN}{part}-")

    async def _delivery(self, archive: Archive) -> Delivery:
        if archive.name not in self._deliveries:
            await asyncio.to_thread(prove_images, bundle_of(self.site), archive.images)
            digest = await sha256_of(archive)
            self._deliveries[archive.name] = Delivery(archive, f"{IMAGES}/{archive.name}", digest)
        return self._deliveries[archive.name]

    def _mirrored(self, name: str) -> bool:
        """Whether a mirror of the site gives an image: it was named for that."""
        return self.site.spec.registries.mirrored(name.partition("/")[0])


def brought(spec: Spec) -> bool:
    """Whether the wizard brings nodes the images of what is on top: RKE2 out of a bundle."""
    return spec.distribution == "rke2" and spec.source.kind == "bundle"


def runs(spec: Spec, node: Node, part: str) -> bool:
    """Whether pods of a part of the site may come to a node.

    The controller's jobs go to every node (rancher/system-upgrade-controller, plans' tolerations), kube-vip's pods to
    servers; what taints keep others off, MetalLB's speaker bears where they are the control plane's own.
    """
    if part == CONTROLLER:
        return True
    if part == KUBE_VIP:
        return node.role == "server"
    if part == "metallb":
        borne = set(profile("metallb")["speaker_bears"])
        bare = tuple(taint for taint in node.taints if _as_borne(taint) not in borne)
        node = node.model_copy(update={"taints": bare})
    return spec.runs_applications(node)


def _as_borne(taint: str) -> str:
    """Return a taint without its value, which a toleration that only wants it to exist does not see."""
    key, _, effect = taint.rpartition(":")
    return f"{key.partition('=')[0]}:{effect}"
