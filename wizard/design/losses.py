"""What a sized design survives, and what it does not."""

from collections.abc import Iterator

from wizard.design.amount import count
from wizard.design.design import Design
from wizard.design.design_rules import nodes_survived
from wizard.design.sizing import Sizing
from wizard.design.wish import Wish


def survives(design: Design, wish: Wish, sizing: Sizing) -> tuple[str, ...]:
    """Return what may be lost while the cluster and its applications go on."""
    return tuple(_survives(design, wish, sizing))


def loses(design: Design, wish: Wish, sizing: Sizing) -> tuple[str, ...]:
    """Return what it does not survive, and what is lost then."""
    return tuple(_loses(design, wish, sizing))


def _survives(design: Design, wish: Wish, sizing: Sizing) -> Iterator[str]:
    servers = nodes_survived(design, sizing)
    for pool in sizing.pools:
        if pool.manages and servers:
            lost = min(servers, pool.count - 1)
            yield f"the loss of any {lost} of {pool.named(pool.count)}"
    away = sizing.workers - sizing.left
    if away and not design.together:
        work = next(pool for pool in sizing.pools if pool.works)
        carry, where = ("carries", "it") if sizing.left == 1 else ("carry", "each")
        yield (
            f"the loss of any {away} of {work.named(sizing.workers)}: {sizing.left:,} {carry} everything, "
            f"{count(sizing.pods_on_node, 'pod')} on {where}"
        )
    match design.spread:
        case "zones" if wish.nodes_away or wish.survives_site:
            yield f"the loss of a whole {'data centre' if wish.sites > 1 else 'zone'}"
        case "each_site":
            less = "" if wish.survives_site else ", with less room for applications"
            yield f"the loss of a whole data centre{less}"
        case "one_site":
            others = "the other data centre" if wish.sites < 3 else "the other data centres"
            yield f"the loss of {others}: the control plane stays whole"
    if servers:
        yield "patch and upgrade of its servers, one at a time"


def _loses(design: Design, wish: Wish, sizing: Sizing) -> Iterator[str]:
    servers = nodes_survived(design, sizing)
    if servers:
        yield f"the loss of {servers + 1} servers at once: nothing can be changed until one is back"
    else:
        yield "the loss of its server: everything stops until it is back or a snapshot is restored"
        yield "patch and upgrade of its server: it is down meanwhile"
    match design.spread:
        case "none":
            yield "the loss of the place it stands in"
        case "one_site":
            yield "the loss of the data centre with the servers: what runs elsewhere goes on, but can't be changed"
        case "zones":
            yield f"the loss of two {'data centres' if wish.sites > 1 else 'zones'} at once"
    if wish.storage == "local-path":
        yield "the loss of a node's disk: data that local-path keeps on it is gone"
    if wish.storage == "nfs":
        yield "the loss of the NFS server: applications with data on it stop"
    if not wish.nodes_away and not design.together:
        yield "the loss of a worker: no room is kept free for what ran on it"
