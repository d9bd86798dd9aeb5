"""MetalLB: which addresses services of type LoadBalancer get, and how the network learns of them."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from wizard.profiles import profile
from wizard.spec.balancer import Interface, Ip
from wizard.spec.fault import fault
from wizard.spec.field import LabelValue, LocalPath, Part
from wizard.spec.kubernetes import is_dns_label, selector_key
from wizard.spec.problem import quoted
from wizard.spec.reference import SecretPlace
from wizard.spec.span import address_range

_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
_COMMUNITY = re.compile(r"(?:large:[0-9]{1,10}:)?[0-9]{1,10}:[0-9]{1,10}")


def _version(text: str) -> str:
    if _VERSION.fullmatch(text):
        return text
    if _VERSION.fullmatch(text.removeprefix("v")):
        raise fault(f"{quoted(text)} is MetalLB's tag, its chart has no v", text.removeprefix("v"))
    raise fault(f"{quoted(text)} is not a release of MetalLB", f"a pinned one, such as {profile('metallb')['default']}")


def _name(text: str) -> str:
    if is_dns_label(text):
        return text
    raise fault(f"{quoted(text)} is not a name", "lower case letters, digits and inner hyphens, at most 63")


def community(text: str) -> str:
    """Take a BGP community by number, or a name for one; return it, or raise a fault."""
    if not _COMMUNITY.fullmatch(text):
        if is_dns_label(text):
            return text
        raise fault(f"{quoted(text)} is not a community", "65000:100, large:65000:1:2, or a name under communities")
    parts = [int(part) for part in text.removeprefix("large:").split(":")]
    most = 0xFFFFFFFF if text.startswith("large:") else 0xFFFF
    if max(parts) > most:
        raise fault(f"{quoted(text)} has a part above {most}", f"parts from 0 to {most}")
    return text


def _numbers(text: str) -> str:
    if ":" in text:
        return community(text)
    raise fault(f"{quoted(text)} is not a community by number", "65000:100, or large:65000:1:2")


Name = Annotated[str, AfterValidator(_name), Field(json_schema_extra={"examples": ["apps"]})]
AddressRange = Annotated[
    str, AfterValidator(address_range), Field(json_schema_extra={"examples": ["10.0.0.240-10.0.0.250"]})
]
Asn = Annotated[int, Field(ge=1, le=4_294_967_295)]
Community = Annotated[str, AfterValidator(community), Field(json_schema_extra={"examples": ["65000:100"]})]
Numbers = Annotated[str, AfterValidator(_numbers), Field(json_schema_extra={"examples": ["65000:100"]})]
MetallbVersion = Annotated[str, AfterValidator(_version), Field(json_schema_extra={"examples": ["0.16.1"]})]
Selector = dict[Annotated[str, AfterValidator(selector_key)], LabelValue]
Interval = Annotated[int, Field(ge=10, le=60_000)]


class Pool(Part):
    """Addresses that services get."""

    name: Name = Field(description="Its name; a service asks for it by annotation.")
    addresses: tuple[AddressRange, ...] = Field(
        min_length=1, description="Networks or ranges, as 10.0.0.240/28 or 10.0.0.240-10.0.0.250; used by nobody else."
    )
    auto_assign: bool = Field(default=True, description="Give them to services that name no pool. Default: true.")
    avoid_buggy_ips: bool = Field(default=False, description="Leave out addresses in .0 and .255. Default: false.")
    namespaces: tuple[Name, ...] = Field(default=(), description="Namespaces that may use it. Default: all.")
    namespace_labels: Selector = Field(
        default={}, description="Labels of namespaces that may use it, all of them. Default: any."
    )
    service_labels: Selector = Field(
        default={}, description="Labels of services that may use it, all of them. Default: any."
    )
    priority: int | None = Field(
        default=None, ge=1, le=1_000_000, description="Lower comes first where several pools fit. Default: last."
    )

    @property
    def chosen(self) -> bool:
        """Whether only some services may use it."""
        return bool(self.namespaces or self.namespace_labels or self.service_labels or self.priority)


class Layer2(Part):
    """Announce addresses by ARP and NDP: one node answers for an address, another takes over when it is gone."""

    pools: tuple[Name, ...] = Field(default=(), description="Pools to announce. Default: all.")
    interfaces: tuple[Interface, ...] = Field(
        default=(), description="Interfaces of nodes to announce on. Default: all."
    )
    nodes: Selector = Field(default={}, description="Labels of the nodes that announce. Default: all nodes.")


class Bfd(Part):
    """How fast a lost BGP peer is noticed, by BFD."""

    name: Name = Field(description="Its name, which peers refer to.")
    receive_ms: Interval = Field(default=300, description="Milliseconds between packets from the peer. Default: 300.")
    transmit_ms: Interval = Field(default=300, description="Milliseconds between packets to the peer. Default: 300.")
    detect_multiplier: int = Field(default=3, ge=2, le=255, description="Packets that may be lost. Default: 3.")
    passive: bool = Field(default=False, description="Let the peer begin. Default: false.")
    minimum_ttl: int = Field(default=254, ge=1, le=254, description="For peers some hops away. Default: 254.")


class Peer(Part):
    """A router that nodes speak BGP with."""

    name: Name = Field(description="Its name, which advertisements refer to.")
    my_asn: Asn = Field(description="Autonomous system number of the nodes.")
    peer_asn: Asn = Field(description="Autonomous system number of the router.")
    address: Ip = Field(description="IP address of the router.")
    port: Annotated[int, Field(ge=1, le=16_384)] | None = Field(
        default=None, description="Port of the router. Default: 179."
    )
    source: Ip | None = Field(default=None, description="Address to speak from. Default: as routed.")
    router_id: Ip | None = Field(default=None, description="Router id of the nodes, an IPv4 address. Default: its own.")
    hold_time_s: int | None = Field(
        default=None,
        ge=0,
        le=65_535,
        description="Seconds of silence after which it is lost; 0 or 3 and more. Default: MetalLB's own, 90.",
    )
    keepalive_s: int | None = Field(
        default=None, ge=1, le=65_535, description="Seconds between signs of life. Default: a third of the hold time."
    )
    password: SecretPlace | None = Field(default=None, description="Where the password is kept. Default: none.")
    bfd: Name | None = Field(default=None, description="Name of a BFD profile. Default: no BFD.")
    multihop: bool = Field(default=False, description="The router is some hops away (eBGP). Default: false.")
    nodes: Selector = Field(default={}, description="Labels of the nodes that speak with it. Default: all nodes.")


class BgpAdvertisement(Part):
    """What is told to the peers."""

    pools: tuple[Name, ...] = Field(default=(), description="Pools to announce. Default: all.")
    peers: tuple[Name, ...] = Field(default=(), description="Peers to tell. Default: all.")
    nodes: Selector = Field(default={}, description="Labels of the nodes that announce. Default: all nodes.")
    aggregation_length: int = Field(default=32, ge=1, le=32, description="Prefix announced, IPv4. Default: 32.")
    aggregation_length_v6: int = Field(default=128, ge=1, le=128, description="Prefix announced, IPv6. Default: 128.")
    local_pref: int | None = Field(
        default=None, ge=0, le=2_147_483_647, description="Preference within one's own system. Default: none."
    )
    communities: tuple[Community, ...] = Field(default=(), description="Communities, by number or name. Default: none.")


class Bgp(Part):
    """Announce addresses to routers."""

    peers: tuple[Peer, ...] = Field(min_length=1, description="The routers that are told.")
    advertisements: tuple[BgpAdvertisement, ...] = Field(
        default=(BgpAdvertisement(),), min_length=1, description="What they are told. Default: all pools, as they are."
    )
    communities: dict[Name, Numbers] = Field(default={}, description="Names for communities. Default: none.")
    bfd: tuple[Bfd, ...] = Field(default=(), description="BFD profiles. Default: none.")


class ExposedIngress(Part):
    """The ingress controller behind an address of MetalLB's."""

    pool: Name | None = Field(default=None, description="Pool that its address comes from. Default: MetalLB chooses.")
    addresses: tuple[Ip, ...] = Field(
        default=(), max_length=2, description="Its address; dual stack: one of each family. Default: MetalLB chooses."
    )


