"""The page of nodes: what is shown of a list, of the machines, and what its keys do."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from screens.nodes import NodesPage
from screens.shell import Ending
from screens.widgets.member_list import MemberList
from screens.widgets.node_text import NodeText
from tests.screens.conftest import seen
from tests.screens.sites import site
from tests.screens.wizards import settled, shell, state, until, wizard
from tests.unit.hosts.conftest import site as host_site
from tests.unit.hosts.site import Site
from tests.unit.hosts.test_sudo import node_with
from tests.unit.simulator.simulated import Simulated
from wizard.design.answers import Answers
from wizard.design.draft import Draft, NodeChange, Place, drafts, load

__all__ = ["host_site", "state"]

# Nothing listens on port 1 of the loopback: every try ends at once.
CLOSED = Answers().given("ssh_port", 1)
MIX = """\
# servers
127.0.0.[11-13] server zone=a
10.0.0.300
127.0.0.11 server zone=a
127.0.0.21\tagent
"""


def draft(text: str = "", **options: object) -> Draft:
    return Draft(answers=CLOSED, nodes_text=text, place=Place("nodes"), **options)  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def nodes(listed: Draft, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[Ending]]:
    """Run the wizard on its page of nodes, and wait until the list was read."""
    async with wizard(listed, size=size) as pilot:
        await read(pilot)
        yield pilot


async def read(pilot: Pilot[Ending]) -> None:
    """Wait until the table says how many nodes there are."""
    while not re.search(r"\b[0-9]+ nodes?\b", seen(pilot.app)):
        await asyncio.sleep(0.02)
        await settled(pilot)


def page(pilot: Pilot[Ending]) -> NodesPage:
    assert isinstance(pilot.app.screen, NodesPage)
    return pilot.app.screen


async def tried(pilot: Pilot[Ending]) -> None:
    """Wait until every try has ended; the test's own time limit ends it otherwise."""
    while True:
        await settled(pilot)
        page(pilot).drain()
        rows = page(pilot).tried.values()
        if rows and all(row.over for row in rows):
            break
        await asyncio.sleep(0.02)
    await settled(pilot)


async def test_each_line_is_told_what_was_understood_of_it() -> None:
    async with nodes(draft(MIX)) as pilot:
        text = seen(pilot.app)
    assert "3 nodes, 127.0.0.11 to 127.0.0.13" in text
    assert "✗ '10.0.0.300' is not an IP address" in text
    assert "= 127.0.0.11 is on line 2 already" in text
    assert "4 nodes  3 server, 1 agent" in text
    assert "1 lines to mend" in text


async def test_the_line_of_the_cursor_is_told_in_full() -> None:
    async with nodes(draft("127.0.0.11\n10.0.0.300")) as pilot:
        await pilot.press("down")
        await settled(pilot)
        assert "four numbers from 0 to 255" in " ".join(seen(pilot.app).split())


async def test_what_is_typed_is_kept_at_once_and_becomes_a_row() -> None:
    async with nodes(draft()) as pilot:
        await pilot.press(*"127.0.0.9")
        await settled(pilot)
        assert "node-127-0-0-9" in seen(pilot.app)
        assert load(drafts()[0].id).nodes_text == "127.0.0.9"


async def test_going_back_and_on_again_loses_nothing() -> None:
    async with nodes(draft(MIX)) as pilot:
        await pilot.press("tab", "r", "escape")
        await settled(pilot)
        assert not isinstance(pilot.app.screen, NodesPage)
        await pilot.press("ctrl+n")
        await until(pilot, "4 nodes")
        assert page(pilot).query_one(NodeText).text == MIX
        assert page(pilot).query_one(MemberList).member.role == "agent"  # type: ignore[union-attr]


async def test_a_killed_wizard_opens_on_its_nodes_again() -> None:
    first = draft(MIX)
    async with nodes(first) as pilot:
        await pilot.press("tab", "z")
        await settled(pilot)
        await pilot.press(*"rack-9", "enter")
        await settled(pilot)
        kept = load(first.id)
    async with nodes(kept) as pilot:
        assert "rack-9" in seen(pilot.app)
        assert isinstance(pilot.app.screen, NodesPage)


