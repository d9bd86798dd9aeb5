"""What BGP asks of peers and of what they are told.

Source: internal/config and the webhooks of metallb/metallb, which refuse the same at run time.
"""

from collections.abc import Iterator

from wizard.spec.address import as_ip
from wizard.spec.metallb import BgpAdvertisement, Metallb, Pool
from wizard.spec.models import Spec
from wizard.spec.problem import Path, Problem, quoted
from wizard.spec.span import span

_HERE: Path = ("metallb", "bgp")
_SHORTEST_HOLD_S = 3


def sound_peers(spec: Spec) -> Iterator[Problem]:
    """Each router stands there once, with times and addresses that BGP takes."""
    seen: set[tuple[str, int | None]] = set()
    names: set[str] = set()
    for index, peer in enumerate(spec.metallb.bgp.peers if spec.metallb and spec.metallb.bgp else ()):
        path = (*_HERE, "peers", index)
        if peer.name in names:
            yield Problem((*path, "name"), f"{quoted(peer.name)} is the name of another peer", "each name once")
        if (peer.address, peer.port) in seen and not peer.nodes:
            yield Problem((*path, "address"), f"{quoted(peer.address)} is a peer already", "each router once")
        names.add(peer.name)
        seen.add((peer.address, peer.port))
        hold = 90 if peer.hold_time_s is None else peer.hold_time_s
        if 0 < hold < _SHORTEST_HOLD_S:
            yield Problem((*path, "hold_time_s"), f"{hold} is too short", f"0, or {_SHORTEST_HOLD_S} and more")
        if peer.keepalive_s and hold and peer.keepalive_s >= hold:
            yield Problem((*path, "keepalive_s"), f"{peer.keepalive_s} is not below the hold time, {hold}", "a third")
        if peer.router_id and (ip := as_ip(peer.router_id)) and ip.version != 4:
            yield Problem((*path, "router_id"), f"{quoted(peer.router_id)} is IPv6", "an IPv4 address")
        if peer.multihop and peer.my_asn == peer.peer_asn:
            yield Problem((*path, "multihop"), "is for eBGP; both sides have one number here", "false")
        one, other = as_ip(peer.address), as_ip(peer.source) if peer.source else None
        if one and other and one.version != other.version:
            what = f"{quoted(peer.source)} is IPv{other.version}, the router is IPv{one.version}"
            yield Problem((*path, "source"), what, "an address of its family")


def pools_within_the_aggregate(spec: Spec) -> Iterator[Problem]:
    """A route that is wider than a pool would draw the traffic of others."""
    metallb = spec.metallb
    if metallb is None or metallb.bgp is None:
        return
    for index, told in enumerate(metallb.bgp.advertisements):
        for pool in _told(metallb, told):
            for text in pool.addresses:
                one, key = span(text), "aggregation_length"
                length = told.aggregation_length if one.version == 4 else told.aggregation_length_v6
                prefixes = one.prefixes()
                narrow = min(prefixes) if metallb.since("custom_resources") else max(prefixes)
                if length < narrow:
                    key += "_v6" if one.version == 6 else ""
                    what = f"/{length} is wider than {text} of pool {pool.name}"
                    yield Problem((*_HERE, "advertisements", index, key), what, f"{narrow} or more")


def one_preference(spec: Spec) -> Iterator[Problem]:
    """One route has one preference: advertisements of one pool and one length agree."""
    metallb = spec.metallb
    if metallb is None or metallb.bgp is None:
        return
    seen: dict[tuple[str, int, int], int | None] = {}
    for index, told in enumerate(metallb.bgp.advertisements):
        for pool in _told(metallb, told):
            key = (pool.name, told.aggregation_length, told.aggregation_length_v6)
            if key in seen and seen[key] != told.local_pref and not told.peers:
                what = f"pool {pool.name} has another preference at this length already"
                yield Problem((*_HERE, "advertisements", index, "local_pref"), what, "the same, or another length")
                break
            seen.setdefault(key, told.local_pref)


def unique_bfd(spec: Spec) -> Iterator[Problem]:
    """A profile is referred to by its name."""
    names: set[str] = set()
    for index, each in enumerate(spec.metallb.bgp.bfd if spec.metallb and spec.metallb.bgp else ()):
        if each.name in names:
            path = (*_HERE, "bfd", index, "name")
            yield Problem(path, f"{quoted(each.name)} is the name of another profile", "each name once")
        names.add(each.name)


def _told(metallb: Metallb, told: BgpAdvertisement) -> tuple[Pool, ...]:
    return tuple(pool for pool in metallb.pools if not told.pools or pool.name in told.pools)


RULES = (sound_peers, pools_within_the_aggregate, one_preference, unique_bfd)