class Metallb(Part):
    """MetalLB in the cluster."""

    version: MetallbVersion = Field(
        default_factory=lambda: str(profile("metallb")["default"]),
        description="Release of MetalLB, pinned, without v. Default: the newest known to this wizard.",
    )
    pools: tuple[Pool, ...] = Field(min_length=1, description="The addresses that services get.")
    l2: tuple[Layer2, ...] = Field(
        default=(), description="Announce by ARP and NDP. Default: all pools, where there is no bgp."
    )
    bgp: Bgp | None = Field(default=None, description="Announce to routers by BGP. Default: none.")
    expose_ingress: ExposedIngress | None = Field(
        default=None, description="Give the ingress controller an address too. Default: node ports 80 and 443 only."
    )
    chart: LocalPath | None = Field(
        default=None, description="The chart's .tgz, without internet. Default: MetalLB's chart repository."
    )

    @property
    def announced_l2(self) -> tuple[Layer2, ...]:
        """How it is announced by ARP: as given, else all pools unless there is BGP."""
        return self.l2 or (() if self.bgp else (Layer2(),))

    def since(self, what: str) -> bool:
        """Tell whether this release behaves as `since` in profiles/metallb.yaml says."""
        return self.at_least(str(profile("metallb")["since"][what]))

    def at_least(self, version: str) -> bool:
        """Tell whether this release is `version` or newer."""
        return numbers(self.version) >= numbers(version)


def numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, to compare."""
    return tuple(int(part) for part in version.split("."))
