"""What to see to beside the design: sentences drawn from the answers."""

from collections.abc import Iterator

from wizard.design.capacity.gpu import gpu_notes
from wizard.design.capacity.layout import pods_for_work
from wizard.design.sizing import Sizing
from wizard.design.storage import storage_notes
from wizard.design.wish import Wish


def notes_of(wish: Wish, sizing: Sizing) -> tuple[str, ...]:
    """Take what is wanted and the sizing of the first design; return what to see to."""
    return (*_sharing(wish), *_servers(wish), *_network(wish), *storage_notes(wish), *gpu_notes(wish))


def _sharing(wish: Wish) -> Iterator[str]:
    if wish.mixes_production:
        yield (
            "Production beside non-production is not advised: take a cluster for each, or at least workers of their "
            "own, by label and taint (environment=production:NoSchedule), with quotas and network policies."
        )
    elif wish.several_environments:
        yield (
            "Several environments on one cluster want a project each, quotas, network policies, and a host name each "
            "on the balancer."
        )
    if wish.rancher and wish.pods > 0:
        yield "Rancher's cluster is best left to Rancher alone; your applications run on those it looks after."


def _servers(wish: Wish) -> Iterator[str]:
    if wish.sites == 2 and wish.nodes_away:
        yield "Send etcd's snapshots to the second data centre: they are the way back after the first one is lost."
    if wish.sites > 2 and wish.sites % 2 == 0:
        yield f"etcd stands in an odd number of the {wish.sites} data centres; the others have agents only."


def _network(wish: Wish) -> Iterator[str]:
    if wish.cni != "calico" and 2 ** (32 - wish.node_mask) < 2 * pods_for_work(wish):
        yield (
            f"A /{wish.node_mask} has fewer than twice as many addresses as {wish.pods_per_node} pods; while pods come "
            "and go quickly, new ones may wait for an address."
        )
    if wish.windows:
        yield "Windows workers join by the vendor's own installer; this wizard installs the Linux nodes."
