"""MetalLB's configuration as today's custom resources.

Source: config/crd/bases of metallb/metallb; group metallb.io, v1beta1, peers v1beta2.
"""

from collections.abc import Callable, Mapping
from typing import Any

from wizard.profiles import profile
from wizard.spec.metallb import Bfd, BgpAdvertisement, Layer2, Metallb, Peer, Pool

Manifest = dict[str, Any]
Password = Callable[[Peer], str]
GROUP = "metallb.io"
_FULL_V4, _FULL_V6 = 32, 128


def namespace() -> str:
    """Return the namespace that all of MetalLB lives in; elsewhere its resources are not read."""
    return str(profile("metallb")["namespace"])


def objects(metallb: Metallb, password: Password) -> tuple[Manifest, ...]:
    """Return the resources of a spec, the same for the same spec; `password` gives that of a peer which has one."""
    found = [_pool(pool) for pool in metallb.pools]
    found += [_l2(way, f"l2-{number}") for number, way in enumerate(metallb.announced_l2, 1)]
    if bgp := metallb.bgp:
        found += [_bfd(each) for each in bgp.bfd]
        found += [_password(peer, password(peer)) for peer in bgp.peers if peer.password]
        found += [_peer(peer) for peer in bgp.peers]
        found += [community(bgp.communities)] if bgp.communities else []
        found += [_advertisement(told, f"bgp-{number}") for number, told in enumerate(bgp.advertisements, 1)]
    return tuple(found)


def resource(kind: str, name: str, spec: Mapping[str, Any], *, version: str = "v1beta1") -> Manifest:
    """Return one resource; fields of `spec` that are None or empty are left out."""
    said = {key: value for key, value in spec.items() if value not in (None, [], {}, "")}
    meta = {"name": name, "namespace": namespace()}
    return {"apiVersion": f"{GROUP}/{version}", "kind": kind, "metadata": meta, "spec": said}


def community(known: Mapping[str, str]) -> Manifest:
    """Return names for communities."""
    listed = [{"name": name, "value": value} for name, value in known.items()]
    return resource("Community", "communities", {"communities": listed})


def _pool(pool: Pool) -> Manifest:
    chosen = {
        "priority": pool.priority,
        "namespaces": list(pool.namespaces),
        "namespaceSelectors": _selectors(pool.namespace_labels),
        "serviceSelectors": _selectors(pool.service_labels),
    }
    return resource(
        "IPAddressPool",
        pool.name,
        {
            "addresses": list(pool.addresses),
            "autoAssign": None if pool.auto_assign else False,
            "avoidBuggyIPs": pool.avoid_buggy_ips or None,
            "serviceAllocation": {key: value for key, value in chosen.items() if value},
        },
    )


def _l2(way: Layer2, name: str) -> Manifest:
    return resource(
        "L2Advertisement",
        name,
        {
            "ipAddressPools": list(way.pools),
            "interfaces": list(way.interfaces),
            "nodeSelectors": _selectors(way.nodes),
        },
    )


def _bfd(each: Bfd) -> Manifest:
    return resource(
        "BFDProfile",
        each.name,
        {
            "receiveInterval": each.receive_ms,
            "transmitInterval": each.transmit_ms,
            "detectMultiplier": each.detect_multiplier,
            "passiveMode": each.passive or None,
            "minimumTtl": each.minimum_ttl,
        },
    )


def secret_name(peer: str) -> str:
    """Return what the Secret with a peer's password is called."""
    return f"bgp-{peer}"


def password_secret(peer: str, password: str) -> Manifest:
    """Return the Secret that MetalLB reads a peer's password from."""
    meta = {"name": secret_name(peer), "namespace": namespace()}
    head = {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "kubernetes.io/basic-auth"}
    return head | {"stringData": {"password": password}}


def _password(peer: Peer, password: str) -> Manifest:
    return password_secret(peer.name, password)


def _peer(peer: Peer) -> Manifest:
    return resource(
        "BGPPeer",
        peer.name,
        {
            "myASN": peer.my_asn,
            "peerASN": peer.peer_asn,
            "peerAddress": peer.address,
            "peerPort": peer.port,
            "sourceAddress": peer.source,
            "routerID": peer.router_id,
            "holdTime": None if peer.hold_time_s is None else f"{peer.hold_time_s}s",
            "keepaliveTime": peer.keepalive_s and f"{peer.keepalive_s}s",
            "passwordSecret": peer.password and {"name": secret_name(peer.name)},
            "bfdProfile": peer.bfd,
            "ebgpMultiHop": peer.multihop or None,
            "nodeSelectors": _selectors(peer.nodes),
        },
        version="v1beta2",
    )


def _advertisement(told: BgpAdvertisement, name: str) -> Manifest:
    return resource(
        "BGPAdvertisement",
        name,
        {
            "ipAddressPools": list(told.pools),
            "peers": list(told.peers),
            "nodeSelectors": _selectors(told.nodes),
            "aggregationLength": None if told.aggregation_length == _FULL_V4 else told.aggregation_length,
            "aggregationLengthV6": None if told.aggregation_length_v6 == _FULL_V6 else told.aggregation_length_v6,
            "localPref": told.local_pref,
            "communities": list(told.communities),
        },
    )


def _selectors(labels: Mapping[str, str]) -> list[Manifest]:
    return [{"matchLabels": dict(labels)}] if labels else []
