"""What a node's probe tells of MetalLB in its cluster, and of the networks that it announces in."""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from wizard.balancers.kept import joined_script
from wizard.hosts.facts import Facts
from wizard.hosts.script import load_script
from wizard.kube.stamps import read_stamps
from wizard.rollout.step import Survey
from wizard.site import Site
from wizard.spec.address import Network
from wizard.spec.span import Span

ROOM = Path(__file__).parent
PROBE = joined_script(ROOM, "probe_metallb", "platform")
LOOK = load_script(ROOM, "look_metallb")


@dataclass(frozen=True, slots=True)
class Link:
    """A network that a node has an address in."""

    network: Network
    name: str = ""
    """The interface that the address is on."""

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
    interfaces: frozenset[str]
    radio: frozenset[str]
    """Those of the interfaces that are Wi-Fi."""
    platform: str
    """The platform that lets a machine answer for no address but its own, "" for none that is known."""


def read_state(facts: Facts) -> MetallbState:
    """Return what the probe says; never raises, whatever the node printed."""
    version, _, available = facts.first("x.metallb.controller").partition(" ")
    addresses: dict[str, tuple[str, ...]] = {}
    for line in facts.lists.get("x.metallb.address", ()):
        service, _, address = line.strip().partition(" ")
        addresses[service] = (*addresses.get(service, ()), address)
    links = tuple(_links(facts.lists.get("x.metallb.link", ())))
    stamps, pools = read_stamps(facts.first("x.metallb.stamps")), frozenset(facts.lists.get("x.metallb.pool", ()))
    interfaces = [line.split() for line in facts.lists.get("x.metallb.interface", ()) if line.strip()]
    return MetallbState(
        version=version.removeprefix("v"),
        available=available.strip() not in ("", "0"),
        addresses=addresses,
        links=links,
        stamps=stamps,
        pools=pools,
        interfaces=frozenset(words[0] for words in interfaces),
        radio=frozenset(words[0] for words in interfaces if words[1:] == ["radio"]),
        platform=facts.first("x.metallb.platform"),
    )


def seen(site: Site, survey: Survey) -> MetallbState:
    """Return what the first node says of the cluster that was asked; nothing where none was."""
    states = [read_state(survey.facts[node.name]) for node in site.spec.api_nodes if node.name in survey.facts]
    return next((state for state in states if state.version or state.stamps), read_state(Facts()))


def _links(lines: Iterable[str]) -> Iterable[Link]:
    for line in lines:
        address, _, name = line.strip().partition(" ")
        try:
            network = ipaddress.ip_interface(address).network
        except ValueError:
            continue
        yield Link(network, name)
