"""Whom an ingress controller is to believe what a request was, where TLS ends before it.

Source: ingress-nginx, "ConfigMaps" (use-forwarded-headers, proxy-real-ip-cidr).
"""

from wizard.spec.address import as_ip
from wizard.spec.models import Spec


def ends_before(spec: Spec) -> bool:
    """Whether TLS ends before a request comes to the ingress controller that the distribution brings."""
    front, rancher = spec.balancer, spec.rancher
    ends = bool(front and front.mode == "http") or bool(rancher and rancher.tls == "external")
    return ends and spec.distribution != "rancherd" and spec.ingress != "none"


def believed(spec: Spec) -> tuple[str, ...]:
    """Return the networks that a balancer speaks from: those of the spec, or the machines of our own."""
    front = spec.balancer
    if front is None or not ends_before(spec):
        return ()
    own = [ip for machine in front.nodes if (ip := as_ip(machine.inner_address))]
    return (*front.sources, *(f"{ip}/{ip.max_prefixlen}" for ip in own))


def nginx_trusting(spec: Spec) -> dict[str, str]:
    """Return the keys of nginx's ConfigMap that let it believe these; empty where there is nobody to believe."""
    networks = believed(spec)
    return {"use-forwarded-headers": "true", "proxy-real-ip-cidr": ",".join(networks)} if networks else {}
