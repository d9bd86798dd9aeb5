"""The recommendation beside the questions, and the designs in full."""

from pathlib import Path

import pytest

from tests.screens.conftest import seen
from tests.screens.wizards import right, settled, shell, state, wizard
from wizard.design.answers import Answers
from wizard.design.draft import Draft, Place, load

__all__ = ["state"]

TWO_SITES = Answers().given("data_centres", 2).given("latency_ms", 30).given("pods", 300)


async def test_the_recommendation_follows_the_answers(state: Path) -> None:
    async with wizard(Draft(place=Place("questions", "availability"))) as pilot:
        assert "RKE2 small" in right(pilot)
        await pilot.press("enter", "home", "enter")
        await settled(pilot)
        assert "RKE2 single" in right(pilot)


async def test_a_refused_combination_names_its_rule_beside_the_questions(state: Path) -> None:
    answers = Answers().given("cluster_cidr", "10.42.0.0/16").given("service_cidr", "10.42.128.0/17")
    async with wizard(Draft(answers=answers)) as pilot:
        text = right(pilot)
    assert "Refused (" in text
    assert any(refusal.rule in text for refusal in shell(pilot).recommendation.refusals)


async def test_a_rule_that_leaves_the_chosen_design_alone_is_told_as_such(state: Path) -> None:
    async with wizard(Draft(answers=TWO_SITES)) as pilot:
        text = right(pilot)
        assert "Ruled out (" in text
        assert "Refused (" not in text
        await pilot.press("f2")
        await settled(pilot)
        assert "(ranked first)." in right(pilot)


@pytest.mark.parametrize(("key", "how"), [("u", "helm"), ("U", "manifests")])
async def test_the_successor_of_what_has_ended_is_one_key_away_with_the_same_answers(
    state: Path, key: str, how: str
) -> None:
    said = Answers().given("distribution", "rancherd").given("dns_name", "k8s.example.com").given("pods", 40)
    async with wizard(Draft(answers=said, place=Place("design"))) as pilot:
        assert "u takes its successor, RKE2" in right(pilot)
        await pilot.press(key)
        await settled(pilot)
        draft = shell(pilot).draft
        assert (draft.answers["distribution"], draft.answers["pods"]) == ("rke2", 40)
        assert draft.answers["rancher_hostname"] == "k8s.example.com"
        assert draft.carried["rancher"]["how"] == how
        await pilot.press(key)
        await settled(pilot)
        assert shell(pilot).draft == draft


async def test_every_design_argues_its_case(state: Path) -> None:
    async with wizard(Draft(answers=TWO_SITES, place=Place("design")), size=(200, 200)) as pilot:
        text = right(pilot)
        for heading in ("For it", "Against it", "Survives", "Does not survive", "Machines", "How it was reckoned"):
            assert heading in text
        ranked = shell(pilot).recommendation.ranked
        for line in ranked[0].sizing.lines:
            assert " ".join(line.source.split()) in text
        await pilot.press("down")
        await settled(pilot)
        assert "Why it is not the first" in right(pilot)


async def test_another_than_the_first_can_be_picked_and_is_kept(state: Path) -> None:
    async with wizard(Draft(answers=TWO_SITES, place=Place("design"))) as pilot:
        second = shell(pilot).recommendation.ranked[1].design
        await pilot.press("down", "enter")
        await settled(pilot)
        assert load(shell(pilot).draft.id).design == second.key
        assert f"{second.title} (your choice)" in right(pilot)
        await pilot.press("escape")
        await settled(pilot)
        assert f"{second.title} (your choice)" in right(pilot)


async def test_back_from_the_designs_is_where_one_came_from(state: Path) -> None:
    async with wizard(Draft(place=Place("questions", "pods"))) as pilot:
        await pilot.press("f2")
        await settled(pilot)
        assert "To be built" in right(pilot)
        await pilot.press("escape")
        await settled(pilot)
        assert "How many pods" in right(pilot)


async def test_the_drawing_fits_without_scrolling_sideways(state: Path) -> None:
    answers = Answers().given("zones", 3).given("pods", 900)
    async with wizard(Draft(answers=answers, place=Place("design"))) as pilot:
        for line in shell(pilot).recommendation.ranked[0].diagram.splitlines():
            if line.strip() and line in seen(pilot.app):
                continue
            await pilot.press("tab")
        assert max(len(line) for line in seen(pilot.app).splitlines()) <= 80


async def test_what_the_last_answer_changed_is_marked_in_words(state: Path) -> None:
    async with wizard(Draft(place=Place("questions", "availability"))) as pilot:
        await pilot.press("enter", "end", "up", "enter")
        await settled(pilot)
        assert "* changed by availability: RKE2 large instead of RKE2 small" in right(pilot)
        await pilot.press("pagedown")  # it stays until another answer changes something
        await settled(pilot)
        assert "changed by availability" in right(pilot)
