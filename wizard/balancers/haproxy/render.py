"""HAProxy's configuration as the spec asks for it.

Source of its parts: HAProxy's configuration manual (2.2 to 3.x); which answers tell a sound API server, supervisor and
ingress: RKE2 issues 5804, 7374 and 825; timeouts and headers: Rancher's documentation of load balancers.
"""

from collections.abc import Callable
from functools import cache

import jinja2

from wizard.balancers.haproxy.sites import FOLDER, Server, bracketed, sites, ways
from wizard.spec.address import as_ip
from wizard.spec.balancer import Balancer
from wizard.spec.models import Node, Spec

CONFIG = f"{FOLDER}/rancher-wizard.cfg"
CERTIFICATE = f"{FOLDER}/rancher-wizard.pem"
SOCKET = "/run/haproxy/rancher-wizard.sock"
MAXCONN = 9000
"""HAProxy takes two open files a connection, and does not start where the machine allows fewer: 20,000 is common."""


def render(spec: Spec, *, marker: str, password_hash: str, exporter: bool = True) -> str:
    """Return the whole configuration of `spec`'s balancer, the same on each of its machines.

    `marker` is its first line, `password_hash` that of the statistics' login, in crypt's form; `exporter` tells whether
    this HAProxy was built with Prometheus' exporter. Every value of a spec that gets here was judged by its rules: none
    can end a line or a word. Raises ValueError for a spec without a balancer.
    """
    front = spec.balancer
    if front is None:
        raise ValueError("the spec has no balancer")
    template = _environment().get_template(f"{front.mode}.cfg.j2")
    return template.render(
        marker=marker,
        maxconn=MAXCONN,
        socket=SOCKET,
        stats=front.stats,
        password_hash=password_hash,
        exporter=exporter,
        allow={name: " ".join(getattr(front.allow, name)) for name in type(front.allow).model_fields},
        servers=_servers(spec.servers),
        workers=_servers(spec.ingress_nodes),
        join=spec.distribution == "rke2",
        ingress=spec.ingress != "none",
        sticky=front.sticky,
        bind=_binder(front),
        front=front,
        certificate=CERTIFICATE,
        sites=sites(spec),
        ways=ways(spec),
    )


def _servers(nodes: tuple[Node, ...]) -> list[Server]:
    return [Server(node.name, bracketed(node.inner_address)) for node in nodes]


def _binder(front: Balancer) -> Callable[..., str]:
    """Return what writes the bind lines of a port: one for each family that the balancer is reached by."""
    reached = [as_ip(text) for text in (front.vip, *(node.inner_address for node in front.nodes)) if text]
    versions = sorted({ip.version for ip in reached if ip} or {4})

    def bind(port: int, more: str = "") -> str:
        lines = (f"    bind 0.0.0.0:{port}" if version == 4 else f"    bind [::]:{port} v6only" for version in versions)
        return "\n".join(f"{line} {more}".rstrip() for line in lines)

    return bind


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("wizard.balancers.haproxy"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - no HTML is written
    )
