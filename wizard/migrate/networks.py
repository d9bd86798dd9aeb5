"""Networks for the new cluster that share no address with anything that the old one uses."""

import ipaddress
from collections.abc import Iterable, Iterator, Sequence

from wizard.errors import BadUsage
from wizard.spec.address import Network, as_ip, overlap

# Where is looked, in this order: of 10/8 what sites use least first, then shared address space (RFC 6598).
_PRIVATE = ("10.64.0.0/10", "10.128.0.0/9", "172.16.0.0/12", "100.64.0.0/10", "192.168.0.0/16", "10.0.0.0/10")
_ULA = ("fd40::/10", "fd00::/8")
_BLOCK = {4: 20, 6: 48}
_TRIES = 5_000  # blocks of one space
_SERVICES = {4: (12, 27), 6: (108, 123)}
"""The prefixes that the API server and RKE2 take for services: wizard/spec/network_rule.py."""
_SHARE = {4: 24, 6: 64}
"""The prefix of each node's part of the pods' network."""


class Free:
    """Hands out networks; each is taken from then on."""

    def __init__(self, taken: Iterable[str]) -> None:
        """`taken` are networks and addresses; names are passed over, as nobody knows what they lead to."""
        self._taken = [network for text in taken for network in _network(text)]

    def pods(self, old: Sequence[Network], nodes: int) -> tuple[str, ...]:
        """Return networks for pods in the place of the old ones: as wide, or wider where `nodes` need it."""
        return tuple(self._next(one, _for_nodes(one, nodes)) for one in old)

    def services(self, old: Sequence[Network]) -> tuple[str, ...]:
        """Return networks for services in the place of the old ones, as wide as is taken."""
        return tuple(self._next(one, _SERVICES[one.version]) for one in old)

    def _next(self, old: Network, allowed: tuple[int, int]) -> str:
        low, high = allowed
        wanted = min(max(old.prefixlen, low), high)
        # A network as wide as half the private space has no second one beside it: then a narrower one.
        for prefix in range(wanted, high + 1):
            for network in _candidates(old.version, prefix):
                if not any(overlap(network, other) for other in self._taken):
                    self._taken.append(network)
                    return str(network)
        raise BadUsage(
            f"no private IPv{old.version} network is free of what is in use",
            hint="Name fewer networks by --avoid, or set network in the new spec by hand.",
        )


def _for_nodes(old: Network, nodes: int) -> tuple[int, int]:
    """The widest and the narrowest prefix for pods."""
    narrowest = _SHARE[old.version] - max(nodes - 1, 0).bit_length()
    return (8 if old.version == 4 else 40), narrowest


def _candidates(version: int, prefix: int) -> Iterator[Network]:
    """Yield one network of a prefix from each block: thousands within one that is taken would lead nowhere."""
    block = min(prefix, _BLOCK[version])
    for text in _PRIVATE if version == 4 else _ULA:
        space = ipaddress.ip_network(text)
        if block < space.prefixlen:
            continue
        step = 1 << (space.max_prefixlen - block)
        for number in range(min(_TRIES, space.num_addresses // step)):
            yield ipaddress.ip_network(f"{space.network_address + number * step}/{prefix}")


def _network(text: str) -> Iterator[Network]:
    address = as_ip(text)
    if address:
        yield ipaddress.ip_network(address)
        return
    try:
        yield ipaddress.ip_network(text, strict=False)
    except ValueError:
        return
