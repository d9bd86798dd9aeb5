"""Whom RKE2's ingress controller believes what a request was before TLS ended at the balancer.

Source: ingress-nginx, "ConfigMaps" (use-forwarded-headers, proxy-real-ip-cidr); Traefik, "EntryPoints", Forwarded
Headers; Rancher documentation, "TLS termination on a load balancer": without it users are redirected for ever.
"""

from typing import Any

from wizard.balancers.ingress.controller import ingress_name
from wizard.spec.models import Spec
from wizard.spec.trust import believed, nginx_trusting


def trusting(spec: Spec) -> dict[str, Any]:
    """Return the values of the controller's chart that let it believe these; empty where there is nobody to believe."""
    networks = believed(spec)
    if not networks:
        return {}
    if ingress_name(spec) == "traefik":
        trusted = {"forwardedHeaders": {"trustedIPs": list(networks)}}
        return {"ports": {"web": trusted, "websecure": trusted}}
    return {"controller": {"config": nginx_trusting(spec)}}
