"""Which versions of Kubernetes an `rke` can install from here: those it knows, of a bundle those that are inside."""

from collections.abc import Sequence

from wizard.bundle.carried import carried
from wizard.bundle.contents.rke1 import Rke1Wish
from wizard.bundle.releases import rke1_versions
from wizard.distros.rke1.binary import binary, name_in_bundle, versions_of
from wizard.distros.rke1.carried_images import loaded_here
from wizard.site import Site


def offered(site: Site) -> Sequence[str]:
    """Return the versions that may be set in the spec of a site without anything else being brought here.

    Where a bundle has the images, they are all inside; where it has `rke` itself, so is the one for the version.
    Raises WizardError where there is no `rke`, Refused for a bundle that is damaged or that nobody trusted signed.
    """
    spec, bundle = site.spec, carried(site.spec.source, site.base)
    if bundle is None:
        return versions_of(binary(site))
    known = versions_of(binary(site)) if spec.rke1.binary else None
    inside = rke1_versions(bundle, Rke1Wish.of(spec).picks, images_too=loaded_here(site))
    return [
        version
        for version in inside
        if (version in known if known is not None else bundle.manifest.find("file", name_in_bundle(version)))
    ]
