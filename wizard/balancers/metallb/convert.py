"""From the ConfigMap of MetalLB before 0.13 to the custom resources of today.

Source: metallb/metallb, internal/config at v0.12.1 for what stood there; website, "Migrating to CRDs".
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic_core import PydanticCustomError

from wizard.balancers.metallb.objects import Manifest, community, password_secret, resource, secret_name
from wizard.errors import BadUsage
from wizard.spec.problem import nearest, quoted
from wizard.spec.span import address_range

_PEER = {
    "my-asn": "myASN",
    "peer-asn": "peerASN",
    "peer-address": "peerAddress",
    "source-address": "sourceAddress",
    "peer-port": "peerPort",
    "hold-time": "holdTime",
    "keepalive-time": "keepaliveTime",
    "router-id": "routerID",
    "bfd-profile": "bfdProfile",
    "ebgp-multihop": "ebgpMultiHop",
}
_BFD = {
    "receive-interval": "receiveInterval",
    "transmit-interval": "transmitInterval",
    "detect-multiplier": "detectMultiplier",
    "echo-interval": "echoInterval",
    "echo-mode": "echoMode",
    "passive-mode": "passiveMode",
    "minimum-ttl": "minimumTtl",
}
_TOLD = {
    "aggregation-length": "aggregationLength",
    "aggregation-length-v6": "aggregationLengthV6",
    "localpref": "localPref",
    "communities": "communities",
}
_POOL = {"auto-assign": "autoAssign", "avoid-buggy-ips": "avoidBuggyIPs"}
_TOP = ("peers", "bgp-communities", "bfd-profiles", "address-pools")
_HINT = "Give the ConfigMap: kubectl -n metallb-system get configmap config -o yaml"


@dataclass(frozen=True, slots=True)
class Converted:
    """The resources, and what is to be seen to beside them."""

    objects: tuple[Manifest, ...]
    notes: tuple[str, ...]


def convert(text: str) -> Converted:
    """Take a ConfigMap as YAML, or what stands in it, and return the resources that say the same.

    Raises BadUsage for what is none, naming the place.
    """
    config = _config(text)
    _known("", config, _TOP)
    found: list[Manifest] = []
    notes: list[str] = []
    for pool in _entries(config, "address-pools"):
        found += _pool(pool, notes)
    for each in _entries(config, "bfd-profiles"):
        _known("bfd-profiles", each, ("name", *_BFD))
        found.append(resource("BFDProfile", _name(each, "bfd-profiles", notes), _renamed(each, _BFD)))
    for number, peer in enumerate(_entries(config, "peers"), 1):
        found += _peer(peer, f"peer{number}")
    if known := _mapping(config.get("bgp-communities") or {}, "bgp-communities"):
        found.append(community({_spelled(str(name)): str(value) for name, value in known.items()}))
    names = [(one["kind"], one["metadata"]["name"]) for one in found]
    for kind, name in names:
        if names.count((kind, name)) > 1:
            raise BadUsage(f"{kind} {quoted(name)} would be there twice", hint="Give each a name of its own there.")
    return Converted(tuple(found), tuple(notes))


def _config(text: str) -> Mapping[str, Any]:
    try:
        documents = [each for each in yaml.safe_load_all(text) if each is not None]
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # a date such as 2001-99-99; brackets without end
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
        raise BadUsage(f"line {line}: this is not YAML", hint=_HINT) from None
    if len(documents) != 1 or not isinstance(documents[0], dict):
        raise BadUsage(f"there are {len(documents)} documents, not one ConfigMap", hint=_HINT)
    whole = documents[0]
    if whole.get("kind") != "ConfigMap":
        if "configInline" in whole:  # values of the chart
            return _mapping(whole["configInline"], "configInline")
        return whole
    inner = _mapping(whole.get("data") or {}, "data").get("config")
    if not isinstance(inner, str):
        raise BadUsage("the ConfigMap has no data.config", hint=_HINT)
    return _config(inner)


def _pool(pool: Mapping[str, Any], notes: list[str]) -> Iterator[Manifest]:
    where = "address-pools"
    _known(where, pool, ("name", "protocol", "addresses", "bgp-advertisements", *_POOL))
    name, protocol = _name(pool, where, notes), pool.get("protocol")
    addresses = [_address(str(text), name) for text in _list(pool.get("addresses"), f"{where}: {name}: addresses")]
    if not addresses:
        raise BadUsage(f"{where}: {name} has no addresses", hint="Each pool has at least one range.")
    yield resource("IPAddressPool", name, {"addresses": addresses, **_renamed(pool, _POOL)})
    told = _entries(pool, "bgp-advertisements")
    if protocol == "layer2" and not told:
        yield resource("L2Advertisement", name, {"ipAddressPools": [name]})
    elif protocol == "bgp":
        for number, each in enumerate(told or ({},), 1):
            _known(f"{where}: {name}: bgp-advertisements", each, _TOLD)
            said = _renamed(each, _TOLD)
            if "communities" in said:
                said["communities"] = [_alias(str(one)) for one in _list(said["communities"], "communities")]
            spec = {"ipAddressPools": [name], **said}
            yield resource("BGPAdvertisement", name if number == 1 else f"{name}-{number}", spec)
    else:
        what = "has bgp-advertisements in layer2" if protocol == "layer2" else f"has protocol {quoted(protocol)}"
        raise BadUsage(f"{where}: {name} {what}", hint="protocol is layer2, or bgp with bgp-advertisements.")


def _peer(peer: Mapping[str, Any], name: str) -> Iterator[Manifest]:
    _known("peers", peer, (*_PEER, "node-selectors", "password"))
    missing = [key for key in ("my-asn", "peer-asn", "peer-address") if not peer.get(key)]
    if missing:
        raise BadUsage(f"peers: {name} has no {', '.join(missing)}", hint="MetalLB refuses a peer without.")
    spec = _renamed(peer, _PEER)
    if password := peer.get("password"):
        yield password_secret(name, str(password))
        spec["passwordSecret"] = {"name": secret_name(name)}
    spec["nodeSelectors"] = [_selector(each) for each in _entries(peer, "node-selectors")]
    yield resource("BGPPeer", name, spec, version="v1beta2")


def _selector(given: Mapping[str, Any]) -> Manifest:
    _known("node-selectors", given, ("match-labels", "match-expressions"))
    labels = {str(key): str(value) for key, value in _mapping(given.get("match-labels") or {}, "match-labels").items()}
    asked = [
        {"key": str(one.get("key")), "operator": str(one.get("operator")), "values": _texts(one.get("values"))}
        for one in _entries(given, "match-expressions")
    ]
    both: Manifest = {"matchLabels": labels, "matchExpressions": asked}
    return {key: value for key, value in both.items() if value}


def _name(entry: Mapping[str, Any], where: str, notes: list[str]) -> str:
    given = str(entry.get("name") or "")
    name = _spelled(given)
    if not name:
        raise BadUsage(f"{where}: one has no name", hint="Each has a name there.")
    if name != given:
        notes.append(f"{quoted(given)} is called {name} now: annotations of services must say so too")
    return name


def _spelled(name: str) -> str:
    """Return a name as Kubernetes takes it."""
    return re.sub(r"[^a-z0-9.-]", "-", name.lower()).strip("-.")


def _alias(text: str) -> str:
    return text if ":" in text else _spelled(text)


def _address(text: str, pool: str) -> str:
    try:
        return address_range(text) if "-" in text else str(ipaddress.ip_network(text.strip(), strict=False))
    except (ValueError, PydanticCustomError):
        hint = "FIRST-LAST, or a network such as 10.0.0.240/28."
        raise BadUsage(f"address-pools: {pool}: {quoted(text)} is not a range of addresses", hint=hint) from None


def _renamed(entry: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {new: entry[old] for old, new in names.items() if entry.get(old) is not None}


def _known(where: str, entry: Mapping[str, Any], names: Iterable[str]) -> None:
    for key in entry:
        if key not in names:
            place = f"{where}: " if where else ""
            raise BadUsage(f"{place}{quoted(key)} is no key of MetalLB's; {nearest(str(key), names)}", hint=_HINT)


def _entries(entry: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    return [_mapping(each, key) for each in _list(entry.get(key), key)]


def _list(value: object, where: str) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, list):
        return value
    raise BadUsage(f"{where}: is no list", hint=_HINT)


def _texts(value: object) -> list[str]:
    return [str(one) for one in _list(value, "values")]


def _mapping(value: object, where: str) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return value
    raise BadUsage(f"{where}: is no mapping", hint=_HINT)
