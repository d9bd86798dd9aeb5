"""What RKE2 installs by itself: MetalLB's chart, and its own ingress chart with an address of MetalLB's."""

import base64
from typing import Any

from wizard.balancers.ingress.controller import chart_config, ingress_name
from wizard.balancers.ingress.trust import trusting
from wizard.balancers.manifest import OURS, SYSTEM, Nested, as_text
from wizard.balancers.metallb.objects import Manifest, namespace
from wizard.profiles import profile
from wizard.spec.merge import merged
from wizard.spec.metallb import Metallb
from wizard.spec.models import Spec

RELEASE = "metallb"
# Only nodes that run the controller answer then, and it sees who the client is.
_LOCAL = {"externalTrafficPolicy": "Local"}
# Its speakers open raw sockets on the host; a cluster held to the CIS benchmark would not let them start.
_PRIVILEGED = {f"pod-security.kubernetes.io/{mode}": "privileged" for mode in ("enforce", "audit", "warn")}


def home() -> Manifest:
    """Return the namespace, which lets MetalLB's pods do what they must."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace(), "labels": _PRIVILEGED}}


def helm_chart(metallb: Metallb, content: bytes | None) -> Manifest:
    """Return the HelmChart; `content` is the chart's .tgz where it does not come from its repository."""
    where = profile("metallb")["chart"]
    source: dict[str, Any] = {"repo": where["repository"], "chart": where["name"], "version": metallb.version}
    if content is not None:
        source = {"chartContent": base64.b64encode(content).decode()}
    values = chart_values(metallb)
    given = {"valuesContent": Nested(as_text(values))} if values else {}
    meta = {"name": RELEASE, "namespace": SYSTEM}
    spec = {**source, "targetNamespace": namespace(), **given}
    return {"apiVersion": "helm.cattle.io/v1", "kind": "HelmChart", "metadata": meta, "spec": spec}


def chart_values(metallb: Metallb) -> dict[str, Any]:
    """Return what differs from the chart's own values."""
    if not metallb.since("custom_resources"):
        # No Kubernetes since v1.25 knows PodSecurityPolicy, and the chart would make one.
        return {"existingConfigMap": "config", "psp": {"create": False}}
    values: dict[str, Any] = {}
    if metallb.bgp is None:
        values |= {"speaker": {"frr": {"enabled": False}}} if metallb.since("frr_default") else {}
        values |= {"frrk8s": {"enabled": False}} if metallb.since("frr_k8s") else {}
    elif metallb.bgp.bfd and not metallb.since("frr_default"):
        values |= {"speaker": {"frr": {"enabled": True}}}
    return values


def applied_values(spec: Spec, metallb: Metallb) -> dict[str, Any]:
    """Return the same for a cluster of RKE1, whose Docker knows no mirror of quay.io: the site's registry by its name.

    Images keep the path that they have in a registry of many (rancher-load-images.sh, and `bundle push`).
    """
    registry = spec.registries.system_default_registry
    if registry is None:
        return chart_values(metallb)

    def image(path: str) -> dict[str, Any]:
        return {"image": {"repository": f"{registry}/{path}"}}

    frr = image("quay.io/frrouting/frr")
    ours = {
        "controller": image("quay.io/metallb/controller"),
        "speaker": image("quay.io/metallb/speaker") | ({"frr": frr} if metallb.bgp else {}),
    }
    if metallb.bgp and metallb.since("frr_k8s"):
        ours["frr-k8s"] = {"frrk8s": image("quay.io/metallb/frr-k8s") | {"frr": frr}}
    return merged(ours, chart_values(metallb))


def ingress_config(spec: Spec, metallb: Metallb) -> Manifest:
    """Return the HelmChartConfig that gives the ingress controller a Service of type LoadBalancer.

    Ports 80 and 443 of the nodes stay as they are: what leads there today goes on working.
    """
    service: dict[str, Any] = {"type": "LoadBalancer"}
    if annotations := _annotations(metallb):
        service["annotations"] = annotations
    if spec.network.dual_stack:
        service["ipFamilyPolicy"] = "PreferDualStack"
    more = _LOCAL | _old_address(metallb)
    if ingress_name(spec) == "traefik":
        values: dict[str, Any] = {"service": service | {"spec": more}}
    else:
        values = {"controller": {"publishService": {"enabled": True}, "service": {"enabled": True} | service | more}}
    return chart_config(spec, merged(values, trusting(spec)))


def ingress_service_of(spec: Spec, metallb: Metallb) -> Manifest:
    """Return the Service of type LoadBalancer before RKE1's ingress controller, whose own ports stay as they are."""
    known = profile("metallb")["rke1_ingress"]
    meta = {"name": known["service"], "namespace": known["namespace"], "labels": OURS}
    ports = [{"name": name, "port": port, "targetPort": name} for name, port in (("http", 80), ("https", 443))]
    families = {"ipFamilyPolicy": "PreferDualStack"} if spec.network.dual_stack else {}
    how: dict[str, Any] = {"type": "LoadBalancer", **_LOCAL, **_old_address(metallb), **families}
    if annotations := _annotations(metallb):
        meta["annotations"] = annotations
    body = {**how, "selector": dict(known["selector"]), "ports": ports}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": body}


def annotation(metallb: Metallb, name: str) -> str:
    """Return a Service's annotation as this release spells it."""
    prefix = profile("metallb")["prefix"]
    return f"{prefix['new' if metallb.since('own_prefix') else 'old']}/{name}"


def _annotations(metallb: Metallb) -> dict[str, str]:
    wish = metallb.expose_ingress
    found: dict[str, str] = {}
    if wish and wish.pool:
        found[annotation(metallb, "address-pool")] = wish.pool
    if wish and wish.addresses and metallb.since("custom_resources"):
        found[annotation(metallb, "loadBalancerIPs")] = ",".join(wish.addresses)
    return found


def _old_address(metallb: Metallb) -> dict[str, str]:
    wish = metallb.expose_ingress
    old = wish and wish.addresses and not metallb.since("custom_resources")
    return {"loadBalancerIP": wish.addresses[0]} if wish and old else {}
