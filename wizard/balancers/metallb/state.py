"""What a node's probe tells of MetalLB in its cluster, and of the networks that it announces in."""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from wizard.hosts.facts import Facts
from wizard.hosts.script import load_script
from wizard.rollout.step import Survey
from wizard.site import Site
from wizard.spec.address import Network
from wizard.spec.span import Span
from wizard.stamps import read_stamps

ROOM = Path(__file__).parent
PROBE = load_script(ROOM, "probe_metallb")
LOOK = load_script(ROOM, "look_metallb")


@dataclass(frozen=True, slots=True)
class Link:
    """A network that a node has an address in."""

    network: Network

    def within(self, span: Span) -> bool:
        """Tell whether all addresses of a span lie in this network."""
        return self.network.version == span.version and span.first in self.network and span.last in self.network


@dataclass(frozen=True, slots=True)
class MetallbState:
    """MetalLB as a node sees it; "" and nothing where it is no server, or the API did not answer."""

    version: str
    available: bool
    addresses: dict[str, tuple[str, ...]]
    """Those of each ingress controller's Service, by the Service's name."""
    links: tuple[Link, ...]
    stamps: Mapping[str, str]
    """What the wizard has noted in the cluster, where it applies MetalLB itself."""
    pools: frozenset[str]
    """The pools that are there."""


def read_state(facts: Facts) -> MetallbState:
    """Return what the probe says; never raises, whatever the node printed."""
    version, _, available = facts.first("x.metallb.controller").partition(" ")
    addresses: dict[str, tuple[str, ...]] = {}
    for line in facts.lists.get("x.metallb.address", ()):
        service, _, address = line.strip().partition(" ")
        addresses[service] = (*addresses.get(service, ()), address)
    links = tuple(_links(facts.lists.get("x.metallb.link", ())))
    stamps, pools = read_stamps(facts.first("x.metallb.stamps")), frozenset(facts.lists.get("x.metallb.pool", ()))
    return MetallbState(version.removeprefix("v"), available.strip() not in ("", "0"), addresses, links, stamps, pools)


def seen(site: Site, survey: Survey) -> MetallbState:
    """Return what the first node says of the cluster that was asked; nothing where none was."""
    states = [read_state(survey.facts[node.name]) for node in site.spec.api_nodes if node.name in survey.facts]
    return next((state for state in states if state.version or state.stamps), read_state(Facts()))


def _links(lines: Iterable[str]) -> Iterable[Link]:
    for line in lines:
        try:
            network = ipaddress.ip_interface(line.strip()).network
        except ValueError:
            continue
        yield Link(network)
