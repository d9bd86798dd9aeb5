"""Brings files to many nodes at once: from here to one, and from node to node while they come."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence

from wizard.bundle.spread.doors import Doors, fetch
from wizard.bundle.spread.piece import piece_hashes
from wizard.bundle.spread.sources import HERE, Sources
from wizard.errors import HostError
from wizard.hosts.upload import Delivery, bytes_there, differs, finish, send_pieces
from wizard.rollout.step import Work

Moved = Callable[[int, str], None]
"""Bytes of a file that a node has, and from whom they come."""
PATIENCE_S = 20.0
"""So long a node waits for another that can give, before it is given from here too."""
PAUSE_S = 0.5
ALONE_AFTER = 3
"""So many givers that a node could not come together with: it is its own way that is closed, by a firewall say."""
TRIES = 2
"""So often two nodes that did not come together are tried: a door that had ended is opened anew."""


class Spreading:
    """One spread, for all nodes that take part; `addresses` are those by which they reach each other."""

    def __init__(self, addresses: Callable[[str], str]) -> None:
        self._sources = Sources()
        self._doors = Doors(addresses)
        self._hashes: dict[str, tuple[str, ...]] = {}
        self._hashing = asyncio.Lock()
        self._failures: Counter[tuple[str, str]] = Counter()
        self._parted: Counter[str] = Counter()
        self._alone: set[str] = set()
        self._left: set[str] = set()
        self._changed = asyncio.Event()

    def enter(self, *nodes: str) -> None:
        """Note that these still get something: doors stay open until all of them have left."""
        self._left.update(nodes)

    async def leave(self, work: Work) -> None:
        """Note that a node gets nothing more; after the last one, all doors are closed."""
        self._left.discard(work.node)
        if not self._left:
            await self._doors.close(work.at)

    async def bring(self, work: Work, given: Delivery, files: Sequence[Delivery], moved: Moved) -> bool:
        """Bring a file to the step's node; return False when it was there, proven by its hash.

        `files` are all that the node may give to others. Raises what Host.run raises for this node; that others can't
        be reached, or give wrong bytes, is told and made up for.
        """
        have = await bytes_there(work.host, given)
        if have is None:
            self._learn(work.node, given, given.size_bytes)
            return False
        for begin in (have, 0):
            await self._grow(work, given, files, begin, moved)
            if await finish(work.host, given):
                self._learn(work.node, given, given.size_bytes)
                return True
            # Each piece was right when it came: it is the disk, or the rest of an earlier try was damaged.
            self._sources.has.pop((work.node, given.sha256), None)
        raise await differs(work.host, given)

    async def _grow(self, work: Work, given: Delivery, files: Sequence[Delivery], have: int, moved: Moved) -> None:
        def came(count: int) -> None:
            self._learn(work.node, given, count)
            moved(count, giver)

        self._learn(work.node, given, have)
        while (have := self._sources.has.get((work.node, given.sha256), 0)) < given.size_bytes:
            giver = await self._giver(work, given)
            try:
                if giver == HERE:
                    await send_pieces(work.host, given, begin=have, on_progress=lambda count, _: came(count))
                else:
                    await self._leg(work, giver, given, files, came)
            finally:
                self._sources.end(work.node)
                self._wake()
        if given.size_bytes == 0:
            await send_pieces(work.host, given, begin=0, on_progress=None)

    async def _giver(self, work: Work, given: Delivery) -> str:
        """Wait for somebody who can give, and take his hand."""
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE_S
        while True:
            changed = self._changed
            alone, urgent = work.node in self._alone, loop.time() >= until
            giver = self._sources.choose(work.node, given.sha256, given.size_bytes, urgent=urgent, alone=alone)
            if giver is not None:
                self._sources.begin(work.node, giver, given.sha256)
                self._wake()
                return giver
            work.tell(0, f"waits for a node that can give {given.source.name}")
            try:
                async with asyncio.timeout(max(until - loop.time(), PAUSE_S)):
                    await changed.wait()
            except TimeoutError:
                continue

    async def _leg(
        self,
        work: Work,
        giver: str,
        given: Delivery,
        files: Sequence[Delivery],
        came: Callable[[int], None],
    ) -> None:
        """Get what comes from another node within a while; whatever fails there is told, and others are asked."""
        try:
            door = await self._doors.at(work.at(giver), files)
        except HostError as error:
            self._part(work, giver, f"it can not give: {error.what}")
            return
        if door is None:
            self._sources.lose(giver)
            self._part(work, giver, "it has no Python to give by", tries=1)
            return
        leg = await fetch(work.host, given, door, await self._hashes_of(given), came)
        kind = leg.ended.partition(" ")[0]
        if leg.have_bytes >= 0:
            # Something came: a link that drops now and then is no reason to part.
            self._failures.pop((work.node, giver), None)
        if kind == "none":
            self._alone.add(work.node)
            work.said(f"{work.node} has no Python to get files from other nodes: they are sent from here")
        elif kind == "wrong":
            self._sources.lose(giver)
            self._part(work, giver, f"it gave {leg.ended}", tries=1)
        elif kind == "gone":
            self._doors.forget(giver)
            self._part(work, giver, leg.ended.removeprefix("gone").strip() or "no answer")
        elif kind == "behind" and leg.have_bytes < 0:
            await asyncio.sleep(PAUSE_S)

    def _part(self, work: Work, giver: str, why: str, *, tries: int = TRIES) -> None:
        """Note that nothing came from `giver`; after some tries it is left alone by this node."""
        self._failures[work.node, giver] += 1
        if self._failures[work.node, giver] >= tries:
            self._sources.part(work.node, giver)
            self._parted[work.node] += 1
            work.said(f"nothing more from {giver}: {why}; {work.node} asks others")
        if self._parted[work.node] >= ALONE_AFTER and work.node not in self._alone:
            self._alone.add(work.node)
            work.said(f"{ALONE_AFTER} nodes gave {work.node} nothing: the rest is sent from here")

    def _learn(self, node: str, given: Delivery, count: int) -> None:
        self._sources.has[node, given.sha256] = count
        self._wake()

    def _wake(self) -> None:
        """Let all that wait look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def _hashes_of(self, given: Delivery) -> tuple[str, ...]:
        async with self._hashing:
            if given.sha256 not in self._hashes:
                self._hashes[given.sha256] = await piece_hashes(given.source)
            return self._hashes[given.sha256]
