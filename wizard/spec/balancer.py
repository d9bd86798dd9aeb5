"""What stands in front of the cluster: balancers of our own, a virtual IP, or what somebody else looks after."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from wizard.spec.address import as_ip
from wizard.spec.fault import fault
from wizard.spec.field import HostAddress, LocalPath, Networks, NodeName, Part, Port, User
from wizard.spec.kubernetes import is_dns_name
from wizard.spec.problem import quoted
from wizard.spec.reference import SecretPlace
from wizard.spec.ssh import NodeSsh

_INTERFACE = re.compile(r"[A-Za-z0-9][-A-Za-z0-9_.:]{0,14}")
ANYWHERE = ("0.0.0.0/0", "::/0")


def _ip(text: str) -> str:
    if as_ip(text):
        return text
    raise fault(f"{quoted(text)} is not an IP address", "an IPv4 or IPv6 address, without a prefix")


def _interface(text: str) -> str:
    if _INTERFACE.fullmatch(text):
        return text
    raise fault(f"{quoted(text)} is not the name of an interface", "a name such as eth0, at most 15 characters")


def _site_name(text: str) -> str:
    """A name that users ask for; a leading `*.` stands for all names below."""
    if is_dns_name(text.removeprefix("*.")) and "." in text.removeprefix("*."):
        return text
    raise fault(f"{quoted(text)} is not a host name", "a full name such as apps.example.com, or *.apps.example.com")


Ip = Annotated[str, AfterValidator(_ip), Field(json_schema_extra={"examples": ["10.0.0.10"]})]
Interface = Annotated[str, AfterValidator(_interface), Field(json_schema_extra={"examples": ["eth0"]})]
SiteName = Annotated[str, AfterValidator(_site_name), Field(json_schema_extra={"examples": ["*.apps.example.com"]})]


class BalancerNode(Part):
    """A machine of a balancer; it is no node of the cluster."""

    name: NodeName = Field(description="Its name: lower case, unique among nodes and balancers.")
    address: HostAddress = Field(description="IP address or name that the jump host reaches it by.")
    internal_address: Ip | None = Field(
        default=None, description="IP address towards its peer (VRRP). Default: its address."
    )
    ssh: NodeSsh = Field(
        default=NodeSsh(), description="Any part of `ssh` that differs for this machine. Default: nothing differs."
    )

    @property
    def inner_address(self) -> str:
        """Where its peer reaches it."""
        return self.internal_address or self.address


class Allow(Part):
    """Who may connect, by network."""

    api: Networks = Field(default=ANYWHERE, description="Networks that may reach the API, 6443. Default: all.")
    join: Networks = Field(default=ANYWHERE, description="Networks that may reach 9345, to join. Default: all.")
    stats: Networks = Field(
        default=("127.0.0.0/8", "::1/128"),
        description="Networks that may read statistics and metrics. Default: the balancer itself.",
    )


class Stats(Part):
    """Statistics for people and Prometheus."""

    port: Port = Field(default=8404, description="Port of /stats and /metrics, both with login. Default: 8404.")
    user: User = Field(default="ops", description="Login for both. Default: ops.")
    password: SecretPlace | None = Field(
        default=None, description="Where the password is kept. Default: a random one, sealed."
    )


class Ending(Part):
    """TLS that ends at the balancer, in mode http."""

    certificate: LocalPath | None = Field(
        default=None,
        description="PEM file: certificate, then the intermediate ones. Default: one by a CA of the wizard's own.",
    )
    key: LocalPath | None = Field(
        default=None, description="PEM file of its private key, without a passphrase. Default: as the certificate."
    )
    hsts: bool = Field(
        default=False, description="Tell browsers to use https for two years, for all of these names. Default: false."
    )
    http2: bool = Field(default=True, description="Offer HTTP/2. Default: true.")
    redirect: bool = Field(default=True, description="Send http to https. Default: true.")


class Behind(Part):
    """Another cluster behind the same balancer, in mode http."""

    name: NodeName = Field(description="What it is called here.")
    hosts: tuple[SiteName, ...] = Field(min_length=1, description="Names that lead to it; `*.` for all below.")
    nodes: tuple[HostAddress, ...] = Field(min_length=1, description="Addresses of its ingress nodes.")
    port: Port = Field(default=443, description="Port of its ingress; 80 is asked without TLS. Default: 443.")
    ca: LocalPath | None = Field(
        default=None, description="PEM file that its ingress's certificate is verified by. Default: not verified."
    )


class Balancer(Part):
    """What stands in front."""

    kind: Literal["haproxy", "kube-vip", "external"] = Field(
        description="haproxy: machines of ours; kube-vip: the servers carry a virtual IP; external: you look after it."
    )
    mode: Literal["tcp", "http"] = Field(
        default="tcp", description="haproxy: tcp passes TLS through, http ends it for 80 and 443. Default: tcp."
    )
    nodes: tuple[BalancerNode, ...] = Field(
        default=(), max_length=2, description="haproxy: its machine, or a pair. Default: none."
    )
    vip: Ip | None = Field(
        default=None, description="Virtual IP: of a pair by keepalived, of servers by kube-vip. Default: none."
    )
    interface: Interface | None = Field(
        default=None, description="Interface that carries the virtual IP. Default: the one towards the peer."
    )
    router_id: int = Field(
        default=51, ge=1, le=255, description="VRRP's virtual router id, unique in its network. Default: 51."
    )
    sticky: bool = Field(
        default=False, description="Keep a client at one node by its address, on 80 and 443. Default: false."
    )
    allow: Allow = Field(default=Allow(), description="Who may connect. Default: all; statistics: nobody else.")
    stats: Stats = Field(default=Stats(), description="Statistics. Default: port 8404.")
    sources: Networks = Field(
        default=(),
        description="external: networks that it connects from. Where TLS ends there, the ingress believes what these "
        "say of a request. Default: none.",
    )
    hosts: tuple[SiteName, ...] = Field(
        default=(), description="http: names that lead to this cluster; `*.` for all below. Default: none."
    )
    tls: Ending = Field(default=Ending(), description="http: how TLS ends here. Default: by a CA of our own.")
    clusters: tuple[Behind, ...] = Field(
        default=(), max_length=100, description="http: further clusters behind it. Default: none."
    )

    @property
    def address(self) -> str | None:
        """Where clients connect: the virtual IP, else the one machine."""
        return self.vip or (self.nodes[0].inner_address if self.nodes else None)