async def test_a_node_that_does_not_answer_says_so_and_what_to_do() -> None:
    async with nodes(draft("127.0.0.11")) as pilot:
        await tried(pilot)
        text = seen(pilot.app)
    assert "✗ not reached" in text
    assert "refused the connection" in text
    assert "Start sshd there" in text


async def test_the_role_is_changed_by_one_key_and_back() -> None:
    async with nodes(draft("127.0.0.[1-4]")) as pilot:
        members = page(pilot).query_one(MemberList)
        await pilot.press("tab")
        assert (members.member.role, members.member.settled) == ("server", False)  # type: ignore[union-attr]
        await pilot.press("r")
        await settled(pilot)
        assert (members.member.role, members.member.settled) == ("agent", True)  # type: ignore[union-attr]
        await pilot.press("backspace")
        await settled(pilot)
        assert (members.member.role, members.member.settled) == ("server", False)  # type: ignore[union-attr]
        assert pilot.app.draft.changes == {}  # type: ignore[attr-defined]


async def test_a_zone_that_no_label_can_hold_is_refused_with_how_to_mend_it() -> None:
    async with nodes(draft("127.0.0.1")) as pilot:
        await pilot.press("tab", "z")
        await settled(pilot)
        pilot.app.screen.query_one(Input).value = "[red] zone \x1b[31m" + "x" * 10_000
        await pilot.press("enter")
        await settled(pilot)
        text = seen(pilot.app)
        assert "zone:" in text
        assert "letters" in text
        await pilot.press("escape")
        await settled(pilot)
        assert pilot.app.draft.changes == {}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text", ["[red]bold[/red] [/oops]", "\x1b]0;owned\x07\x1b[2J", "👨‍👩‍👧 " * 50, "x" * 10_000, "\u202egnorw"]
)
async def test_hostile_text_is_shown_as_text(text: str) -> None:
    async with nodes(draft(f"127.0.0.1\n{text}")) as pilot:
        await pilot.press("down")
        await settled(pilot)
        shown = seen(pilot.app)
        assert "1 lines to mend" in shown
        assert "\x1b" not in shown
        assert "\u202e" not in shown


async def test_a_file_is_put_beneath_what_is_there_or_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "hosts.csv").write_text("127.0.0.31\n127.0.0.32\n")
    async with nodes(draft("127.0.0.1")) as pilot:
        for answer, count in (("n", 3), ("y", 2)):
            await pilot.press("ctrl+o")
            await settled(pilot)
            pilot.app.screen.query_one(Input).value = str(tmp_path / "hosts.csv")
            await pilot.press("enter")
            await settled(pilot)
            await pilot.press(answer)
            await settled(pilot)
            assert f"{count} nodes" in seen(pilot.app)


async def test_a_file_that_is_not_there_is_told_and_asked_for_again(tmp_path: Path) -> None:
    async with nodes(draft()) as pilot:
        await pilot.press("ctrl+o")
        await settled(pilot)
        await pilot.press(*"/nowhere", "enter")
        await settled(pilot)
        assert "/nowhere: No such file" in seen(pilot.app)


async def test_enter_on_a_row_goes_to_its_line() -> None:
    async with nodes(draft(MIX)) as pilot:
        await pilot.press("tab", "end", "enter")
        await settled(pilot)
        text = page(pilot).query_one(NodeText)
        assert text.has_focus
        assert text.cursor_location[0] == 4


async def test_rows_fill_with_what_the_machines_are(tmp_path: Path) -> None:
    async with site(tmp_path, page="nodes") as (_, listed), nodes(listed, size=(160, 40)) as pilot:
        await tried(pilot)
        text = seen(pilot.app)
    assert "4 ready" in text
    assert "✓ ready" in text
    assert any(system in text for system in ("ubuntu", "sles", "rocky", "debian"))


