"""Ranges of addresses as MetalLB's pools hold them: `10.0.0.240/28`, or `10.0.0.240-10.0.0.250`."""

import ipaddress
from dataclasses import dataclass
from functools import lru_cache

from wizard.spec.address import Ip, Network, as_ip, cidr
from wizard.spec.fault import fault
from wizard.spec.problem import quoted


@dataclass(frozen=True, slots=True)
class Span:
    """All addresses from `first` to `last`, of one family."""

    first: Ip
    last: Ip

    @property
    def version(self) -> int:
        """4 or 6."""
        return self.first.version

    def holds(self, address: str) -> bool:
        """Tell whether an address lies in it; a host name lies in none."""
        ip = as_ip(address)
        return ip is not None and ip.version == self.version and int(self.first) <= int(ip) <= int(self.last)

    def meets(self, other: "Span") -> bool:
        """Tell whether two spans share an address."""
        if self.version != other.version:
            return False
        return int(self.first) <= int(other.last) and int(other.first) <= int(self.last)

    def prefixes(self) -> tuple[int, ...]:
        """Return the lengths of the networks that the span is made of."""
        return tuple(network.prefixlen for network in ipaddress.summarize_address_range(self.first, self.last))


def address_range(text: str) -> str:
    """Take a range of addresses; return it in one spelling, or raise a fault."""
    first, dash, last = (part.strip() for part in text.partition("-"))
    if not dash:
        if ip := as_ip(first):
            raise fault(f"{quoted(text)} is one address, MetalLB wants a range", f"{ip}/{ip.max_prefixlen}")
        return cidr(first)
    low, high = as_ip(first), as_ip(last)
    if low is None or high is None:
        raise fault(f"{quoted(text)} is not a range of addresses", "FIRST-LAST, such as 10.0.0.240-10.0.0.250")
    if low.version != high.version:
        raise fault(f"{quoted(text)} begins in IPv{low.version} and ends in IPv{high.version}", "one family")
    if int(low) > int(high):
        raise fault(f"{quoted(text)} ends before it begins", f"{high}-{low}")
    return f"{low}-{high}"


@lru_cache(maxsize=4096)
def span(text: str) -> Span:
    """Return the span of a text that `address_range` accepted."""
    first, dash, last = text.partition("-")
    low, high = as_ip(first), as_ip(last)
    return Span(low, high) if dash and low and high else span_of(ipaddress.ip_network(text))


def span_of(network: Network) -> Span:
    """Return all addresses of a network, its first and last included."""
    return Span(network.network_address, network.broadcast_address)
