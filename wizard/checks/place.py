"""Where a host is by its name or address alone: inside of a site, or out on the internet."""

import ipaddress
from urllib.parse import urlsplit

from wizard.checks.seen import resolved
from wizard.hosts.facts import Facts
from wizard.profiles import profile
from wizard.spec.address import as_ip

# 100.64.0.0/10: carriers' and overlays'.
SHARED = ipaddress.ip_network("100.64.0.0/10")


def private(address: str) -> bool:
    """Return whether the internet does not reach an address; False for what is none."""
    ip = as_ip(address)
    return ip is not None and (ip.is_private or ip.is_link_local or (ip.version == 4 and ip in SHARED))


def public_name(host: str) -> bool:
    """Return whether a name may be one of the internet's: it has a domain, and that is not kept for private use."""
    labels = host.lower().rstrip(".").split(".")
    return len(labels) > 1 and labels[-1] not in profile("places")["domains"] and not as_ip(host)


def outside(host: str, facts: Facts) -> bool:
    """Return whether what goes to a host leaves the site, as far as its name and a node's own look-up tell.

    A name of a public domain counts as outside unless the node finds a private address for it.
    """
    if as_ip(host):
        return not private(host)
    found = resolved(facts, host)
    return public_name(host) and not (found and private(found))


def holds(network: str, address: str) -> bool:
    """Return whether an address lies in a network; False where one of them is none."""
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def host_of(place: str) -> str:
    """Return the host of a URL, or of host, host:port as registries are named."""
    try:
        return urlsplit(place if "://" in place else f"//{place}").hostname or ""
    except ValueError:
        return ""