async def test_unknown_host_keys_are_accepted_once_for_all(tmp_path: Path) -> None:
    async with site(tmp_path, page="nodes") as (simulated, listed):
        simulated.known_hosts.write_text("")
        async with nodes(listed) as pilot:
            await tried(pilot)
            assert "4 unknown host key" in seen(pilot.app)
            await pilot.press("ctrl+t")
            await settled_but_workers(pilot)
            assert "SHA256:" in seen(pilot.app)
            await pilot.press("y")
            await tried(pilot)
            assert "4 ready" in seen(pilot.app)
        assert len(simulated.known_hosts.read_text().splitlines()) == 4


async def test_a_changed_host_key_is_shown_and_nothing_accepts_it(tmp_path: Path) -> None:
    async with site(tmp_path, page="nodes", nodes=1) as (simulated, listed):
        other = await Simulated(tmp_path / "other", nodes=1).open()
        await other.close()
        before = other.known_hosts.read_text().replace(f":{other.doors.port} ", f":{simulated.doors.port} ")
        simulated.known_hosts.write_text(before)
        async with nodes(listed) as pilot:
            await tried(pilot)
            assert "host key CHANGED" in seen(pilot.app)
            await pilot.press("ctrl+t")
            await settled_but_workers(pilot)
            text = seen(pilot.app)
            assert "CHANGED" in text
            assert "Accept" not in text
            await pilot.press("y", "n")
            await settled(pilot)
        assert simulated.known_hosts.read_text() == before


async def settled_but_workers(pilot: Pilot[Ending]) -> None:
    """Let a window open that a worker waits for."""
    for _ in range(3):
        await pilot.pause()


async def test_a_thousand_rows_cost_a_screenful() -> None:
    text = "\n".join(f"127.1.{number >> 8}.{number & 255}" for number in range(1000))
    async with nodes(replace(draft(text), changes={"127.1.0.0": NodeChange(role="agent")})) as pilot:
        await pilot.press("tab", "end")
        await settled(pilot)
        shown = seen(pilot.app)
    assert "1000 nodes" in shown
    assert "node-127-1-3-231" in shown


async def test_a_sudo_password_that_nodes_ask_for_is_given_by_one_key(host_site: Site, tmp_path: Path) -> None:
    node = await node_with(host_site, tmp_path, "sesame")
    ssh = {"user": "ops", "key": str(host_site.key_path), "agent": False, "config": "none"}
    ssh["known_hosts"] = str(host_site.known_hosts)
    listed = Draft(nodes_text=f"127.0.0.1:{node.port}", carried={"ssh": ssh}, place=Place("nodes"))
    async with nodes(listed) as pilot:
        await tried(pilot)
        assert "no sudo" in seen(pilot.app)
        assert "f4 Password" in seen(pilot.app)
        await pilot.press("f4")
        await settled(pilot)
        await pilot.press(*"sesame")
        assert "sesame" not in seen(pilot.app)
        await pilot.press("enter")
        await until(pilot, "1 ready")
        kept = load(listed.id)
        assert kept.answers["ssh_sudo"] == "password"
        assert "sesame" not in repr(kept) + repr(shell(pilot).given)


async def test_roles_that_suit_the_machines_better_are_taken_by_one_key(tmp_path: Path) -> None:
    async with site(tmp_path, page="nodes", nodes=7) as (_, listed), nodes(listed) as pilot:
        await tried(pilot)
        await pilot.press("tab")
        await until(pilot, "Better as agent")
        members = page(pilot).query_one(MemberList)
        assert (members.member.name, members.member.role) == ("cp-1", "server")  # type: ignore[union-attr]
        await pilot.press("p")
        await settled(pilot)
        assert (members.member.role, members.member.settled) == ("agent", True)  # type: ignore[union-attr]
        assert "3 server, 4 agent" in seen(pilot.app)


async def test_a_page_that_is_left_while_its_list_is_read_does_no_harm() -> None:
    async with nodes(draft(MIX)) as pilot:
        await pilot.press("x", "ctrl+n")
        await settled(pilot)
        await pilot.press("escape")
        await read(pilot)
        assert page(pilot).query_one(NodeText).text == f"x{MIX}"
