"""What a cluster has of snapshots and certificates, whichever distribution it is of."""

from collections.abc import Callable, Iterator

from wizard.checks.cluster.certificate import Certificate
from wizard.checks.cluster.look import all_certificates
from wizard.errors import HostError
from wizard.hosts.host import Host
from wizard.site import Site
from wizard.upgrade.restore import choice
from wizard.upgrade.restore.choice import Kept
from wizard.upgrade.rke1 import kept
from wizard.upkeep.rke1.certificates import in_state

_KNOWN: dict[str, Callable[[Site], tuple[Kept, ...]]] = {"rke1": kept.known}
_ASIDES: dict[str, Callable[[Site], Iterator[str]]] = {"rke1": kept.asides}


def snapshots(site: Site) -> tuple[Kept, ...]:
    """Return all snapshots of the cluster, here and on its nodes, the newest first."""
    return _KNOWN.get(site.spec.distribution, choice.known)(site)


def asides(site: Site) -> Iterator[str]:
    """Yield what a list of snapshots does not tell."""
    return _ASIDES.get(site.spec.distribution, choice.asides)(site)


def holders(site: Site) -> tuple[str, ...]:
    """Return the names of the nodes that snapshots lie on."""
    return tuple(node.name for node in site.spec.etcd_nodes)


async def certificates(
    site: Site, hosts: Callable[[str], Host]
) -> tuple[dict[str, tuple[Certificate, ...]], dict[str, HostError]]:
    """Return the certificates by node, and those that only this machine has; then why nodes could not be asked."""
    found, silent = await all_certificates([node.name for node in site.spec.nodes], hosts)
    return found | (in_state(site) if site.spec.distribution == "rke1" else {}), silent
