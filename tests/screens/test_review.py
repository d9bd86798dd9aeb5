"""The page of the review: what it shows, writes and copies, and how the cluster is started from it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from screens.review import ReviewPage
from screens.shell import Ending, Follow
from screens.widgets.index import Index
from tests.screens.conftest import seen
from tests.screens.sites import site
from tests.screens.wizards import settled, shell, state, until, wizard
from wizard.cli.main import main
from wizard.design.answers import Answers
from wizard.design.compose import compose_draft
from wizard.design.draft import Draft, Place
from wizard.rollout.events import RolloutEnded
from wizard.rollout.watch import watch
from wizard.site import known_clusters

__all__ = ["state"]

# Nothing listens on port 1 of the loopback: looking at the nodes ends at once.
CLOSED = Answers().given("ssh_port", 1)


def draft(folder: Path, text: str = "127.0.0.[1-3]\n127.0.0.9 agent", **options: object) -> Draft:
    path = str(folder / "cluster.yaml")
    return Draft(answers=CLOSED, nodes_text=text, place=Place("review"), spec_path=path, **options)  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def reviewing(listed: Draft, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[Ending]]:
    """Run the wizard on its review, and wait until there is one."""
    async with wizard(listed, size=size) as pilot:
        await until(pilot, "Nothing on any node was changed")
        await settled(pilot)
        yield pilot


async def part(pilot: Pilot[Ending], key: str) -> str:
    """Select a part of the review; return what the screen shows then."""
    pilot.app.screen.query_one(Index).select(key)
    await settled(pilot)
    return seen(pilot.app)


async def test_every_part_is_listed_with_how_it_stands(tmp_path: Path) -> None:
    async with reviewing(draft(tmp_path), size=(120, 40)) as pilot:
        text = seen(pilot.app)
        assert "Ready, not looked at: 4 nodes" in text
        assert "Nothing on any node was changed" in text
        assert "Differences a new file" in " ".join(text.split())
        assert "First server: 1 node" in text
        assert "could not be looked at" in text
        assert "config.yaml  mode 0600" in await part(pilot, "node:node-127-0-0-9")
        assert "token: '********'" in await part(pilot, "node:node-127-0-0-9")
        assert "rancher-wizard apply" in await part(pilot, "commands")
        assert "This is assumed instead" in await part(pilot, "assumptions")
    assert not (tmp_path / "cluster.yaml").exists()
    assert known_clusters() == []


async def test_what_stands_in_the_way_is_told_and_nothing_starts(tmp_path: Path) -> None:
    async with reviewing(draft(tmp_path, text="")) as pilot:
        assert "1 to mend before anything can be started" in seen(pilot.app)
        assert "none is listed; a cluster begins with one server" in seen(pilot.app)
        await pilot.press("s")
        await settled(pilot)
        assert "There is something to mend" in seen(pilot.app)
        assert pilot.app.return_value is None


async def test_differences_from_the_file_that_is_there_are_shown(tmp_path: Path) -> None:
    old = compose_draft(draft(tmp_path)).replace("role: agent", "role: server")
    (tmp_path / "cluster.yaml").write_text(old)
    async with reviewing(draft(tmp_path), size=(120, 40)) as pilot:
        text = await part(pilot, "differences")
        assert "Against the file cluster.yaml as it is: 2 lines differ" in text
        assert "-    role: server" in text
        assert "+    role: agent" in text


async def test_a_spec_is_written_where_the_operator_says(tmp_path: Path) -> None:
    async with reviewing(draft(tmp_path)) as pilot:
        await pilot.press("w")
        await until(pilot, "to which file?")
        pilot.app.screen.query_one(Input).value = str(tmp_path / "prod.yaml")
        await pilot.press("enter")
        await settled(pilot)
        assert "Wrote" in seen(pilot.app)
        assert shell(pilot).draft.spec_path == str(tmp_path / "prod.yaml")
    assert (tmp_path / "prod.yaml").read_text().startswith("#")
    assert (tmp_path / "prod.answers.yaml").exists()
    assert not (tmp_path / "cluster.yaml").exists()


async def test_the_screen_writes_what_answers_and_nodes_alone_lead_to(tmp_path: Path) -> None:
    listed, replayed, nodes = draft(tmp_path), tmp_path / "replayed.yaml", tmp_path / "nodes.txt"
    async with reviewing(listed) as pilot:
        await pilot.press("w")
        await until(pilot, "to which file?")
        await pilot.press("enter")
        await settled(pilot)
    nodes.write_text(listed.nodes_text)
    answers = tmp_path / "cluster.answers.yaml"
    arguments = ["new", "--answers", str(answers), "--nodes", str(nodes), "-o", str(replayed)]
    assert await asyncio.to_thread(main, arguments) == 0
    assert replayed.read_bytes() == (tmp_path / "cluster.yaml").read_bytes()


async def test_a_file_that_differs_is_kept_unless_the_operator_says_otherwise(tmp_path: Path) -> None:
    (tmp_path / "cluster.yaml").write_text("name: old\n")
    async with reviewing(draft(tmp_path)) as pilot:
        await pilot.press("w")
        await until(pilot, "to which file?")
        await pilot.press("enter")
        await until(pilot, "Overwrite cluster.yaml?")
        await pilot.press("enter")  # the harmless answer has the focus
        await settled(pilot)
        assert (tmp_path / "cluster.yaml").read_text() == "name: old\n"
        await pilot.press("w")
        await until(pilot, "to which file?")
        await pilot.press("enter")
        await until(pilot, "Overwrite cluster.yaml?")
        await pilot.press("y")
        await settled(pilot)
    assert "name: old" not in (tmp_path / "cluster.yaml").read_text()


async def test_a_path_that_can_not_be_written_is_asked_for_again(tmp_path: Path) -> None:
    async with reviewing(draft(tmp_path)) as pilot:
        await pilot.press("w")
        await until(pilot, "to which file?")
        pilot.app.screen.query_one(Input).value = "/nowhere/[red]/cluster.yaml"
        await pilot.press("enter")
        await until(pilot, "there is no such folder")
        await pilot.press("escape")
        await settled(pilot)


async def test_copying_says_what_has_to_be_written_first(tmp_path: Path) -> None:
    async with reviewing(draft(tmp_path)) as pilot:
        await pilot.press("c")
        await settled(pilot)
        assert "Write the spec first: w" in seen(pilot.app)
        assert "rancher-wizard apply" in pilot.app.clipboard


async def test_a_sudo_password_is_asked_for_and_never_shown(tmp_path: Path) -> None:
    asked = replace(draft(tmp_path), answers=CLOSED.given("ssh_sudo", "password"))
    async with reviewing(asked) as pilot:
        await pilot.press("s")
        await until(pilot, "Sudo password of the nodes")
        await pilot.press(*"sesame")
        assert "sesame" not in seen(pilot.app)
        await pilot.press("enter")
        await until(pilot, "Start on 4 nodes?")
        assert shell(pilot).given.sudo_password
        assert "sesame" not in repr(shell(pilot).given)
        await pilot.press("n")


@pytest.mark.parametrize("place", ["questions", "nodes", "review"])
async def test_escape_leads_back_from_page_to_page_and_loses_nothing(tmp_path: Path, place: str) -> None:
    first = replace(draft(tmp_path), place=Place(place))
    async with wizard(first) as pilot:
        for _ in range(3):
            await pilot.press("escape")
            await settled(pilot)
        assert shell(pilot).draft.nodes_text == first.nodes_text
        assert shell(pilot).draft.answers == first.answers


async def test_saying_no_at_the_last_question_changes_nothing(tmp_path: Path) -> None:
    async with site(tmp_path, page="review") as (simulated, listed), reviewing(listed) as pilot:
        before = [dict(node.files) for node in simulated.site.nodes.values()]
        await pilot.press("s")
        await until(pilot, "Start on 4 nodes?")
        await pilot.press("enter")  # the harmless answer has the focus
        await settled(pilot)
        assert "nothing on any node was changed" in seen(pilot.app)
        assert isinstance(pilot.app.screen, ReviewPage)
        assert [dict(node.files) for node in simulated.site.nodes.values()] == before


async def test_from_questions_to_a_running_cluster_by_keys_alone(tmp_path: Path) -> None:
    async with site(tmp_path, page="questions") as (simulated, listed):
        simulated.known_hosts.write_text("")
        async with wizard(listed) as pilot:
            await pilot.press("ctrl+n")
            await until(pilot, "4 unknown host key")
            await pilot.press("ctrl+t")
            await until(pilot, "SHA256:")
            await pilot.press("y")
            await until(pilot, "4 ready")
            await pilot.press("ctrl+n")
            await until(pilot, "Ready: 4 nodes")
            await pilot.press("s")
            await until(pilot, "Start on 4 nodes?")
            await pilot.press("y")
            await pilot.app.workers.wait_for_complete()
            await pilot.pause()
            ending = pilot.app.return_value
        assert isinstance(ending, Follow)
        events = [event async for lot in watch(ending.run_dir) for event in lot]
    assert isinstance(events[-1], RolloutEnded)
    assert events[-1].outcome == "done"


async def test_the_checks_are_a_key_away_and_lead_back(tmp_path: Path) -> None:
    async with site(tmp_path, page="review") as (_, listed), wizard(listed) as pilot:
        await until(pilot, "Ready: 4 nodes")
        await pilot.press("p")
        await until(pilot, "4 nodes × ")
        await until(pilot, "done")
        await pilot.press("escape")
        await until(pilot, "Ready: 4 nodes")
        assert isinstance(pilot.app.screen, ReviewPage)
