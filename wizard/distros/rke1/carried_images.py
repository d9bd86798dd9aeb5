"""Which images out of a bundle a node of RKE1 runs: those of the system by its planes, those of charts on workers."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wizard.bundle.carried import carried
from wizard.bundle.contents.artifact import whole_reference
from wizard.bundle.contents.rke1 import Rke1Wish, planes_of, system_images
from wizard.bundle.docker_load import DockerImage, docker_image
from wizard.bundle.format.bundle import Bundle
from wizard.distros.carried.charts import arch_of, bundle_of, chart_images, image_entry, list_text
from wizard.distros.rke1.binary import images_of
from wizard.errors import WizardError
from wizard.site import Site
from wizard.spec.rke1 import PLANES

Named = Callable[[Site, Bundle, Iterable[str]], tuple[str, ...]]
"""Tells the whole references of some images that nodes with the planes given run."""


def loaded_here(site: Site) -> bool:
    """Whether the wizard brings the images: they come out of a bundle, and no registry of the site has them."""
    return site.spec.source.kind == "bundle" and site.spec.registries.system_default_registry is None


@dataclass(frozen=True, slots=True)
class Carried:
    """Images in a site's bundle, by the planes of the nodes that run them; each is looked up once.

    `named` says which: `system` or `on_top`.
    """

    site: Site
    named: Named
    _known: dict[str, tuple[DockerImage, ...]] = field(default_factory=dict)

    @property
    def bundle(self) -> Bundle:
        """The bundle. Raises Refused, WizardError."""
        return bundle_of(self.site)

    def of(self, node: str) -> tuple[DockerImage, ...]:
        """Return what a node runs. Raises Refused, WizardError for what is not in the bundle."""
        facts = self.site.survey.facts.get(node)
        arch, planes = arch_of(facts, self.bundle), self.site.spec.node(node).planes
        key = f"{arch} {' '.join(sorted(planes))}"
        if key not in self._known:
            self._known[key] = _images(self.bundle, self.named(self.site, self.bundle, planes), arch)
        return self._known[key]

    def size_bytes(self, node: str) -> int:
        """Return the size of all that a node runs, packed, whether or not it is there."""
        digests = {digest for each in self.of(node) for digest in (each.config, *each.layers)}
        return sum(self.bundle.places[digest].size_bytes for digest in digests)


def system(site: Site, bundle: Bundle, planes: Iterable[str]) -> tuple[str, ...]:
    """Return the whole references of what RKE1 itself runs on nodes with these planes, by the bundle's own metadata.

    Raises WizardError where the bundle has none, or none for the version.
    """
    wish, version = Rke1Wish.of(site.spec), site.spec.version
    name = f"rke1/{wish.rke}/data.json"
    known = system_images(list_text(bundle, name), version, name=name)
    images = {name: known[name] for name in wish.picks if name in known} | dict(wish.images)
    on_nodes = {*planes}
    found = (image for name, image in images.items() if not planes_of(name) or planes_of(name) & on_nodes)
    return tuple(dict.fromkeys(map(whole_reference, found)))


def on_top(site: Site, bundle: Bundle, planes: Iterable[str]) -> tuple[str, ...]:
    """Return the whole references of what charts run on nodes with these planes: Rancher, MetalLB and the like.

    Their pods go to workers: RKE1 taints other nodes (rancher/rke, services/workerplane.go), and what the wizard
    applies does not tolerate that. Raises WizardError where a list is missing.
    """
    parts = chart_images(site.spec, bundle) if "worker" in planes else {}
    return tuple(dict.fromkeys(name for names in parts.values() for name in names))


def refuse_other_images(site: Site, program: Path) -> None:
    """Raise WizardError where an `rke` of the operator's own runs other images than the bundle has brought.

    Those are of the release that bundles are made for; another one may have changed them for the same version.
    """
    bundle = carried(site.spec.source, site.base)
    if site.spec.rke1.binary is None or bundle is None or not loaded_here(site):
        return
    known = set(map(whole_reference, images_of(program, site.spec.version)))
    named = set(map(whole_reference, site.spec.rke1.system_images.values()))
    if others := [name for name in system(site, bundle, PLANES) if name not in known | named]:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        raise WizardError(
            f"{program} does not run what {bundle.path} brings: {others[0]}{more}",
            hint="Leave rke1.binary out, and make the bundle again with the `rke` that fits it; then retry.",
        )


def _images(bundle: Bundle, names: Sequence[str], arch: str) -> tuple[DockerImage, ...]:
    entries = [image_entry(bundle, name) for name in names]
    return tuple(docker_image(bundle, entry, arch) for entry in entries)
