"""What a bundle brings for upgrades by the system-upgrade-controller: its manifests, and three images."""

from collections.abc import Iterator
from dataclasses import replace

from wizard.bundle.contents.artifact import Artifact, image
from wizard.profiles import profile
from wizard.spec.models import Spec

MANIFESTS = ("crd.yaml", "system-upgrade-controller.yaml")
_PART, _LICENCE = "upgrade-controller", "Apache-2.0"
_RELEASES = "https://github.com/rancher/system-upgrade-controller/releases/download"


def by_controller(spec: Spec) -> bool:
    """Tell whether the nodes of `spec` are taken to another release by the controller."""
    asked = spec.upgrade.by
    known = profile("rke2/controller")
    if spec.distribution != "rke2":
        return False
    return asked == "controller" or (asked == "auto" and len(spec.agents) > int(known["above_agents"]))


def manifest_name(file: str, version: str) -> str:
    """Return the name in a bundle of one of the controller's manifests."""
    return f"upgrade-controller/{version}/{file}"


def upgrade_controller(release: str) -> Iterator[Artifact]:
    """Yield what takes nodes to `release` of RKE2 by the controller. Source: profiles/rke2/controller.yaml."""
    known = profile("rke2/controller")
    version = str(known["version"])
    for file in MANIFESTS:
        source = f"{_RELEASES}/{version}/{file}"
        yield Artifact("file", manifest_name(file, version), source, _PART, version, _LICENCE, roles=("jump",))
    yield image(_PART, f"{known['image']}:{version}", licence=_LICENCE)
    yield image(_PART, str(known["kubectl_image"]), licence=_LICENCE)
    own = image(_PART, f"{known['upgrade_image']}:{release.replace('+', '-')}", licence=_LICENCE)
    yield replace(own, release=release)
