"""MetalLB's configuration as the ConfigMap that releases before 0.13 read, and no later one.

Source: internal/config of metallb/metallb at v0.10.3 and v0.12.1.
"""

from typing import Any

import yaml

from wizard.balancers.metallb.objects import Manifest, Password, namespace
from wizard.spec.metallb import BgpAdvertisement, Metallb, Peer, Pool

NAME, KEY = "config", "config"


def config_map(metallb: Metallb, password: Password) -> Manifest:
    """Return the ConfigMap of a spec; `password` gives that of a peer which has one."""
    text = yaml.safe_dump(_config(metallb, password), sort_keys=False, width=1000)
    meta = {"name": NAME, "namespace": namespace()}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {KEY: text}}


def _config(metallb: Metallb, password: Password) -> dict[str, Any]:
    bgp = metallb.bgp
    whole: dict[str, Any] = {
        "peers": [_peer(peer, password) for peer in bgp.peers] if bgp else [],
        "bgp-communities": dict(bgp.communities) if bgp else {},
        "bfd-profiles": [_bfd(each) for each in bgp.bfd] if bgp else [],
        "address-pools": [_pool(metallb, pool) for pool in metallb.pools],
    }
    return {key: value for key, value in whole.items() if value}


def _said(**fields: Any) -> dict[str, Any]:
    return {key.replace("_", "-"): value for key, value in fields.items() if value not in (None, [], {}, False)}


def _peer(peer: Peer, password: Password) -> dict[str, Any]:
    return _said(
        peer_address=peer.address,
        peer_asn=peer.peer_asn,
        my_asn=peer.my_asn,
        peer_port=peer.port,
        source_address=peer.source,
        router_id=peer.router_id,
        hold_time=None if peer.hold_time_s is None else f"{peer.hold_time_s}s",
        keepalive_time=peer.keepalive_s and f"{peer.keepalive_s}s",
        password=password(peer) if peer.password else None,
        bfd_profile=peer.bfd,
        ebgp_multihop=peer.multihop,
        node_selectors=[{"match-labels": dict(peer.nodes)}] if peer.nodes else [],
    )


def _bfd(each: Any) -> dict[str, Any]:
    return _said(
        name=each.name,
        receive_interval=each.receive_ms,
        transmit_interval=each.transmit_ms,
        detect_multiplier=each.detect_multiplier,
        passive_mode=each.passive,
        minimum_ttl=each.minimum_ttl,
    )


def _pool(metallb: Metallb, pool: Pool) -> dict[str, Any]:
    told = [
        _advertisement(way)
        for way in (metallb.bgp.advertisements if metallb.bgp else ())
        if not way.pools or pool.name in way.pools
    ]
    by_arp = any(not way.pools or pool.name in way.pools for way in metallb.announced_l2)
    fields = _said(
        name=pool.name,
        protocol="layer2" if by_arp else "bgp",
        addresses=list(pool.addresses),
        avoid_buggy_ips=pool.avoid_buggy_ips,
        bgp_advertisements=[] if by_arp else [each for each in told if each],
    )
    return fields if pool.auto_assign else fields | {"auto-assign": False}


def _advertisement(told: BgpAdvertisement) -> dict[str, Any]:
    return _said(
        aggregation_length=None if told.aggregation_length == 32 else told.aggregation_length,
        aggregation_length_v6=None if told.aggregation_length_v6 == 128 else told.aggregation_length_v6,
        localpref=told.local_pref,
        communities=list(told.communities),
    )
