"""What the network proof found: who reaches whom on which port, and how well the way between two nodes carries."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from wizard.checks.network.port import Protocol
from wizard.errors import WizardError

Answer = Literal["open", "in_use", "filtered", "rejected", "refused", "wrong", "unreachable", "untried"]
"""open: the right host answered. in_use: the port's own service did. filtered: silence. rejected: a firewall said no.

refused: nothing listens there. wrong: another host answered. unreachable: no way to the host at all. untried: could
not be asked, and why is said.
"""
GOOD: frozenset[Answer] = frozenset(("open", "in_use"))
WORST: tuple[Answer, ...] = ("unreachable", "wrong", "filtered", "rejected", "refused", "untried", "in_use", "open")
JUMP_HOST = "jump host"
"""Stands as source for the machine that the wizard runs on."""
DOOR = "registration address"
"""Stands as target for the address that nodes join at."""


@dataclass(frozen=True, slots=True)
class Link:
    """One port of one node, asked by another."""

    source: str
    target: str
    port: int
    protocol: Protocol
    answer: Answer
    said: str = ""
    """What was heard, or who holds the port, in plain words; "" when there is no more to say."""
    must: bool = True
    why: str = ""

    @property
    def good(self) -> bool:
        """True when the way is proven."""
        return self.answer in GOOD

    @property
    def bad(self) -> bool:
        """True when it is proven not to be there; what was not tried is neither."""
        return not self.good and self.answer != "untried"

    @property
    def label(self) -> str:
        """The port as firewalls write it, such as `6443/tcp`."""
        return f"{self.port}/{self.protocol}"


@dataclass(frozen=True, slots=True)
class Way:
    """How the way from one node to another carries packets; times are round trips."""

    source: str
    target: str
    sent: int = 0
    received: int = 0
    median_ms: float = 0.0
    """Of connects the fastest instead: in the others is how busy the asking node is."""
    p99_ms: float = 0.0
    """The slowest but one in a hundred; with fewer samples, the slowest."""
    by: Literal["ping", "connect", ""] = ""
    """How the times were taken; "" when there are none."""
    mtu: int = 0
    """Bytes of the largest packet that came through undivided; 0 when not known."""
    mtu_wanted: int = 0
    """The MTU of the source's own interface towards the target."""
    mbit_s: float = 0.0
    """Bandwidth; 0 when it was not measured."""

    @property
    def loss_percent(self) -> float:
        """Share of pings that got no answer, 0 when none was sent."""
        return 100.0 * (self.sent - self.received) / self.sent if self.sent else 0.0


@dataclass(slots=True)
class Links:
    """The matrix of nodes; (source, target) → what was asked there. Nodes keep the order of the spec."""

    nodes: tuple[str, ...]
    roles: dict[str, str]
    links: dict[tuple[str, str], dict[str, Link]] = field(default_factory=dict)
    ways: dict[tuple[str, str], Way] = field(default_factory=dict)
    sampled: str = ""
    """What was left out, in a sentence; "" when every pair was asked."""
    commands: int = 0
    """How many commands the nodes were sent."""
    seconds: float = 0.0

    def add(self, *links: Link) -> None:
        """Take links in; one asked again replaces what was known of it."""
        for link in links:
            self.links.setdefault((link.source, link.target), {})[link.label] = link

    def add_way(self, way: Way) -> None:
        """Take in how a way carries."""
        self.ways[way.source, way.target] = way

    def forget(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Take out what is known of pairs that are about to be asked anew."""
        for pair in pairs:
            self.links.pop(pair, None)
            self.ways.pop(pair, None)

    def way(self, source: str, target: str) -> Way:
        """Return how a way carries; an empty one when that is not known."""
        return self.ways.get((source, target), Way(source, target))

    def sort(self) -> None:
        """Put pairs into the order of the nodes: answers come as they come."""
        order = {name: place for place, name in enumerate(self.nodes)}
        last = len(order)
        places = {pair: (order.get(pair[0], last), order.get(pair[1], last)) for pair in self.links}
        self.links = {pair: self.links[pair] for pair in sorted(self.links, key=places.__getitem__)}

    def all(self) -> Iterator[Link]:
        """Yield every link asked."""
        for asked in self.links.values():
            yield from asked.values()

    def between(self, source: str, target: str) -> tuple[Link, ...]:
        """Return what `source` asked `target`, in the order of the ports' table; empty when the pair was not asked."""
        return tuple(self.links.get((source, target), {}).values())

    def worst(self, source: str, target: str) -> Answer | None:
        """Return the worst answer of a pair, None when it was not asked."""
        found = {link.answer for link in self.between(source, target)}
        return next((answer for answer in WORST if answer in found), None)

    def blocked(self) -> tuple[Link, ...]:
        """Return every link that is not there though it has to be."""
        return tuple(link for link in self.all() if link.bad)

    def of_roles(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Return (role, role) → how many links were asked, and how many of them are good."""
        found: dict[tuple[str, str], tuple[int, int]] = {}
        for link in self.all():
            key = self.roles.get(link.source, link.source), self.roles.get(link.target, link.target)
            asked, good = found.get(key, (0, 0))
            found[key] = asked + 1, good + link.good
        return found

    def closed_to_roles(self) -> dict[tuple[str, str, str], int]:
        """Return (role, role, port as 6443/tcp) → how many links are not there though they have to be."""
        return Counter(
            (self.roles.get(link.source, link.source), self.roles.get(link.target, link.target), link.label)
            for link in self.blocked()
        )

    def record(self) -> dict[str, Any]:
        """Return all of this as plain data for JSON."""
        return {
            "nodes": list(self.nodes),
            "roles": dict(self.roles),
            "links": [asdict(link) for link in self.all()],
            "ways": [asdict(way) for way in self.ways.values()],
            "sampled": self.sampled,
            "commands": self.commands,
            "seconds": self.seconds,
        }

    @classmethod
    def of(cls, record: Any) -> "Links":
        """Return the matrix of a record; raises WizardError for what is none."""
        try:
            made = cls(
                tuple(map(str, record["nodes"])),
                {str(node): str(role) for node, role in record["roles"].items()},
                sampled=str(record["sampled"]),
                commands=int(record["commands"]),
                seconds=float(record["seconds"]),
            )
            made.add(*(Link(**each) for each in record["links"]))
            for each in record["ways"]:
                made.add_way(Way(**each))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise WizardError("this is no result of a network proof", hint="Run the checks again.") from error
        if any(link.answer not in get_args(Answer) for link in made.all()):
            raise WizardError("this network proof has answers of another version", hint="Run the checks again.")
        return made
