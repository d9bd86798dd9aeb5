"""Addresses and networks, in one spelling each so that they can be compared."""

import ipaddress
import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import product

from wizard.spec.fault import fault
from wizard.spec.problem import quoted

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_HOST_LABEL = re.compile(r"[A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9])?")
_DOTTED = re.compile(r"[0-9.]+")


def as_ip(text: str) -> Ip | None:
    """Return an address, IPv4 also where it is written as IPv6 (`::ffff:10.0.0.1`); None for a host name."""
    try:
        ip = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        return ip.ipv4_mapped
    return ip


@lru_cache(maxsize=8192)  # a list of nodes asks for the same ones over and over
def same_form(text: str) -> str:
    """Return one spelling for all the ways to write an address: `FD00:0::1` and `fd00::1` give the same."""
    ip = as_ip(text)
    return str(ip) if ip else text.lower().rstrip(".")


def host(text: str) -> str:
    """Take an IP address or a host name; return it, or raise a fault."""
    if as_ip(text):
        return _without_scope(text)
    if _DOTTED.fullmatch(text):
        raise fault(f"{quoted(text)} is not an IP address", "four numbers from 0 to 255, without leading zeros")
    labels = text.rstrip(".").split(".")
    if len(text) <= 253 and all(_HOST_LABEL.fullmatch(label) for label in labels):
        return text
    raise fault(f"{quoted(text)} is not an address", "an IP address or a host name, without port or user")


def split_place(text: str) -> tuple[str, str, str]:
    """Take `user@host:port`; return user, host and port, "" where not given. IPv6 with a port stands in brackets."""
    user, _, place = text.rpartition("@")
    inside, bracket, rest = place.removeprefix("[").partition("]")
    if place.startswith("[") and bracket and rest[:1] in ("", ":"):
        return user, inside, rest.removeprefix(":")
    if place.count(":") > 1 or place.startswith("["):
        return user, place, ""
    name, _, port = place.partition(":")
    return user, name, port


def node_ips(text: str) -> str:
    """Take one IP address, or one of each family joined by a comma; return it, or raise a fault."""
    ips = [as_ip(part.strip()) for part in text.split(",")]
    found = [ip for ip in ips if ip]
    if len(found) != len(ips):
        raise fault(
            f"{quoted(text)} is not an IP address", "an IP address; for dual stack an IPv4 and an IPv6 with a comma"
        )
    if len({ip.version for ip in found}) != len(found):
        raise fault(f"{quoted(text)} holds two addresses of one family", "one IPv4 and one IPv6")
    return ",".join(_without_scope(part.strip()) for part in text.split(","))


def cidr(text: str) -> str:
    """Take a network; return it in its shortest spelling, or raise a fault."""
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        pass
    try:
        meant = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise fault(f"{quoted(text)} is not a network", "a CIDR such as 10.42.0.0/16") from None
    raise fault(f"{quoted(text)} has bits beyond its prefix", f"the network is {meant}")


def networks(cidrs: Iterable[str]) -> tuple[Network, ...]:
    """Return networks for texts that `cidr` accepted."""
    return tuple(ipaddress.ip_network(text) for text in cidrs)


def overlap(one: Network, other: Network) -> bool:
    """Tell whether two networks share an address; those of two families never do."""
    return one.version == other.version and one.overlaps(other)


def overlapping(ours: Iterable[str], theirs: Iterable[str]) -> list[tuple[str, str]]:
    """Return the pairs of networks, one of each side, that share an address."""
    return [(str(a), str(b)) for a, b in product(networks(ours), networks(theirs)) if overlap(a, b)]


def holds(network: Network, address: str) -> bool:
    """Tell whether an address lies in a network; a host name lies in none."""
    ip = as_ip(address)
    return ip is not None and ip.version == network.version and ip in network


def _without_scope(text: str) -> str:
    if "%" in text:
        raise fault(f"{quoted(text)} holds on one link only", "an address without %interface")
    return text
