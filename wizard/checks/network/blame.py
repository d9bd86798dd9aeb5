"""Whose fault it is: what is bad on every way of one node is that node's; the rest is told at the node asked."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from wizard.checks.network.links import Link, Links, Way

MOST = 0.8
"""The share of a node's ways that must be bad for it to be the node's own: loss spares a way now and then."""


def blamed(links: Links) -> dict[str, list[Link]]:
    """Return the bad links between nodes by the node to look at first.

    That is the target, unless one source gets none of several targets on that port while others do.
    """
    tried = [
        link for link in links.all() if {link.source, link.target} <= links.roles.keys() and link.answer != "untried"
    ]
    bad = [link for link in tried if link.bad]
    into, out = Counter(map(_into, tried)), Counter(map(_out, tried))
    closed_into, closed_out = Counter(map(_into, bad)), Counter(map(_out, bad))
    found: dict[str, list[Link]] = {}
    for link in bad:
        all_in = closed_into[_into(link)] == into[_into(link)] > 1
        all_out = closed_out[_out(link)] == out[_out(link)] > 1
        found.setdefault(link.source if all_out and not all_in else link.target, []).append(link)
    return found


def _into(link: Link) -> tuple[str, str]:
    return link.label, link.target


def _out(link: Link) -> tuple[str, str]:
    return link.label, link.source


def blamed_ways(bad: Collection[Way], asked: Collection[Way]) -> Mapping[str, list[Way]]:
    """Return the bad ways by node: those of a node most of whose ways are bad are its alone, others are both ends'."""
    whole = _whole(set(bad), asked)
    found: dict[str, list[Way]] = {}
    for way in bad:
        ends = {way.source, way.target}
        for name in sorted(ends & whole or ends):
            found.setdefault(name, []).append(way)
    return found


def _whole(bad: set[Way], asked: Iterable[Way]) -> set[str]:
    """Return the nodes most of whose ways are bad, the worst taken first and its ways out of the others' account."""
    rest, whole = list(asked), set[str]()
    while shares := _shares(bad, rest):
        worst = max(sorted(shares), key=lambda name: shares[name])
        whole.add(worst)
        rest = [way for way in rest if worst not in (way.source, way.target)]
    return whole


def _shares(bad: set[Way], asked: Collection[Way]) -> dict[str, float]:
    """Return node → share of bad ways, of those to it and those from it, where it is at least MOST."""
    found: dict[str, float] = {}
    for end in ("target", "source"):
        every = Counter(getattr(way, end) for way in asked)
        for name, count in Counter(getattr(way, end) for way in asked if way in bad).items():
            if every[name] > 1 and count / every[name] >= MOST:
                found[name] = found.get(name, 0.0) + count / every[name]
    return found
