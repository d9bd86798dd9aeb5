"""One spread over simulated nodes, driven through the product's own wire: who gives, and what a failure leads to."""

import asyncio
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.unit.simulator.conftest import simulate as simulate
from tests.unit.simulator.simulated import Simulated
from wizard.bundle.spread import doors, piece
from wizard.bundle.spread.spreading import Spreading
from wizard.hosts import upload
from wizard.hosts.upload import Delivery, Extent
from wizard.rollout.step import Work
from wizard.simulator.answers import HANDLERS
from wizard.simulator.call import Call
from wizard.simulator.script import spread as simulated_spread

PIECE = 4096
DEST = "/var/lib/rancher-wizard/artifacts"


@dataclass
class Spread:
    """All nodes of a site, and what is told of each."""

    site: Simulated
    files: tuple[Delivery, ...]
    from_whom: dict[str, set[str]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.nodes = [place.name for place in self.site.layout.places]
        addresses = {place.name: place.inner_address for place in self.site.layout.places}
        self.spreading = Spreading(addresses.__getitem__)

    async def to(self, *names: str) -> dict[str, list[bool]]:
        self.spreading.enter(*names)
        tasks = {name: asyncio.create_task(self._one(name)) for name in names}
        return {name: await task for name, task in tasks.items()}

    async def _one(self, name: str) -> list[bool]:
        work = Work(name, self.site.host(name), self.site.host, lambda percent, doing: None, self.said.append)
        givers = self.from_whom.setdefault(name, set())
        try:
            return [
                await self.spreading.bring(work, each, self.files, lambda count, giver: givers.add(giver))
                for each in self.files
            ]
        finally:
            await self.spreading.leave(work)

    def content(self, name: str) -> dict[str, bytes]:
        files = self.site.site.nodes[name].files
        return {path: file.data for path, file in files.items() if path.startswith(DEST)}

    @property
    def wanted(self) -> dict[str, bytes]:
        return {each.dest: each.source.path.read_bytes() for each in self.files}

    @property
    def giving(self) -> list[str]:
        return [name for name, node in self.site.site.nodes.items() if node.giving]


@pytest.fixture
async def spread(simulate: Callable[..., Simulated], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Spread:
    for module in (upload, piece, doors):
        monkeypatch.setattr(module, "PIECE", PIECE)
    made = []
    for number, size in enumerate((20 * PIECE + 5, 3, 0)):
        source = tmp_path / f"file-{number}"
        source.write_bytes(os.urandom(size))
        digest = hashlib.sha256(source.read_bytes()).hexdigest()
        made.append(Delivery(Extent.whole(source), f"{DEST}/{source.name}", digest))
    site = await simulate(nodes=6).open()
    return Spread(site, tuple(made))


async def test_all_nodes_get_all_files_and_most_of_them_from_each_other(spread: Spread) -> None:
    sent = await spread.to(*spread.nodes)
    assert set(map(tuple, sent.values())) == {(True, True, True)}
    assert all(spread.content(name) == spread.wanted for name in spread.nodes)
    assert len([name for name, givers in spread.from_whom.items() if givers - {""}]) >= 4
    assert not spread.giving


async def test_again_nothing_is_sent(spread: Spread) -> None:
    await spread.to(*spread.nodes)
    spread.from_whom.clear()
    assert set(map(tuple, (await spread.to(*spread.nodes)).values())) == {(False, False, False)}
    assert not any(spread.from_whom.values())


async def test_a_node_that_comes_later_gets_all_from_one_that_is_whole(spread: Spread) -> None:
    spread.spreading.enter("cp-1", "cp-2")
    await spread.to("cp-1")
    await spread.to("cp-2")
    assert spread.from_whom["cp-2"] <= {"cp-1"}
    assert spread.content("cp-2") == spread.wanted


async def test_a_giver_that_has_gone_is_made_up_for(spread: Spread, monkeypatch: pytest.MonkeyPatch) -> None:
    async def open_none(call: Call) -> int:
        status = await simulated_spread.spread_open(call)
        if call.node.name in ("cp-1", "cp-2"):
            call.node.giving = None
        return status

    monkeypatch.setitem(HANDLERS, "spread_open", open_none)
    await spread.to(*spread.nodes)
    assert all(spread.content(name) == spread.wanted for name in spread.nodes)
    assert any("nothing more from cp-1" in line or "nothing more from cp-2" in line for line in spread.said)


async def answer_none(call: Call) -> int:
    await call.read()
    call.say("program=none")
    return 0


async def test_where_no_node_has_python_all_get_their_files_from_here(
    spread: Spread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(HANDLERS, "spread_open", answer_none)
    monkeypatch.setitem(HANDLERS, "spread_fetch", answer_none)
    await spread.to(*spread.nodes)
    assert all(spread.content(name) == spread.wanted for name in spread.nodes)
    assert set().union(*spread.from_whom.values()) == {""}
    assert any("has no Python" in line for line in spread.said)


async def test_a_node_that_nobody_comes_together_with_is_given_from_here(
    spread: Spread, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def closed(call: Call) -> int:
        if call.node.name != "cp-1":
            return await simulated_spread.spread_fetch(call)
        await call.read()
        call.say("ended=gone timed out")
        return 0

    monkeypatch.setitem(HANDLERS, "spread_fetch", closed)
    spread.spreading.enter("cp-1")
    await spread.to(*(name for name in spread.nodes if name != "cp-1"))
    await spread.to("cp-1")
    assert spread.content("cp-1") == spread.wanted
    assert spread.from_whom["cp-1"] == {""}
    assert spread.said[-1] == "3 nodes gave cp-1 nothing: the rest is sent from here"


async def test_wrong_bytes_of_a_giver_are_found_and_its_name_is_told(spread: Spread) -> None:
    spread.spreading.enter("cp-2")
    await spread.to("cp-1")
    files = spread.site.site.nodes["cp-1"].files
    first = spread.files[0]
    bad = bytearray(files[first.dest].data)
    bad[9 * PIECE] ^= 1
    files[first.dest].data = bytes(bad)
    await spread.to("cp-2")
    assert spread.content("cp-2") == spread.wanted
    assert spread.said == ["nothing more from cp-1: it gave wrong bytes; cp-2 asks others"]


async def test_a_damaged_rest_of_an_earlier_try_is_found_and_sent_anew(spread: Spread) -> None:
    first = spread.files[0]
    node = spread.site.site.nodes["cp-1"]
    node.write(first.part, bytes(first.size_bytes), mode=0o600, at=0)
    assert await spread.to("cp-1") == {"cp-1": [True, True, True]}
    assert spread.content("cp-1") == spread.wanted
