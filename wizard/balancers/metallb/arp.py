"""What keeps an address that is announced by ARP from being found, as far as nodes tell: for the plan's notes.

Source: MetalLB documentation, "Troubleshooting" and "Compatibility, cloud platforms"; metallb/metallb issues 253, 259,
1873.
"""

from collections.abc import Iterable, Iterator, Sequence

from wizard.balancers.metallb.state import MetallbState, read_state
from wizard.site import Site
from wizard.spec.metallb import Layer2, Metallb
from wizard.spec.models import Node
from wizard.spec.span import span

Seen = Sequence[tuple[Node, MetallbState]]


def doubts(site: Site, metallb: Metallb) -> tuple[str, ...]:
    """Return what of the pools that are announced by ARP will not be found, or not from everywhere."""
    if not metallb.announced_l2:
        return ()
    facts = site.survey.facts
    seen = [(node, read_state(facts[node.name])) for node in site.spec.nodes if node.name in facts]
    return (*_far(metallb, (state for _, state in seen)), *_silent(metallb, seen), *_by_radio(seen), *_guarded(seen))


def _far(metallb: Metallb, states: Iterable[MetallbState]) -> Iterator[str]:
    links = {link for state in states for link in state.links}
    if not links:
        return
    by_arp = [way.pools for way in metallb.announced_l2]
    for pool in metallb.pools:
        if not any(not names or pool.name in names for names in by_arp):
            continue
        for text in pool.addresses:
            one = span(text)
            if not any(link.within(one) for link in links):
                yield (
                    f"metallb: {text} of pool {pool.name} lies in no network of a node; clients find it only where a "
                    "router has a route for it to the nodes"
                )


def _silent(metallb: Metallb, seen: Seen) -> Iterator[str]:
    for index, way in enumerate(metallb.announced_l2):
        if not way.interfaces:
            continue
        without = [
            node.name
            for node, state in seen
            if _chosen(way, node) and state.interfaces and not state.interfaces & set(way.interfaces)
        ]
        if without:
            yield (
                f"metallb.l2[{index}]: no interface {' or '.join(way.interfaces)} on {_few(without)}: "
                "nothing is announced from there"
            )


def _by_radio(seen: Seen) -> Iterator[str]:
    names = [node.name for node, state in seen if any(link.name in state.radio for link in state.links)]
    if names:
        yield (
            f"metallb: addresses by Wi-Fi on {_few(names)}: access points often let no ARP for other addresses "
            "through; name wired interfaces in metallb.l2"
        )


def _guarded(seen: Seen) -> Iterator[str]:
    names = {state.platform: node.name for node, state in seen if state.platform}
    for platform, name in names.items():
        yield (
            f"metallb: {name} is a machine of {platform}, which lets it answer for its own addresses only: nobody "
            "reaches those of a pool, unless the platform is told of them; take bgp, or the platform's own balancer"
        )


def _chosen(way: Layer2, node: Node) -> bool:
    return all(node.labels.get(key) == value for key, value in way.nodes.items())


def _few(names: list[str]) -> str:
    return f"{', '.join(names[:5])}{' and others' if len(names) > 5 else ''}"
