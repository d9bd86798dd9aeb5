"""The names and addresses that a cluster is reached by, and the zone lines that lead there by DNS alone."""

from collections.abc import Iterable, Sequence

from wizard.spec.address import as_ip
from wizard.spec.models import Node, Spec


def front(spec: Spec) -> str:
    """Return where clients connect: the virtual IP, or the address that nodes join at."""
    return (spec.balancer.vip if spec.balancer else None) or spec.registration_address


def api_names(spec: Spec) -> tuple[str, ...]:
    """Return the names that the API and joining nodes are reached by, out of its certificate."""
    return tuple(dict.fromkeys(name for name in spec.all_tls_sans if not as_ip(name)))


def user_names(spec: Spec) -> tuple[str, ...]:
    """Return the names that users ask the ingress for, as far as the spec knows them."""
    hosts = spec.balancer.hosts if spec.balancer else ()
    return tuple(dict.fromkeys((*hosts, *((spec.rancher.hostname,) if spec.rancher else ()))))


def zone_lines(spec: Spec, ttl_s: int) -> tuple[str, ...]:
    """Return lines of a zone file: each name to each node; a comment where a node or a name is not known."""
    lines = ["; the API and joining nodes: every server"]
    lines += _lines(api_names(spec) or ("kubernetes.example.com",), spec.api_nodes, ttl_s)
    if spec.ingress != "none":
        lines.append("; users: every node that runs the ingress controller")
        lines += _lines(user_names(spec) or ("*.apps.example.com",), spec.ingress_nodes, ttl_s)
    return tuple(lines)


def _lines(names: Iterable[str], nodes: Sequence[Node], ttl_s: int) -> Iterable[str]:
    for name in names:
        for node in nodes:
            ip = as_ip(node.inner_address)
            if ip is None:
                yield f"; {node.name}: {node.inner_address} is a name; write its address here"
            else:
                yield f"{name.rstrip('.')}. {ttl_s} IN {'A' if ip.version == 4 else 'AAAA'} {ip}"
