"""How the pages of nodes and review look on the simulated site, and the table of host keys."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from textual.pilot import Pilot

from screens.glyphs import UNICODE
from screens.nodes import NodesPage
from screens.review import ReviewPage
from screens.trust import ShownKey, TrustTable
from screens.wizard import WizardApp
from tests.screens.wizards import NOW, SIZES, THEMES, settled, state
from wizard.design.answers import Answers
from wizard.design.draft import Draft, Place
from wizard.simulator.draft import seed
from wizard.simulator.process import start

__all__ = ["state"]

LOOKS = list(product(SIZES, THEMES))
BAD_LINES = "127.71.0.3 cp-3\n10.0.0.300  # a typing error\n[red]bold[/red]\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Draft]:
    """A draft of a simulated site of seven nodes, which listens in a process of its own."""
    folder = tmp_path_factory.mktemp("site")
    simulation = start(folder, nodes=7, speed=1000.0, fail={})
    draft = seed(simulation.spec)
    yield replace(draft, answers=answered(draft.answers))
    simulation.close()


def answered(answers: Answers) -> Answers:
    """Return answers with every question answered by its default, so that another question changes no picture."""
    for question in answers.asked:
        if not answers.stated(question.key):
            answers = answers.given(question.key, question.default)
    return answers


def picture(draft: Draft, snap_compare: Any, *, size: tuple[int, int], theme: str, ready: Any) -> bool:
    async def before(pilot: Pilot[Any]) -> None:
        pilot.app.theme = theme
        while not ready(pilot.app.screen):
            await asyncio.sleep(0.05)
            await settled(pilot)
        for _ in range(2):  # what was found is weighed beside the loop, and drawn with the next frame
            await settled(pilot)
            ready(pilot.app.screen)
        await settled(pilot)

    app = WizardApp(draft, glyphs=UNICODE, now=lambda: NOW)
    return bool(snap_compare(app, terminal_size=size, run_before=before))


def all_tried(page: object) -> bool:
    """Tell whether every node has been tried, and that is drawn."""
    if not isinstance(page, NodesPage):
        return False
    page.drain()
    return bool(page.tried) and all(one.over for one in page.tried.values())


def looked_at(page: object) -> bool:
    """Tell whether the nodes have been looked at, and that is drawn."""
    return isinstance(page, ReviewPage) and bool(page.reviewed and page.reviewed.looked_at)


@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_the_nodes_look_as_they_did(site: Draft, snap_compare: Any, size: tuple[int, int], theme: str) -> None:
    draft = replace(site, nodes_text=site.nodes_text + BAD_LINES, place=Place("nodes"))
    assert picture(draft, snap_compare, size=size, theme=theme, ready=all_tried)


@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_the_review_looks_as_it_did(site: Draft, snap_compare: Any, size: tuple[int, int], theme: str) -> None:
    draft = replace(site, place=Place("review"))
    assert picture(draft, snap_compare, size=size, theme=theme, ready=looked_at)


@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_host_keys_look_as_they_did(snap_compare: Any, size: tuple[int, int], theme: str) -> None:
    keys = [ShownKey(f"cp-{n}", f"10.0.0.1{n}:22", "ssh-ed25519", f"SHA256:{str(n) * 43}") for n in range(1, 9)]
    changed = ShownKey("cp-9", "10.0.0.19:22", "", "", changed="shows another key than line 7 of known_hosts")

    async def before(pilot: Pilot[Any]) -> None:
        pilot.app.theme = theme
        await settled(pilot)
        pilot.app.push_screen(TrustTable([*keys, changed], UNICODE))
        await settled(pilot)

    assert snap_compare(WizardApp(glyphs=UNICODE, now=lambda: NOW), terminal_size=size, run_before=before)
