"""Judges how ways carry: round trips, loss, and the largest packet that comes through undivided."""

from collections.abc import Callable, Iterable, Mapping

from wizard.checks.finding import Said, fail, ok, skipped, warn
from wizard.checks.network.blame import blamed_ways
from wizard.checks.network.links import Links, Way
from wizard.checks.network.reading import Opened
from wizard.checks.network.words import named
from wizard.profiles import profile
from wizard.spec.models import Spec

LOST_AT_LEAST = 2
"""A single lost packet happens."""


def latency(spec: Spec, links: Links) -> dict[str, Said]:
    """Return what to say of each node's round trips; between servers, etcd's limits hold."""
    servers = {node.name for node in spec.etcd_nodes}
    timed = [way for way in links.ways.values() if way.by]
    # Each kind is weighed by itself: what is far for etcd is near for everything else.
    between = [way for way in timed if {way.source, way.target} <= servers]
    found = _slow(timed, profile("network")["any_ms"], "", ".")
    slow = _slow(
        between,
        profile("network")["etcd_ms"],
        " between etcd members",
        ", or keep etcd on servers of one site: make it an agent.",
    )
    return found | {name: said for name, said in slow.items() if found[name].verdict == "ok"}


def _slow(ways: list[Way], limit: Mapping[str, float], where: str, instead: str) -> dict[str, Said]:
    def told(name: str, bad: list[Way]) -> Said:
        slowest = max(bad, key=lambda way: way.median_ms)
        say = fail if slowest.median_ms > limit["fail"] else warn
        return say(
            f"{slowest.median_ms:.0f} ms to and from {_others(name, bad)} (median; p99 {slowest.p99_ms:.0f} ms)",
            wanted=f"{limit['warn']} ms at most{where}",
            next_move=f"Look at {name}'s link and route{instead}",
        )

    def fine(ways: list[Way]) -> Said:
        return ok(f"median {max(way.median_ms for way in ways):.1f} ms, p99 {max(way.p99_ms for way in ways):.1f} ms")

    return _each(ways, lambda way: way.median_ms > limit["warn"], told, fine)


def loss(links: Links, opened: Mapping[str, Opened]) -> dict[str, Said]:
    """Return what to say of the packets each node's ways lose."""
    limit = profile("network")["loss_percent"]

    def lossy(way: Way) -> bool:
        return way.sent - way.received >= LOST_AT_LEAST and way.loss_percent >= limit["warn"]

    def told(name: str, bad: list[Way]) -> Said:
        sent, received = sum(way.sent for way in bad), sum(way.received for way in bad)
        percent = 100 * (sent - received) / sent
        rule = next((each for each in opened.get(name, Opened()).rules if "numgen random" in each.text), None)
        say = fail if percent >= limit["fail"] else warn
        return say(
            f"{percent:.1f} % of {sent} packets lost to and from {_others(name, bad)}",
            wanted=f"less than {limit['warn']} %",
            next_move=f"On {name}: nft delete rule {rule.place} handle {rule.handle} ({rule.text})"
            if rule
            else f"Look at {name}'s cable, card and switch port: `ip -s link` there counts errors and drops.",
        )

    def fine(ways: list[Way]) -> Said:
        return ok(f"{sum(way.sent - way.received for way in ways)} of {sum(way.sent for way in ways)} packets lost")

    return _silent(links) | _each([way for way in links.ways.values() if way.sent], lossy, told, fine)


def mtu(spec: Spec, links: Links) -> dict[str, Said]:
    """Return what to say of the largest packets that come through undivided, by node."""
    overhead = profile("network")["overhead_bytes"].get(spec.network.cni[-1], 50)

    def told(name: str, bad: list[Way]) -> Said:
        least, wanted = min(way.mtu for way in bad), max(way.mtu_wanted for way in bad)
        carries = f"{least} bytes" if least else "less than 1280 bytes"
        return fail(
            f"{carries} come through to and from {_others(name, bad)}, the interfaces send {wanted}",
            wanted=f"{wanted} bytes on the whole way",
            next_move=f"Give {name}'s interface, its switch port and what lies between an MTU of {wanted}; "
            f"or give all nodes {least or 1280}, which leaves pods {max(least, 1280) - overhead}.",
        )

    def fine(ways: list[Way]) -> Said:
        return ok(f"{min(way.mtu for way in ways)} bytes come through undivided")

    known = [way for way in links.ways.values() if way.mtu_wanted]
    return _silent(links) | _each(known, lambda way: way.mtu < way.mtu_wanted, told, fine)


def bandwidth(links: Links) -> dict[str, Said]:
    """Return what to say of how fast each node sends; nothing where it was not measured."""
    least = profile("network")["mbit_s"]
    found: dict[str, Said] = {}
    for way in links.ways.values():
        saw = f"{way.mbit_s:.0f} Mbit/s to {way.target}"
        move = f"Look at the speed that the cards of {way.source} and {way.target} agreed on: `ethtool` names it."
        if way.mbit_s >= least:
            found[way.source] = ok(saw)
        elif way.mbit_s:
            found[way.source] = warn(saw, wanted=f"{least} Mbit/s at least", next_move=move)
    return found


def _silent(links: Links) -> dict[str, Said]:
    """Return what to say of nodes of which no ping tells."""
    said = skipped("pings are not answered", next_move="Let ICMP echo requests in between the nodes, and check again.")
    return dict.fromkeys(_by_node(links.ways.values()), said)


def _each(
    ways: list[Way],
    bad: Callable[[Way], bool],
    told: Callable[[str, list[Way]], Said],
    fine: Callable[[list[Way]], Said],
) -> dict[str, Said]:
    guilty = blamed_ways([way for way in ways if bad(way)], ways)
    good = {name: fine(own) for name, own in _by_node(ways).items()}
    return good | {name: told(name, own) for name, own in guilty.items()}


def _by_node(ways: Iterable[Way]) -> dict[str, list[Way]]:
    found: dict[str, list[Way]] = {}
    for way in ways:
        for name in (way.source, way.target):
            found.setdefault(name, []).append(way)
    return found


def _others(name: str, ways: Iterable[Way]) -> str:
    return named(way.target if way.source == name else way.source for way in ways)
