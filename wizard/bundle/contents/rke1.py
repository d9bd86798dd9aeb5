"""What RKE1 asks of a bundle: the vendor's `rke`, and of its images those that a spec's choices run."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from wizard.bundle.format.manifest import Role
from wizard.errors import BadUsage, WizardError
from wizard.profiles import profile
from wizard.spec import rke1_version
from wizard.spec.models import Spec
from wizard.spec.rke1 import Plane


@dataclass(frozen=True, slots=True)
class Rke1Wish:
    """The `rke` by its release, such as v1.8.14; `carried` is false where the operator has one of their own.

    `parts` are keys of profiles/rke1/images.yaml; `images` those that the spec names itself, by their names in
    cluster.yml.
    """

    rke: str
    parts: tuple[str, ...]
    carried: bool = True
    images: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, spec: Spec) -> "Rke1Wish":
        """Return what a spec of RKE1 asks for. Raises BadUsage for a version that no `rke` is known for."""
        own = spec.rke1
        chosen = (*spec.network.cni, own.dns.provider, spec.ingress or "ingress-nginx", own.monitoring)
        notes = ("what only your own cluster.yml asks for is not known here: see that its images are in the bundle",)
        return cls(
            rke=rke_for(spec.version),
            carried=own.binary is None,
            parts=tuple(part for part in chosen if part != "none"),
            images=tuple(sorted(own.system_images.items())),
            notes=notes if own.cluster_yml else (),
        )

    @classmethod
    def chosen(cls, version: str, cni: tuple[str, ...], ingress: str) -> "Rke1Wish":
        """Return what is asked for without a spec. Raises BadUsage for a version or a choice that RKE1 has not."""
        parts = tuple(
            part for part in (*cni, "coredns", ingress or "ingress-nginx", "metrics-server") if part != "none"
        )
        for part in parts:
            if part not in profile("rke1/images"):
                raise BadUsage(f"RKE1 has no {part}", hint="canal, calico or flannel; ingress-nginx or none.")
        return cls(rke=rke_for(version), parts=parts)

    @property
    def picks(self) -> tuple[str, ...]:
        """Names of the version's own images that are run."""
        known, own = profile("rke1/images"), {_squeezed(name) for name, _ in self.images}
        names = (name for part in ("always", "etcd", *self.parts) for name in known[part]["images"])
        return tuple(name for name in names if _squeezed(name) not in own)


def rke_for(version: str) -> str:
    """Return the release of `rke` that a bundle brings for a version. Raises BadUsage where none is known."""
    found = rke1_version.rke_for(version)
    if not found:
        hint = f"Bundles are made for {rke1_version.minors()} as far as rke's release pages name them."
        raise BadUsage(f"no `rke` is known that installs {version}", hint=hint)
    return found


def planes_of(name: str) -> frozenset[Plane]:
    """Return the planes whose nodes run an image, by its name in cluster.yml; none: all nodes."""
    for part in profile("rke1/images").values():
        if _squeezed(name) in map(_squeezed, part["images"]):
            return frozenset(part.get("planes", ()))
    return frozenset()


def roles_of(name: str) -> tuple[Role, ...]:
    """Return the roles whose nodes may run an image; what is etcd's alone is for servers."""
    return ("server",) if planes_of(name) == {"etcd"} else ("server", "agent")


def system_images(text: str, version: str, *, name: str) -> dict[str, str]:
    """Return a version's images by their names in cluster.yml, out of the metadata that an `rke` has built in.

    `name` is that of the metadata. Raises WizardError for what is none, or does not know the version.
    """
    record = all_system_images(text, name=name)
    if not record.get(version):
        newest = ", ".join(list(record)[-6:]) or "none"
        raise WizardError(
            f"{name}: {version} is not in it; the last ones in it are {newest}", hint="Set version to one of these."
        )
    return record[version]


def all_system_images(text: str, *, name: str) -> dict[str, dict[str, str]]:
    """Return the images of every version that is in the metadata; see `system_images`."""
    try:
        record: dict[str, Any] = json.loads(text)["K8sVersionRKESystemImages"]
        return {version: _by_names(found or {}) for version, found in record.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        what = f"{name}: it is no metadata of rke: {str(error)[:120] or type(error).__name__}"
        raise WizardError(
            what, hint="See --mirror and --from-dir: the file is data/data.json of rancher/rke."
        ) from None


def _by_names(found: dict[str, Any]) -> dict[str, str]:
    # The metadata writes calicoFlexVol for what cluster.yml calls calico_flexvol.
    images = {_squeezed(key): str(value) for key, value in found.items() if value}
    return {key: images[_squeezed(key)] for key in _keys() if _squeezed(key) in images}


def _keys() -> Iterable[str]:
    return (name for part in profile("rke1/images").values() for name in part["images"])


def _squeezed(name: str) -> str:
    return name.replace("_", "").lower()
