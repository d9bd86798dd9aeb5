"""What the values of Rancher's and cert-manager's charts may be, as far as ours go: each field's type and choices.

Sources: chart/values.yaml, values.schema.json and templates of rancher/rancher at v2.9.12 to v2.15.0;
deploy/charts/cert-manager/values.schema.json of cert-manager/cert-manager at v1.15.5 to v1.21.1, which takes no others.
A field that is not here, helm would take without a word and no template would read.
"""

from typing import Any

from tests.unit.field_table import wrong

OF_RANCHER: dict[str, Any] = {
    "hostname*": str,
    "replicas": (-100, 100),
    "agentTLSMode": frozenset({"strict", "system-store", ""}),
    "auditLog": {
        "enabled": bool,
        "level": (0, 3),
        "destination": frozenset({"sidecar", "hostPath"}),
        "hostPath": str,
        "maxAge": (0, 10_000),
        "maxBackup": (0, 10_000),
        "maxSize": (0, 10_000),
    },
    "ingress": {
        "enabled": bool,
        "includeDefaultExtraAnnotations": bool,
        "extraAnnotations": {str: str},
        "ingressClassName": frozenset({"nginx", "traefik"}),
        "path": str,
        "pathType": str,
        "servicePort": (80, 443),
        "tls": {"source": frozenset({"rancher", "letsEncrypt", "secret"}), "secretName": str},
    },
    "letsEncrypt": {
        "email*": str,
        "environment": frozenset({"production", "staging"}),
        "ingress": {"class": frozenset({"nginx", "traefik"})},
    },
    "noProxy": str,
    "privateCA": bool,
    "proxy": str,
    "systemDefaultRegistry": str,
    "tls": frozenset({"ingress", "external"}),
    "useBundledSystemChart": bool,
}
_IMAGE = {"image": {"registry": str, "repository": str, "tag": str, "digest": str, "pullPolicy": str}}
OF_CERT_MANAGER: dict[str, Any] = {
    **_IMAGE,
    "acmesolver": _IMAGE,
    "cainjector": _IMAGE,
    "crds": {"enabled": bool, "keep": bool},
    "imageNamespace": str,
    "imageRegistry": str,
    "installCRDs": bool,
    "startupapicheck": _IMAGE,
    "webhook": _IMAGE,
}


def faults_of_rancher(values: Any) -> list[str]:
    """Return what Rancher's chart does not know of values, or refuses; and what does not go together there."""
    found = wrong(values, OF_RANCHER, "rancher")
    if found:
        return found
    outside, source = values.get("tls") == "external", values.get("ingress", {}).get("tls", {}).get("source")
    if outside and source:
        found.append("rancher.ingress.tls: nobody reads it when tls is external")
    if (source == "letsEncrypt") != ("letsEncrypt" in values):
        found.append("rancher.letsEncrypt: belongs to its source, and its source to it")
    # The templates then pass --no-cacerts, and agents that are strict find no CA to check.
    cleared = not values.get("privateCA") and (outside or source in ("secret", "letsEncrypt"))
    if cleared and values.get("agentTLSMode") != "system-store":
        found.append("rancher.agentTLSMode: strict agents find no CA")
    return found


def faults_of_cert_manager(values: Any) -> list[str]:
    """Return what cert-manager's chart does not know of values, or refuses."""
    found = wrong(values, OF_CERT_MANAGER, "cert-manager")
    if not found and not (values.get("crds", {}).get("enabled") or values.get("installCRDs")):
        found.append("cert-manager.crds.enabled: without it there is no kind Issuer")
    return found
