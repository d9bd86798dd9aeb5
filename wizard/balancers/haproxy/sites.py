"""Host routing: which names lead to which cluster, and how the balancer reaches it."""

from collections.abc import Iterator
from dataclasses import dataclass

from wizard.spec.balancer import Behind
from wizard.spec.models import Spec

FOLDER = "/etc/haproxy"


@dataclass(frozen=True, slots=True)
class Server:
    """One line of a backend: a name, and an address as HAProxy writes it before a port."""

    name: str
    at: str


@dataclass(frozen=True, slots=True)
class Way:
    """A name that leads to a backend; `below` when it stands for all names under it."""

    acl: str
    name: str
    below: bool
    backend: str


@dataclass(frozen=True, slots=True)
class Site:
    """A backend of mode http; `secure` is what its servers' lines say of TLS."""

    backend: str
    port: int
    servers: tuple[Server, ...]
    secure: str = ""


def bracketed(address: str) -> str:
    """Return an address as it stands before a port."""
    return f"[{address}]" if ":" in address else address


def ca_path(name: str) -> str:
    """Where the CA of another cluster's ingress lies on a balancer."""
    return f"{FOLDER}/rancher-wizard-{name}-ca.pem"


def sites(spec: Spec) -> tuple[Site, ...]:
    """Return the backends behind the balancer of a spec: its own cluster's ingress, then the others'.

    TLS ended before, so the own cluster is asked on port 80, as Rancher with `tls: external` wants it.
    """
    front = spec.balancer
    own = tuple(Server(node.name, bracketed(node.inner_address)) for node in spec.ingress_nodes)
    return (
        Site(_backend(spec.name), 80, own),
        *(_other(other) for other in (front.clusters if front else ())),
    )


def ways(spec: Spec) -> tuple[Way, ...]:
    """Return all names, those that mean just one host first, then the longer of those that mean all below."""
    front = spec.balancer
    if front is None:
        return ()
    named = [(host, _backend(spec.name)) for host in front.hosts]
    named += [(host, _backend(other.name)) for other in front.clusters for host in other.hosts]
    ordered = sorted(named, key=lambda each: (each[0].startswith("*"), -len(each[0])))
    return tuple(
        Way(f"rw_name_{number}", host.removeprefix("*"), host.startswith("*"), backend)
        for number, (host, backend) in enumerate(ordered, start=1)
    )


def _backend(cluster: str) -> str:
    return f"be_cluster_{cluster}"


def _other(other: Behind) -> Site:
    servers = tuple(Server(f"node-{number}", bracketed(each)) for number, each in enumerate(other.nodes, start=1))
    return Site(_backend(other.name), other.port, servers, " ".join(("", *_secure(other))))


def _secure(other: Behind) -> Iterator[str]:
    if other.port == 80:
        return
    yield from ("ssl", "sni", "req.hdr(host),field(1,:)", "check-sni", _probe_name(other.hosts[0]))
    yield from ("verify", "required", "ca-file", ca_path(other.name)) if other.ca else ("verify", "none")


def _probe_name(host: str) -> str:
    """A name that the ingress has a certificate for."""
    return f"lb-check{host.removeprefix('*')}" if host.startswith("*") else host
