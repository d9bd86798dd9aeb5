"""HAProxy's configuration as the spec asks for it.

Source of its parts: HAProxy's configuration manual (2.2 to 3.x); which answers tell a sound API server, supervisor and
ingress: RKE2 issues 5804, 7374 and 825; timeouts and headers: Rancher's documentation of load balancers.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

import jinja2

from wizard.balancers.haproxy.sites import FOLDER, Server, bracketed, sites, ways
from wizard.spec.address import as_ip
from wizard.spec.balancer import Balancer
from wizard.spec.models import Node, Spec

CONFIG = f"{FOLDER}/rancher-wizard.cfg"
CERTIFICATES = f"{FOLDER}/rancher-wizard"
SOCKET = "/run/haproxy.sock.rancher-wizard"
"""No folder for it is made at boot everywhere, and SELinux lets HAProxy have sockets of this name."""
DRAINED = "/var/lib/haproxy/rancher-wizard.state"
"""Who is taken out of the pools, for HAProxy's next process; the socket alone would forget it at a reload."""
_PLAIN = re.compile(r"[-A-Za-z0-9_.:/*\[\]]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
MAXCONN = 9000
"""HAProxy takes two open files a connection, and does not start where the machine allows fewer: 20,000 is common."""


def render(
    spec: Spec,
    *,
    marker: str,
    password_hash: str,
    exporter: bool = True,
    certificate: str = "",
    cas: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Return the whole configuration of `spec`'s balancer, the same on each of its machines.

    `marker` is its first line, `password_hash` that of the statistics' login, in crypt's form; `exporter` tells whether
    this HAProxy was built with Prometheus' exporter. `certificate` is the path of the PEM file that mode http shows,
    `cas` those of the CAs that other clusters, by their names, are verified by. Every value passes `word`. Raises
    ValueError for a spec without a balancer, or a value that can't be written.
    """
    front = spec.balancer
    if front is None:
        raise ValueError("the spec has no balancer")
    template = _environment().get_template(f"{front.mode}.cfg.j2")
    return f"{marker}\n" + template.render(
        maxconn=MAXCONN,
        socket=SOCKET,
        drained=DRAINED,
        stats=front.stats,
        password_hash=password_hash,
        exporter=exporter,
        allow=front.allow,
        servers=_servers(spec.api_nodes),
        workers=_servers(spec.ingress_nodes),
        join=spec.engine == "rke2",
        ingress=spec.ingress != "none",
        sticky=front.sticky,
        bind=_binder(front),
        front=front,
        certificate=certificate,
        sites=sites(spec, cas) if front.mode == "http" else (),
        looked_up=_looked_up(spec),
        ways=ways(spec),
    )


def _servers(nodes: tuple[Node, ...]) -> list[Server]:
    return [Server(node.name, bracketed(node.inner_address)) for node in nodes]


def _binder(front: Balancer) -> Callable[[int], list[tuple[str, bool]]]:
    """Return what gives the places to bind a port at, one for each family in use, and whether it is IPv6 alone."""
    reached = [as_ip(text) for text in (front.vip, *(node.inner_address for node in front.nodes)) if text]
    versions = sorted({ip.version for ip in reached if ip} or {4})

    def bind(port: int) -> list[tuple[str, bool]]:
        return [(f"0.0.0.0:{port}", False) if version == 4 else (f"[::]:{port}", True) for version in versions]

    return bind


def word(value: object) -> object:
    """Return a value as it stands in a line of HAProxy's: what could end its word or its line is quoted or refused.

    Within single quotes HAProxy reads everything as it is, to the next one (configuration manual, 2.2 "Quoting and
    escaping"). Raises ValueError for a line end or another control character: no quote holds those.
    """
    if not isinstance(value, str) or _PLAIN.fullmatch(value):
        return value
    if _CONTROL.search(value):
        raise ValueError(f"{value!r} holds a control character")
    return "'" + value.replace("'", "'\\''") + "'"


def _looked_up(spec: Spec) -> bool:
    """True where a server is known by a name: HAProxy asks for it again while it runs, and starts without an answer."""
    others = spec.balancer.clusters if spec.balancer else ()
    places = [*(node.inner_address for node in spec.nodes), *(each for other in others for each in other.nodes)]
    return not all(as_ip(place) for place in places)


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("wizard.balancers.haproxy"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=word,
        autoescape=False,  # noqa: S701 - no HTML is written
    )
