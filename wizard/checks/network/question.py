"""What one node asks the others, and what can not be asked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wizard.checks.network.links import DOOR, Answer, Link
from wizard.checks.network.port import Row, asked
from wizard.checks.network.reading import Key, Kind, Opened, holder, protocol_of
from wizard.spec.models import Node

DOOR_KEY = "@registration"
"""DOOR in a question: one word, which no node is called by."""


@dataclass(frozen=True, slots=True)
class Question:
    """One line of net_ask's input, and what is asked for why.

    tcp: connect and hear who answers. knock: connect and go, as the port's own service is there. udp: send datagrams.
    way: how the way carries. bulk: send as much as goes through in two seconds.
    """

    kind: Kind
    target: str
    address: str
    port: int = 0
    must: bool = True
    why: str = ""

    @property
    def line(self) -> str:
        """The line, without its end."""
        return f"{self.kind} {DOOR_KEY if self.target == DOOR else self.target} {self.address} {self.port or '-'}"

    @property
    def key(self) -> Key:
        """What its answer is known by."""
        return DOOR_KEY if self.target == DOOR else self.target, self.port, protocol_of(self.kind)


def questions(source: Node, target: Node, opened: Opened, table: Iterable[Row]) -> Iterator[Question]:
    """Yield what one node asks another: each port it must reach that can be asked, and how the way carries."""
    for row in asked(table, source, target):
        if kind := _kind(row, opened):
            yield Question(kind, target.name, target.inner_address, int(row.port), row.must, row.why)
    yield Question("way", target.name, target.inner_address)


def not_asked(source: Node, target: Node, opened: Opened, table: Iterable[Row]) -> Iterator[Link]:
    """Yield the links that can't be asked: nothing listens there, or it is a UDP port that its service holds."""
    for row in asked(table, source, target):
        if not _kind(row, opened):
            owner = opened.busy.get(row.label)
            said = f"held by {holder(owner)}" if owner else "nothing could be made to listen there"
            answer: Answer = "in_use" if owner else "untried"
            yield Link(source.name, target.name, int(row.port), row.protocol, answer, said, row.must, row.why)


def _kind(row: Row, opened: Opened) -> Kind | None:
    if row.label in opened.listens:
        return row.protocol
    # A datagram to a service that did not ask for it is a disturbance; a connection that ends at once is none.
    return "knock" if row.label in opened.busy and row.protocol == "tcp" else None
