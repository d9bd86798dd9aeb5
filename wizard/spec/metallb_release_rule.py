"""What a release of MetalLB does not know yet; see `since` in profiles/metallb.yaml."""

from collections.abc import Iterator

from wizard.profiles import profile
from wizard.spec.metallb import Metallb
from wizard.spec.models import Spec
from wizard.spec.problem import Path, Problem

_HERE: Path = ("metallb",)


def known_by_the_release(spec: Spec) -> Iterator[Problem]:
    """A field that this release does not read would be waited for in vain."""
    metallb = spec.metallb
    if metallb is None:
        return
    wanted = [*_of_pools(metallb), *_of_ways(metallb)]
    for path, since in wanted:
        if not metallb.since(since):
            first = profile("metallb")["since"][since]
            yield Problem((*_HERE, *path), f"MetalLB {metallb.version} does not know it", f"{first} or newer")


def one_protocol_a_pool(spec: Spec) -> Iterator[Problem]:
    """In the ConfigMap of old, a pool is announced by ARP or by BGP."""
    metallb = spec.metallb
    if metallb is None or metallb.since("custom_resources"):
        return
    for index, pool in enumerate(metallb.pools):
        by_arp = any(not way.pools or pool.name in way.pools for way in metallb.announced_l2)
        told = metallb.bgp.advertisements if metallb.bgp else ()
        if by_arp and any(not way.pools or pool.name in way.pools for way in told):
            what = f"MetalLB {metallb.version} announces a pool by ARP or by BGP, not by both"
            yield Problem((*_HERE, "pools", index), what, "one of l2 and bgp")


def _of_pools(metallb: Metallb) -> Iterator[tuple[Path, str]]:
    legacy = not metallb.since("custom_resources")
    for index, pool in enumerate(metallb.pools):
        if pool.avoid_buggy_ips and not legacy:
            yield ("pools", index, "avoid_buggy_ips"), "avoid_buggy_ips"
        for key in ("namespaces", "namespace_labels", "service_labels", "priority"):
            if getattr(pool, key):
                yield ("pools", index, key), "allocation"


def _of_ways(metallb: Metallb) -> Iterator[tuple[Path, str]]:
    for index, way in enumerate(metallb.l2):
        if way.interfaces:
            yield ("l2", index, "interfaces"), "interfaces"
        if way.nodes:
            yield ("l2", index, "nodes"), "custom_resources"
    bgp = metallb.bgp
    for index, told in enumerate(bgp.advertisements if bgp else ()):
        for key in ("nodes", "peers"):
            if getattr(told, key):
                yield ("bgp", "advertisements", index, key), "custom_resources"
    for index, peer in enumerate(bgp.peers if bgp else ()):
        for key in ("bfd", "multihop", "source", "keepalive_s"):
            if getattr(peer, key):
                yield ("bgp", "peers", index, key), "peer_options"


RULES = (known_by_the_release, one_protocol_a_pool)
