"""Carries the network proof out: listeners on all nodes, one command of questions on each, and all of it ended."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import replace

from wizard.checks.network.answer import carried, connected, received, settled
from wizard.checks.network.bandwidth import rounds
from wizard.checks.network.commands import Commands
from wizard.checks.network.lease import LEASE_S, renewed
from wizard.checks.network.links import Link, Links
from wizard.checks.network.mesh import Mesh, mesh
from wizard.checks.network.outside import ask_from_here, door, from_front
from wizard.checks.network.port import CLIENTS, rows
from wizard.checks.network.question import Question, not_asked, questions
from wizard.checks.network.reading import Closed, Heard, Key, Opened
from wizard.errors import HostError
from wizard.hosts.runner import Runner
from wizard.spec.models import Spec

AT_ONCE = 64


class Proof:
    """The proof of a spec's network, which may be run again for some nodes.

    `hosts` gives a node's host, `on_change` gets the matrix each time a node's answers are in. With `bandwidth`, each
    node also sends to its neighbour as fast as it can, for two seconds.
    """

    def __init__(
        self,
        spec: Spec,
        hosts: Callable[[str], Runner],
        *,
        on_change: Callable[[Links], None] = lambda links: None,
        bandwidth: bool = False,
        lease_s: int = LEASE_S,
    ) -> None:
        """`lease_s`: how long listeners outlive a wizard that was killed, at most."""
        self.spec = spec
        self.links = Links(tuple(node.name for node in spec.nodes), {node.name: node.role for node in spec.nodes})
        self.opened: dict[str, Opened] = {}
        """What listens on each node that could be made to, and the firewall that was seen there."""
        self.failures: dict[str, HostError] = {}
        """Why a node took no part, or not to the end, the last time."""
        self._commands = Commands(hosts)
        self._on_change, self._bandwidth, self._lease_s = on_change, bandwidth, lease_s
        self._table = rows(spec)
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._asked: dict[str, tuple[Question, ...]] = {}
        self._heard: dict[str, dict[Key, Heard]] = {}
        self._closed: dict[str, Closed] = {}

    async def run(self, *, among: Collection[str] | None = None, about: Collection[str] | None = None) -> Links:
        """Ask every pair of the mesh between nodes `among` (all when None) that one of `about` (any) is in.

        Balancers `among` them ask the servers. A node that can't be used is kept in `failures`; nothing is raised for
        it. Every listener is ended before this returns, and by itself if this is killed.
        """
        loop = asyncio.get_running_loop()
        begun = loop.time()
        there = [node.name for node in self.spec.nodes if among is None or node.name in among]
        pairs = mesh(self.spec).about(about, among=there)
        front = [machine.name for machine in self.spec.front if among is None or machine.name in among]
        # A node alone has nobody to ask but the address it joins at.
        names = pairs.nodes or tuple(there)
        self._begin(names, pairs)
        try:
            async with renewed(lambda: self.opened.keys() & names, self._commands.keep, lease_s=self._lease_s):
                await self._each(names, self._open)
                await self._ask_all(names, pairs, front)
                if self._bandwidth:
                    await self._send_all(names)
        finally:
            await self._each([name for name in names if name in self.opened], self._close)
        self._tell(pairs)
        self.links.commands, self.links.seconds = self._commands.count, loop.time() - begun
        self._on_change(self.links)
        return self.links

    def _begin(self, names: Iterable[str], pairs: Mesh) -> None:
        self.links.sampled, self._commands.count = pairs.sampled, 0
        self.links.forget(pairs.pairs)
        self.failures.clear()
        for name in names:
            self.opened.pop(name, None)
        self._asked, self._heard, self._closed = {}, {}, {}

    async def _open(self, name: str) -> None:
        node = self.spec.node(name)
        ports = dict.fromkeys(row.label for row in self._table if row.answers(node) and row.source != CLIENTS)
        self.opened[name] = await self._commands.open(node, ports, lease_s=self._lease_s)

    async def _ask_all(self, names: Iterable[str], pairs: Mesh, front: Iterable[str]) -> None:
        targets: dict[str, list[str]] = {name: [] for name in names if name in self.opened}
        for source, target in pairs.pairs:
            if source in targets and target in targets:
                targets[source].append(target)
        common = tuple(door(self.spec, self._table))
        for name, others in targets.items():
            self._asked[name] = (*common, *(each for other in others for each in self._questions(name, other)))
        # What was opened for an earlier question is closed again.
        there = {name: self.opened[name] for name in targets}
        self._asked |= {name: tuple(from_front(self.spec, there, self._table)) for name in front}
        async with asyncio.TaskGroup() as group:
            group.create_task(self._each(self._asked, self._ask))
            group.create_task(self._ask_from_here(there))

    def _questions(self, source: str, target: str) -> Iterable[Question]:
        return questions(self.spec.node(source), self.spec.node(target), self.opened[target], self._table)

    async def _ask(self, name: str) -> None:
        asked = self._asked[name]
        connections = [each for each in asked if each.kind in ("tcp", "knock")]
        self._heard[name] = await self._commands.ask(name, asked)
        # A lost packet or a moment's load must not look like a firewall: what was not answered is asked once more.
        doubtful = [each for each in connections if self._link(name, each).bad]
        self._heard[name] |= await self._commands.ask(name, doubtful)
        self.links.add(*(self._link(name, each) for each in connections))
        self._on_change(self.links)

    async def _ask_from_here(self, opened: Mapping[str, Opened]) -> None:
        self.links.add(*await ask_from_here(self.spec, opened, self._table, run=self._commands.run))

    async def _send_all(self, names: Iterable[str]) -> None:
        doors = {name: self.opened[name].door for name in names if name in self.opened}
        for targets in rounds([name for name, port in doors.items() if port]):

            async def send(source: str, targets: dict[str, str] = targets) -> None:
                target = targets[source]
                bulk = Question("bulk", target, self.spec.node(target).inner_address, doors[target])
                heard = (await self._commands.ask(source, [bulk])).get(bulk.key)
                rate = heard.number("mbit") if heard else None
                self.links.add_way(replace(self.links.way(source, target), mbit_s=rate or 0.0))

            await self._each(targets, send)

    async def _close(self, name: str) -> None:
        self._closed[name] = await self._commands.close(name)

    def _tell(self, pairs: Mesh) -> None:
        """Put all answers into the matrix: those of UDP are known only now."""
        for source, asked in self._asked.items():
            if source in self._heard:
                self.links.add(*(self._link(source, each) for each in asked if each.kind != "way"))
        for source, target in pairs.pairs:
            if source in self._heard and target in self.opened:
                self._tell_pair(source, target)
        self.links.sort()

    def _tell_pair(self, source: str, target: str) -> None:
        nodes, opened = (self.spec.node(source), self.spec.node(target)), self.opened[target]
        self.links.add(*not_asked(*nodes, opened, self._table))
        heard = [each for each in self._heard[source].values() if each.target == target]
        closed = self._closed.get(target, Closed())
        sent = sum(int(each.number("sent") or 0) for each in heard if each.kind == "udp")
        came = sum(count for (name, _), count in closed.datagrams.items() if name == source)
        way = replace(carried(source, target, heard, (sent, came)), mbit_s=self.links.way(source, target).mbit_s)
        self.links.add_way(way)
        self.links.add(*settled(self.links.between(source, target), alive=closed.alive, way=way))

    def _link(self, source: str, question: Question) -> Link:
        heard = self._heard[source].get(question.key)
        if question.kind == "udp":
            count = self._closed.get(question.target, Closed()).datagrams.get((source, question.port), 0)
            return received(source, question, heard, count)
        return connected(source, question, heard, run=self._commands.run, opened=self.opened.get(question.target))

    async def _each(self, names: Iterable[str], act: Callable[[str], Awaitable[None]]) -> None:
        """Do something for each of many nodes at once; a node that fails is kept with its reason."""

        async def one(name: str) -> None:
            async with self._slots:
                try:
                    await act(name)
                except HostError as error:
                    self.failures[name] = error

        async with asyncio.TaskGroup() as group:
            for name in list(names):
                group.create_task(one(name))
