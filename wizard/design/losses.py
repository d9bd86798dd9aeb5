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
            yield f"any {count(servers, pool.role) if servers > 1 else f'one {pool.role}'} of {pool.count}"
    away = sizing.workers - sizing.left
    if away and not design.together:
        name = next(pool.role for pool in sizing.pools if pool.works)
        yield (
            f"{count(away, name)} of {sizing.workers}: {sizing.left} carry everything, "
            f"{count(sizing.pods_on_node, 'pod')} on each"
        )
    match design.spread:
        case "zones" if wish.nodes_away or wish.survives_site:
            yield f"a whole {'data centre' if wish.sites > 1 else 'zone'}"
        case "each_site":
            yield (
                "a whole data centre" if wish.survives_site else "a whole data centre, with less room for applications"
            )
        case "one_site":
            yield "the control plane survives the loss of the other data centres"
    if servers:
        yield "patches and upgrades, one server at a time"


def _loses(design: Design, wish: Wish, sizing: Sizing) -> Iterator[str]:
    servers = nodes_survived(design, sizing)
    if servers:
        yield f"{servers + 1} servers at once: the cluster can't be changed until one is back or a snapshot is restored"
    else:
        yield "its server: everything stops until it is back or a snapshot is restored"
        yield "patches and upgrades of the server without downtime"
    match design.spread:
        case "none":
            yield "the place it stands in"
        case "one_site":
            yield "the data centre with the servers: what runs elsewhere goes on, but nothing can be changed"
        case "zones":
            yield f"two {'data centres' if wish.sites > 1 else 'zones'} at once"
    if wish.storage == "local-path":
        yield "a node's disk: data on it by local-path is gone with it"
    if wish.storage == "nfs":
        yield "the NFS server: applications with data on it stop"
    if not wish.nodes_away and not design.together:
        yield "a worker: there is no room kept free for what ran on it"
