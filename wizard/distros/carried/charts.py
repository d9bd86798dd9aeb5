"""Which images the charts and manifests of a site run, by the part of the site that brings them."""

from collections.abc import Container

from wizard.bundle.carried import carried
from wizard.bundle.contents.artifact import ARCHES
from wizard.bundle.contents.wanted import listed, wanted
from wizard.bundle.contents.wish import Wish
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.manifest import Entry
from wizard.bundle.releases import LIST_LIMIT
from wizard.errors import WizardError
from wizard.hosts.facts import Facts
from wizard.site import Site
from wizard.spec.models import Spec

LACKING = "Make a bundle for this spec by `bundle create`; `bundle check` names all that one lacks."


def chart_images(spec: Spec, bundle: Bundle, parts: Container[str] | None = None) -> dict[str, tuple[str, ...]]:
    """Return whole references by part (`rancher`, `metallb`, …), of all but the distribution itself, or of `parts`.

    What Rancher and its certificates' manager pull from a registry that the spec names is left out. Raises WizardError
    where a list is missing.
    """
    rancher, found = spec.rancher, dict[str, dict[str, None]]()
    elsewhere = {"rke1", "rke2"}
    if rancher and (rancher.system_default_registry or spec.registries.system_default_registry):
        elsewhere |= {"rancher", "cert-manager"}
    for artifact in wanted(Wish.of(spec)).artifacts:
        asked = artifact.part not in elsewhere and (parts is None or artifact.part in parts)
        if not asked or artifact.kind not in ("image", "list"):
            continue
        names = (
            [artifact.name]
            if artifact.kind == "image"
            else [each.name for each in listed(artifact, list_text(bundle, artifact.name))]
        )
        found.setdefault(artifact.part, {}).update(dict.fromkeys(names))
    return {part: tuple(names) for part, names in found.items()}


def bundle_of(site: Site) -> Bundle:
    """Return the bundle of a site that is installed from one.

    Raises WizardError for another source, and what `carried` raises.
    """
    bundle = carried(site.spec.source, site.base)
    if bundle is None:
        raise WizardError("its source is no bundle")
    return bundle


def arch_of(facts: Facts | None, bundle: Bundle) -> str:
    """Return a node's processor as images name it; where its facts do not tell, one that the bundle is made for."""
    made_for = bundle.manifest.arches
    usual = "amd64" if "amd64" in made_for or not made_for else min(made_for)
    return ARCHES.get(facts.arch if facts else "", usual)


def list_text(bundle: Bundle, name: str) -> str:
    """Return a publisher's list out of a bundle. Raises WizardError where it is not in it."""
    entry = bundle.manifest.find("list", name)
    if entry is None:
        raise lacks(bundle, name)
    return bundle.read(entry.sha256, 0, LIST_LIMIT).decode(errors="replace")


def image_entry(bundle: Bundle, name: str) -> Entry:
    """Return a bundle's image by its whole reference. Raises WizardError where it is not in it."""
    entry = bundle.manifest.find("image", name)
    if entry is None:
        raise lacks(bundle, name)
    return entry


def lacks(bundle: Bundle, name: str) -> WizardError:
    """Say what a bundle has not, and what to do about it."""
    return WizardError(f"{bundle.path}: {name} is not in it", hint=LACKING)
