"""The ways from outside: nodes to the address that they join at, balancers and this machine to the servers."""

import asyncio
import os
from collections.abc import Iterable, Iterator, Mapping

from wizard.checks.network.answer import connected
from wizard.checks.network.links import DOOR, JUMP_HOST, Link
from wizard.checks.network.port import CLIENTS, Row
from wizard.checks.network.question import Question
from wizard.checks.network.reading import Heard, Kind, Opened
from wizard.plain import plain
from wizard.spec.models import Spec

CONNECT_S = 5.0
TIMED_OUT = 124
"""The exit status of coreutils' `timeout`, which bounds a question on a node."""
GREETING_AT_MOST = 200


def door(spec: Spec, table: Iterable[Row]) -> Iterator[Question]:
    """Yield what every node asks the registration address; nothing where that is a server's own address."""
    address = spec.registration.address
    own = {each for node in spec.api_nodes for each in (node.address, *node.internal_addresses)}
    if address is None or address in own:
        return
    for row in _from_clients(table):
        yield Question("tcp", DOOR, address, int(row.port), must=False, why=row.why)


async def ask_from_here(
    spec: Spec, opened: Mapping[str, Opened], table: Iterable[Row], *, run: str
) -> tuple[Link, ...]:
    """Connect from this machine to the servers; not to those behind a bastion, which nothing here reaches straight."""
    straight = [node for node in spec.api_nodes if node.name in opened and spec.ssh_of(node).bastion is None]
    asked = [each for node in straight for each in _to_server(node.name, node.address, opened, table, must=False)]
    async with asyncio.TaskGroup() as group:
        heard = [group.create_task(_knock(each)) for each in asked]
    return tuple(
        connected(JUMP_HOST, question, task.result(), run=run, opened=opened[question.target])
        for question, task in zip(asked, heard, strict=True)
    )


def from_front(spec: Spec, opened: Mapping[str, Opened], table: Iterable[Row]) -> Iterator[Question]:
    """Yield what a balancer asks the servers, as it will hand connections on to them."""
    for node in spec.api_nodes:
        if node.name in opened:
            yield from _to_server(node.name, node.inner_address, opened, table, must=True)


def _to_server(
    name: str, address: str, opened: Mapping[str, Opened], table: Iterable[Row], *, must: bool
) -> Iterator[Question]:
    there = opened[name]
    for row in _from_clients(table):
        if row.label in there.listens or row.label in there.busy:
            kind: Kind = "tcp" if row.label in there.listens else "knock"
            yield Question(kind, name, address, int(row.port), must=must, why=row.why)


def _from_clients(table: Iterable[Row]) -> Iterator[Row]:
    """Yield what clients ask servers alone: the API and the supervisor."""
    return (row for row in table if row.source == CLIENTS and row.target in ("server", "controlplane"))


async def _knock(question: Question) -> Heard:
    """Ask one question from here, and put the answer as net_ask would."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    text = ""
    try:
        async with asyncio.timeout(CONNECT_S):
            reader, writer = await asyncio.open_connection(question.address, question.port)
            text = f"took={(loop.time() - begun) * 1e6:.0f}"
            try:
                if question.kind == "tcp":
                    said = await reader.read(GREETING_AT_MOST)
                    text += f" said={plain(said.decode('utf-8', 'replace'))}"
            finally:
                writer.close()
    except TimeoutError:
        return Heard(question.kind, question.target, question.port, TIMED_OUT, text)
    except OSError as error:
        # asyncio's own words for it name the address alone.
        reason = os.strerror(error.errno) if error.errno else str(error)
        return Heard(question.kind, question.target, question.port, 1, text or reason)
    return Heard(question.kind, question.target, question.port, 0, text)
