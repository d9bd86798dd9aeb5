"""Why a design fits these answers, and why not: sentences drawn from the answers, each with its weight.

Availability weighs only by servers beyond those it needs, so that asking for more of it never leads to fewer servers.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from wizard.design.amount import count, memory
from wizard.design.capacity.figures import up
from wizard.design.design import Design
from wizard.design.rules import most_latency_ms
from wizard.design.sizing import Sizing
from wizard.design.wish import Wish

SMALL_PODS = 100  # ours: up to about one node's worth of pods, applications may run beside the control plane
MEDIUM_WORKERS = 10  # design chapter: medium is for 2 to 10 workers


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence for (points above 0) or against a design; 0 points: worth knowing, moves nothing."""

    text: str
    points: int
    speaks_for: bool


Weigh = Callable[[Design, Wish, Sizing], Iterator[Reason]]


def reasons_of(design: Design, wish: Wish, sizing: Sizing) -> tuple[Reason, ...]:
    """Take a design, what is wanted and what it comes to; return what speaks for and against it, weightiest first."""
    found = [reason for weigh in _WEIGHED for reason in weigh(design, wish, sizing)]
    return tuple(sorted(found, key=lambda reason: -abs(reason.points)))


def _for(points: int, text: str) -> Reason:
    return Reason(text, points, True)


def _against(points: int, text: str) -> Reason:
    return Reason(text, -points, False)


def _distribution(design: Design, wish: Wish, sizing: Sizing) -> Iterator[Reason]:
    asked = wish.distribution
    if asked == design.distribution and not design.current:
        yield _for(60, f"You asked for {design.title.split()[0]}; it is taken only when somebody does.")
    elif asked == design.distribution:
        yield _for(0, "You asked for RKE2.")
    elif asked in ("rke1", "rancherd") and design.current:
        name = {"rke1": "RKE1", "rancherd": "RancherD"}[asked]
        yield _against(0, f"You asked for {name}; this is what to take instead of it.")
    for fact in design.aged:
        yield _against(0, fact)


def _availability(design: Design, wish: Wish, sizing: Sizing) -> Iterator[Reason]:
    servers = next(pool.count for pool in sizing.pools if "etcd" in pool.duties)
    needed = 2 * wish.nodes_away + 1
    wanted = (
        "no loss has to be survived",
        "the loss of one node must be survived",
        "the loss of a node must be survived while another is in maintenance",
    )[wish.nodes_away]
    said = wish.said("availability")
    if servers > needed:
        cost = 4 * (servers - needed)
        yield _against(cost, f"{said} that {wanted}: {count(needed, 'server')} would do, and this takes {servers}.")
    elif wish.nodes_away:
        yield _for(0, f"{said} that {wanted}: etcd keeps its majority, {servers - wish.nodes_away} of {servers}.")
    else:
        yield _for(0, f"{said} that {wanted}: one server is enough.")


def _load(design: Design, wish: Wish, sizing: Sizing) -> Iterator[Reason]:
    pods = f"{wish.said('pods')} {count(wish.pods, 'pod')} of {memory(wish.pod_memory_mib)}"
    grown = up(wish.pods * (100 + wish.growth_percent), 100)
    if grown > wish.pods:
        pods += f", {grown:,} with growth"
    work = next(pool for pool in sizing.pools if pool.works)
    carried = f"{count(sizing.left, 'node')} of {work.cpus} cores and {memory(work.memory_mib)}"
    if design.together and grown > SMALL_PODS:
        yield _against(25, f"{pods}: more than {SMALL_PODS} are better kept apart from the control plane.")
    elif design.together:
        yield _for(6, f"{pods}: they fit beside the control plane, on {carried}.")
    elif grown <= SMALL_PODS:
        yield _against(
            6, f"{pods}: few enough to run beside the control plane, without {sizing.workers} more machines."
        )
    else:
        yield _for(0, f"{pods}: they run apart from the control plane, on {carried} when others are away.")
    yield from _worker_count(design, wish, sizing)


