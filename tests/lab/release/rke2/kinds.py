"""The kinds of object that the stand-in's API server knows: those of its own, and those that definitions bring."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_SPACED = {
    "v1": ("ConfigMap", "Endpoints", "Event", "PersistentVolumeClaim", "Pod", "Secret", "Service", "ServiceAccount"),
    "apps/v1": ("DaemonSet", "Deployment", "StatefulSet"),
    "batch/v1": ("CronJob", "Job"),
    "discovery.k8s.io/v1": ("EndpointSlice",),
    "helm.cattle.io/v1": ("HelmChart", "HelmChartConfig"),
    "networking.k8s.io/v1": ("Ingress", "NetworkPolicy"),
    "policy/v1": ("PodDisruptionBudget",),
    "rbac.authorization.k8s.io/v1": ("Role", "RoleBinding"),
}
_WIDE = {
    "v1": ("Namespace", "PersistentVolume"),
    "admissionregistration.k8s.io/v1": ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"),
    "apiextensions.k8s.io/v1": ("CustomResourceDefinition",),
    "apiregistration.k8s.io/v1": ("APIService",),
    "flowcontrol.apiserver.k8s.io/v1": ("FlowSchema", "PriorityLevelConfiguration"),
    "networking.k8s.io/v1": ("IngressClass",),
    "rbac.authorization.k8s.io/v1": ("ClusterRole", "ClusterRoleBinding"),
    "scheduling.k8s.io/v1": ("PriorityClass",),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object: `version` with its group before it, as manifests have it."""

    version: str
    name: str
    plural: str
    spaced: bool

    @property
    def group(self) -> str:
        return self.version.rpartition("/")[0]

    @property
    def full(self) -> str:
        """Its plural with its group, as kubectl prints it."""
        return f"{self.name.lower()}.{self.group}" if self.group else self.name.lower()

    def path(self, namespace: str = "", name: str = "") -> str:
        """Return where the API has an object of it, or all of them."""
        root = f"/apis/{self.version}" if self.group else f"/api/{self.version}"
        place = f"/namespaces/{namespace}" if self.spaced and namespace else ""
        return f"{root}{place}/{self.plural}" + (f"/{name}" if name else "")


def built_in() -> list[Kind]:
    """Return what needs no definition; RKE2 makes those of its charts at its start."""
    return [
        Kind(version, name, plural_of(name), spaced)
        for spaced, table in ((True, _SPACED), (False, _WIDE))
        for version, names in table.items()
        for name in names
    ]


def defined(definitions: Iterable[dict[str, Any]]) -> list[Kind]:
    """Return the kinds that CustomResourceDefinitions bring, each in its newest version that is served."""
    found = []
    for each in definitions:
        spec = each["spec"]
        for version in spec["versions"]:
            if version.get("served", True):
                names, spaced = spec["names"], spec["scope"] == "Namespaced"
                found.append(Kind(f"{spec['group']}/{version['name']}", names["kind"], names["plural"], spaced))
    return found


def named(kinds: Iterable[Kind], word: str) -> Kind | None:
    """Return the kind that somebody means by a word: its name in one or many, with or without its group."""
    short, _, group = word.lower().partition(".")
    last = None
    for kind in kinds:
        if short in (kind.name.lower(), kind.plural) and group in ("", kind.group):
            last = kind
    return last


def plural_of(name: str) -> str:
    """Return a kind's name in many."""
    lower = name.lower()
    if lower.endswith("s"):
        return lower if lower == "endpoints" else f"{lower}es"
    return f"{lower[:-1]}ies" if lower.endswith("y") else f"{lower}s"
