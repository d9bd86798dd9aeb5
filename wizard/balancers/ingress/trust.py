"""Whom the ingress controller believes what a request was before TLS ended at the balancer.

Source: ingress-nginx, "ConfigMaps" (use-forwarded-headers, proxy-real-ip-cidr); Traefik, "EntryPoints", Forwarded
Headers; Rancher documentation, "TLS termination on a load balancer": without it users are redirected for ever.
"""

from typing import Any

from wizard.balancers.ingress.controller import ingress_name
from wizard.spec.address import as_ip
from wizard.spec.models import Spec


def ends_before(spec: Spec) -> bool:
    """Whether TLS ends before a request comes to the ingress controller of RKE2."""
    front, rancher = spec.balancer, spec.rancher
    ends = bool(front and front.mode == "http") or bool(rancher and rancher.tls == "external")
    return ends and spec.distribution == "rke2" and spec.ingress != "none"


def believed(spec: Spec) -> tuple[str, ...]:
    """Return the networks that a balancer speaks from: those of the spec, or the machines of our own."""
    front = spec.balancer
    if front is None or not ends_before(spec):
        return ()
    own = [ip for machine in front.nodes if (ip := as_ip(machine.inner_address))]
    return (*front.sources, *(f"{ip}/{ip.max_prefixlen}" for ip in own))


def trusting(spec: Spec) -> dict[str, Any]:
    """Return the values of the controller's chart that let it believe these; empty where there is nobody to believe."""
    networks = believed(spec)
    if not networks:
        return {}
    if ingress_name(spec) == "traefik":
        trusted = {"forwardedHeaders": {"trustedIPs": list(networks)}}
        return {"ports": {"web": trusted, "websecure": trusted}}
    return {"controller": {"config": {"use-forwarded-headers": "true", "proxy-real-ip-cidr": ",".join(networks)}}}
