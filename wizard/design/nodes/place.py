"""Where a node is, as it is written: `user@host:port`, its ranges spread out."""

from dataclasses import dataclass

from wizard.design.nodes.fault import NotUnderstood
from wizard.design.nodes.ranges import AT_MOST, addresses, spread
from wizard.spec.address import split_place
from wizard.spec.problem import quoted

LONGEST = 300
LIST_AT_MOST = 5000
"""Nodes in a list: as many as a spec may hold."""


@dataclass(frozen=True, slots=True)
class Place:
    """An address, with the user and port written beside it."""

    address: str
    user: str = ""
    port: str = ""


def places(text: str) -> tuple[Place, ...]:
    """Return every place that one piece of text stands for. Raises NotUnderstood."""
    if len(text) > LONGEST:
        raise NotUnderstood(f"{quoted(text)} is {len(text):,} characters long", "an address or a name has at most 253")
    found = []
    for one in spread(text.removeprefix("ssh://").rstrip("/")):
        user, host, port = split_place(one)
        if not host or one.startswith("@") or (one.endswith(("@", ":")) and not host.endswith(":")):
            raise NotUnderstood(f"{quoted(one)} is not a place", "user@host:port; user and port may be left out")
        found += [Place(address, user, port) for address in addresses(host)]
        if len(found) > AT_MOST:
            raise NotUnderstood(f"{quoted(text)} stands for more than {AT_MOST} nodes", "smaller ranges")
    return tuple(found)
