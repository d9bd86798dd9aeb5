"""The controller's own objects: out of files that the operator names, or out of the bundle."""

from collections.abc import Iterable
from typing import Any

import yaml

from wizard.bundle.carried import content_of
from wizard.bundle.contents.upgrade_controller import MANIFESTS, manifest_name
from wizard.errors import WizardError
from wizard.site import Site, sha256
from wizard.upgrade.controller.known import DEPLOYMENT, known

Manifest = dict[str, Any]
CRD = "CustomResourceDefinition"
_ENVIRONMENT = "default-controller-env"
_PULL = "SYSTEM_UPGRADE_JOB_IMAGE_PULL_POLICY"
_KUBECTL = "SYSTEM_UPGRADE_JOB_KUBECTL_IMAGE"


def manifests(site: Site) -> tuple[Manifest, ...]:
    """Return the objects that bring the controller about; none where the cluster's own one is to do.

    Raises WizardError for a file that can't be read, is no YAML of objects, or has no controller in it.
    """
    given = tuple(_of_files(site) or _of_bundle(site))
    if given and not any((each["kind"], _name(each)) == ("Deployment", DEPLOYMENT) for each in given):
        raise WizardError(
            f"upgrade.controller: no Deployment {DEPLOYMENT} in it",
            hint="Name both files of one release of the controller: crd.yaml and system-upgrade-controller.yaml.",
        )
    fitted = [_fitted(each) for each in given]
    environment = [each.get("data") for each in fitted if each["kind"] == "ConfigMap"]
    return tuple(_rolled(each, sha256(repr(environment))[:16]) for each in fitted)


def _of_files(site: Site) -> list[Manifest]:
    found: list[Manifest] = []
    for given in site.spec.upgrade.controller:
        path = site.resolve(given)
        try:
            found += _objects(path.read_bytes(), str(path))
        except OSError as error:
            raise WizardError(f"{path}: {error.strerror}", hint="upgrade.controller names it.") from error
    return found


def _of_bundle(site: Site) -> list[Manifest]:
    if site.spec.source.kind != "bundle":
        return []
    found: list[Manifest] = []
    for file in MANIFESTS:
        name = manifest_name(file, str(known()["version"]))
        found += _objects(content_of(site.spec.source, site.base, "file", name) or b"", name)
    return [_pinned(each) for each in found]


def _objects(text: bytes, name: str) -> list[Manifest]:
    try:
        documents = [each for each in yaml.safe_load_all(text) if each is not None]
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise WizardError(f"{name}: not YAML: {str(error)[:120]}", hint="Fetch it again.") from None
    for each in documents:
        if not (isinstance(each, dict) and each.get("kind") and each.get("apiVersion") and _name(each)):
            raise WizardError(f"{name}: a document in it is no object of Kubernetes", hint="Fetch it again.")
    return documents


def _name(manifest: Manifest) -> str:
    meta = manifest.get("metadata")
    return str(meta.get("name", "")) if isinstance(meta, dict) else ""


def _fitted(manifest: Manifest) -> Manifest:
    """An image that was put on the nodes before is to do: the vendor's manifest pulls each one again."""
    if (manifest["kind"], _name(manifest)) != ("ConfigMap", _ENVIRONMENT):
        return manifest
    return {**manifest, "data": {**(manifest.get("data") or {}), _PULL: "IfNotPresent"}}


def _rolled(manifest: Manifest, digest: str) -> Manifest:
    """A controller that runs already reads its environment at its start only: another one makes it anew."""
    if (manifest["kind"], _name(manifest)) != ("Deployment", DEPLOYMENT):
        return manifest
    spec = manifest.get("spec") or {}
    template = spec.get("template") or {}
    meta = template.get("metadata") or {}
    noted = {**meta, "annotations": {**(meta.get("annotations") or {}), "rancher-wizard/environment": digest}}
    return {**manifest, "spec": {**spec, "template": {**template, "metadata": noted}}}


def _pinned(manifest: Manifest) -> Manifest:
    """The images that the bundle brings, whatever the manifest in it names."""
    if (manifest["kind"], _name(manifest)) == ("ConfigMap", _ENVIRONMENT):
        return {**manifest, "data": {**(manifest.get("data") or {}), _KUBECTL: known()["kubectl_image"]}}
    return manifest


def split(objects: Iterable[Manifest]) -> tuple[list[Manifest], list[Manifest]]:
    """Return the definitions of kinds, and all else, namespaces first."""
    rest = sorted((each for each in objects if each["kind"] != CRD), key=lambda each: each["kind"] != "Namespace")
    return [each for each in objects if each["kind"] == CRD], rest
