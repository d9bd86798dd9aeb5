"""Which node asks which: all pairs of a small site, a sample of a large one that leaves no node and no subnet out."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from ipaddress import ip_interface

from wizard.spec.models import Node, Spec

ALL_PAIRS_UP_TO = 50
SUBNETS_UP_TO = 40
_PREFIX = {4: 24, 6: 64}


@dataclass(frozen=True, slots=True)
class Mesh:
    """Pairs of names (source, target), each once."""

    pairs: tuple[tuple[str, str], ...]
    sampled: str = ""
    """What was left out, in a sentence; "" for all pairs."""

    @property
    def nodes(self) -> tuple[str, ...]:
        """Every node that asks or is asked, each once."""
        return tuple(dict.fromkeys(name for pair in self.pairs for name in pair))

    def about(self, names: Collection[str] | None, *, among: Collection[str]) -> "Mesh":
        """Return the pairs that one of `names` (any, when None) is in, both of them in `among`."""
        wanted, there = None if names is None else set(names), set(among)
        return Mesh(
            tuple(pair for pair in self.pairs if there.issuperset(pair) and (wanted is None or wanted & set(pair))),
            self.sampled,
        )


def mesh(spec: Spec, *, all_up_to: int = ALL_PAIRS_UP_TO) -> Mesh:
    """Return the pairs to ask. Above `all_up_to` nodes: servers all among themselves, each agent one server and its
    neighbour in the list, and each subnet every other one, by nodes taken in turn. Above SUBNETS_UP_TO subnets, each
    asks those 1, 2, 4, 8 … places further on in the list, so that the number of pairs stays near that of nodes.
    """
    nodes = spec.nodes
    every = len(nodes) * (len(nodes) - 1)
    if len(nodes) <= all_up_to:
        return Mesh(tuple((a.name, b.name) for a in nodes for b in nodes if a is not b))
    pairs = dict.fromkeys((a.name, b.name) for a, b in _sample(spec) if a is not b)
    subnets = len(_subnets(spec))
    others = "every other" if subnets <= SUBNETS_UP_TO else f"{len(_asked(0, subnets))} of the other {subnets - 1}"
    return Mesh(
        tuple(pairs),
        f"{len(nodes)} nodes make {every} pairs: {len(pairs)} of them were asked, so that each node asks and is asked, "
        f"each agent asks a server, and each subnet asks {others}",
    )


def _sample(spec: Spec) -> Iterator[tuple[Node, Node]]:
    servers, agents = spec.servers, spec.agents
    yield from ((a, b) for a in servers for b in servers)
    yield from ((agent, servers[turn % len(servers)]) for turn, agent in enumerate(agents))
    subnets = _subnets(spec)
    ordered = [node for members in subnets.values() for node in members]
    yield from zip(ordered, [*ordered[1:], ordered[0]], strict=True)
    lots = list(subnets.values())
    for near, sources in enumerate(lots):
        for far in _asked(near, len(lots)):
            # Taken in turn by the number of the other subnet, no member does all the work of its own.
            yield sources[far % len(sources)], lots[far][near % len(lots[far])]


def _asked(near: int, subnets: int) -> list[int]:
    """Return the places of the subnets that the one at place `near` asks."""
    if subnets <= SUBNETS_UP_TO:
        return [far for far in range(subnets) if far != near]
    return [(near + (1 << power)) % subnets for power in range((subnets - 1).bit_length())]


def _subnets(spec: Spec) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    for node in spec.nodes:
        found.setdefault(subnet(node.inner_address), []).append(node)
    return found


def subnet(address: str) -> str:
    """Return the /24 (IPv6: /64) an address is in; "" for a name."""
    try:
        version = ip_interface(address).version
    except ValueError:
        return ""
    return str(ip_interface(f"{address}/{_PREFIX[version]}").network)
