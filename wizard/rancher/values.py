"""The values of both charts, worked out from the spec: pure, and without a secret in them.

Source: chart/values.yaml and chart/templates of rancher/rancher; deploy/charts/cert-manager of cert-manager.
"""

from typing import Any

from wizard.profiles import profile
from wizard.spec.merge import merged
from wizard.spec.models import Spec
from wizard.spec.rancher import Rancher
from wizard.spec.rancher_line import line_of, reached

Values = dict[str, Any]

TRAEFIK_SINCE = (1, 36)
"""The first minor whose RKE2 brings Traefik where nothing is said. Source: release notes of RKE2 v1.36.0."""
REGISTRY_SINCE = (1, 20)
"""The first cert-manager whose chart takes one registry for all images."""
CRDS_SINCE = (1, 15)
_CONTROLLERS = {"traefik": "traefik", "ingress-nginx": "nginx"}
_PARTS = ("webhook", "cainjector", "acmesolver", "startupapicheck")
_HOME = "quay.io/jetstack"
"""Where cert-manager's images come from, and the path that they keep in a registry of the site.

Source: scripts/package/rancher-load-images.sh of rancher/rancher; Rancher documentation, "Air-gapped Helm CLI install".
"""


def ingress_of(spec: Spec) -> str:
    """Return the ingress controller of a cluster: as it is asked for, else the one that its release brings."""
    return spec.ingress or ("traefik" if line_of(spec.version) >= TRAEFIK_SINCE else "ingress-nginx")


def rancher_values(spec: Spec, rancher: Rancher) -> Values:
    """Return the values of Rancher's chart, the operator's own laid over ours.

    The password of the first login is not among them: helm keeps values in the cluster, for all who may read them.
    """
    registry = rancher.system_default_registry or spec.registries.system_default_registry
    values: Values = {
        "hostname": rancher.hostname,
        "replicas": rancher.replicas or min(3, len(spec.nodes)),
        "ingress": _ingress(spec, rancher),
        **_tls(spec, rancher),
        **_proxy(spec, rancher),
    }
    if registry:
        values["systemDefaultRegistry"] = registry
    if rancher.bundled_catalogs:
        values["useBundledSystemChart"] = True
    return merged(values, rancher.values)


def cert_manager_values(spec: Spec, version: str) -> Values:
    """Return the values of cert-manager's chart."""
    line = line_of(version)
    values: Values = {"crds": {"enabled": True}} if line >= CRDS_SINCE else {"installCRDs": True}
    registry = spec.rancher and (spec.rancher.system_default_registry or spec.registries.system_default_registry)
    if not registry:
        return values
    if line >= REGISTRY_SINCE:
        return values | {"imageRegistry": registry, "imageNamespace": _HOME}
    images = {part: {"image": {"repository": f"{registry}/{_HOME}/cert-manager-{part}"}} for part in _PARTS}
    return values | {"image": {"repository": f"{registry}/{_HOME}/cert-manager-controller"}} | images


def _ingress(spec: Spec, rancher: Rancher) -> Values:
    controller = ingress_of(spec)
    values: Values = {}
    if name := _CONTROLLERS.get(controller):
        values["ingressClassName"] = name
    if controller == "ingress-nginx" and reached(rancher.line, "annotations_off"):
        values["includeDefaultExtraAnnotations"] = True
    if rancher.tls != "external":
        values["tls"] = {"source": rancher.tls}
    return values


def _tls(spec: Spec, rancher: Rancher) -> Values:
    values: Values = {}
    if rancher.tls == "external":
        values["tls"] = "external"
    if rancher.tls == "letsEncrypt":
        acme: Values = {"email": rancher.email, "environment": rancher.environment}
        if name := _CONTROLLERS.get(ingress_of(spec)):
            acme["ingress"] = {"class": name}
        values["letsEncrypt"] = acme
    if rancher.private_ca:
        values["privateCA"] = True
    if rancher.public_ca and reached(rancher.line, "strict_agents"):
        values["agentTLSMode"] = "system-store"
    return values


def _proxy(spec: Spec, rancher: Rancher) -> Values:
    """Rancher fetches catalogs as nodes fetch images; the chart's own exceptions name no cluster of ours."""
    proxy = spec.proxy and (spec.proxy.https or spec.proxy.http)
    if not spec.proxy or not proxy:
        return {}
    own = [name for each in spec.nodes for name in (each.address, *each.internal_addresses)]
    networks = (*spec.network.cluster_cidr, *spec.network.service_cidr)
    direct = (*profile("rancher")["no_proxy"], *networks, *spec.proxy.no_proxy, rancher.hostname, *own)
    return {"proxy": proxy, "noProxy": ",".join(dict.fromkeys(direct))}