def _worker_count(design: Design, wish: Wish, sizing: Sizing) -> Iterator[Reason]:
    if design.together:
        return
    most = design.group("work").most
    workers = count(sizing.workers, "worker")
    if most is not None and sizing.workers > most:
        yield _against(20, f"{workers} are needed; this design is meant for at most {most}.")
    elif design.size == "large" and sizing.workers <= MEDIUM_WORKERS and wish.nodes_away < 2:
        yield _against(10, f"{workers} don't need servers of this size.")


def _sites(design: Design, wish: Wish, sizing: Sizing) -> Iterator[Reason]:
    if wish.sites < 2:
        return
    said = f"{wish.said('data_centres')} {wish.sites} data centres"
    match design.spread:
        case "none":
            yield _against(15, f"{said}; this keeps everything in one of them.")
        case "one_site" if wish.sites > 2:
            yield _against(5, f"{said}; with three, servers can stand in each and survive the loss of one.")
        case "one_site":
            yield _for(10, f"{said}: etcd stays in one, applications run in both.")
        case "zones":
            yield _for(15, f"{said}: etcd keeps its majority when any one of them is lost.")
        case "each_site":
            yield _against(10, f"{said}: {sizing.clusters} clusters to look after.")
    yield from _distance(design, wish)


def _distance(design: Design, wish: Wish) -> Iterator[Reason]:
    far = f"{wish.said('latency_ms')} {wish.latency_ms} ms between data centres"
    most = most_latency_ms()
    if wish.latency_ms > most:
        if design.spread == "each_site":
            yield _for(40, f"{far}: each cluster stays within its own.")
        elif design.spread == "one_site":
            yield _against(12, f"{far}: agents in the other ones are far from their servers.")
    elif design.spread == "zones":
        yield _for(0, f"{far}: within the {most} ms that etcd takes.")
    if wish.survives_site and design.spread in ("zones", "each_site"):
        yield _for(20, f"{wish.said('data_centre_loss')} that the loss of a whole data centre must be survived.")


def _zones(design: Design, wish: Wish, sizing: Sizing) -> Iterator[Reason]:
    if wish.sites > 1 or wish.zones < 3 or not wish.nodes_away:
        return
    said = f"{wish.said('zones')} {wish.zones} zones that fail separately"
    if design.spread == "zones":
        yield _for(20, f"{said}: the loss of any one of them is survived.")
    else:
        yield _against(0, f"{said}; this design does not plan for the loss of one.")


def _neighbours(design: Design, wish: Wish, sizing: Sizing) -> Iterator[Reason]:
    if wish.mixes_production:
        text = f"{wish.said('mixes_production')} that production and non-production share the cluster"
        if design.together:
            yield _against(12, f"{text}; here they share the servers too.")
        else:
            yield _for(4, f"{text}: each can have workers of its own, by label and taint.")
    elif wish.several_environments and design.together:
        yield _against(
            6, f"{wish.said('environments')} that several environments share it; here they share the servers too."
        )


def _extras(design: Design, wish: Wish, sizing: Sizing) -> Iterator[Reason]:
    if wish.gpu_nodes and design.together:
        yield _against(4, f"{count(wish.gpu_nodes, 'GPU node')} join as workers, so nodes are not all alike any more.")
    if wish.storage == "longhorn" and design.size == "single":
        yield _against(8, "Longhorn keeps copies on three nodes; one node can hold one copy only.")
    if wish.rancher and design.together and design.size != "single":
        yield _for(2, "Rancher's requirements name three nodes like these.")
    if sizing.servers // sizing.clusters > 1 and wish.balancer in ("none", "dns"):
        what = "Nothing stands" if wish.balancer == "none" else "Only round-robin DNS stands"
        yield _against(0, f"{what} in front of the servers: nodes and users can meet one that is down.")
    elif sizing.servers // sizing.clusters > 1 and wish.balancer == "haproxy-single":
        yield _against(0, "One HAProxy stands in front of the servers: while it is down, nobody gets through to them.")


_WEIGHED: tuple[Weigh, ...] = (_distribution, _availability, _load, _sites, _zones, _neighbours, _extras)
