"""What a balancer's probe tells of its networks and of keepalived."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from wizard.balancers.kept import joined_script
from wizard.hosts.facts import Facts
from wizard.spec.address import as_ip

ROOM = Path(__file__).parent
PROBE = joined_script(ROOM, "probe_keepalived", "platform")
CLOUDS = ("AWS", "Google Cloud", "Azure")
"""Where no address moves by ARP, whatever one allows. OpenStack lets it, for addresses that it is told of."""
_DEVICE = re.compile(r"[A-Za-z0-9][-A-Za-z0-9_.:]{0,14}")


@dataclass(frozen=True, slots=True)
class Link:
    """An address of a machine, the length of its network's prefix, and the interface that has it."""

    device: str
    address: str
    prefix: int


@dataclass(frozen=True, slots=True)
class KeepalivedState:
    """keepalived on one machine; "" where it is not installed, not configured, or its unit unknown."""

    version: str
    marker: str
    active: str
    enabled: str
    links: tuple[Link, ...]
    macs: tuple[str, ...]
    cloud: str
    """The cloud that it is a machine of, "" for none that is known."""

    def carries(self, address: str) -> bool:
        """True while the machine has this address."""
        return any(link.address == address for link in self.links)


def read_state(facts: Facts) -> KeepalivedState:
    """Return what the probe says; never raises, whatever the machine printed."""
    active, enabled = facts.units.get("keepalived", ("", ""))
    return KeepalivedState(
        version=facts.first("x.keepalived.version"),
        marker=facts.first("x.keepalived.marker"),
        active=active,
        enabled=enabled,
        links=tuple(_links(facts.lists.get("x.vip.link", ()))),
        macs=tuple(mac.strip().lower() for mac in facts.lists.get("x.vip.mac", ())),
        cloud=platform if (platform := facts.first("x.vip.platform")) in CLOUDS else "",
    )


def link_towards(links: Iterable[Link], vip: str) -> Link | None:
    """Return the link in whose network `vip` lies, the narrowest of several; the virtual IP itself is none."""
    wanted = as_ip(vip)
    found = [link for link in links if wanted and link.address != str(wanted) and wanted in _network(link)]
    return max(found, key=lambda link: link.prefix, default=None)


def _network(link: Link) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(f"{link.address}/{link.prefix}", strict=False)


def _links(lines: Iterable[str]) -> Iterable[Link]:
    for line in lines:
        device, _, place = line.strip().partition(" ")
        device = device.partition("@")[0]
        try:
            interface = ipaddress.ip_interface(place)
        except ValueError:
            continue
        if _DEVICE.fullmatch(device):
            yield Link(device, str(interface.ip), interface.network.prefixlen)
