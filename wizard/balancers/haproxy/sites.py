"""Host routing: which names lead to which cluster, and how the balancer reaches it."""

from collections.abc import Mapping, Sequence
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
    """A backend of mode http: its servers and their port; with `tls`, verified by the CA at `ca` where there is one.

    `probe_name` is a name that its ingress has a certificate for.
    """

    backend: str
    port: int
    servers: tuple[Server, ...]
    probe_name: str
    ca: str = ""

    @property
    def tls(self) -> bool:
        """True unless it is asked on the port of plain HTTP."""
        return self.port != 80


def bracketed(address: str) -> str:
    """Return an address as it stands before a port."""
    return f"[{address}]" if ":" in address else address


def sites(spec: Spec, cas: Mapping[str, str]) -> tuple[Site, ...]:
    """Return the backends behind the balancer of a spec: its own cluster's ingress, then the others'.

    `cas` are the paths of the other clusters' CAs by name. The own cluster is asked by TLS again, so that nothing goes
    in the clear, and its ingress calls the request https by itself, whether or not it trusts what a balancer says.
    """
    front = spec.balancer
    if front is None:
        return ()
    own = tuple(Server(node.name, bracketed(node.inner_address)) for node in spec.ingress_nodes)
    return (
        Site(_backend(spec.name), 443, own, _probe_name(front.hosts)),
        *(_other(other, cas.get(other.name, "")) for other in front.clusters),
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


def _other(other: Behind, ca: str) -> Site:
    servers = tuple(Server(f"node-{number}", bracketed(each)) for number, each in enumerate(other.nodes, start=1))
    return Site(_backend(other.name), other.port, servers, _probe_name(other.hosts), ca)


def _probe_name(hosts: Sequence[str]) -> str:
    """A name that an ingress has a certificate for."""
    return f"lb-check{hosts[0].removeprefix('*')}" if hosts[0].startswith("*") else hosts[0]
