"""What is cut to the width of its list is drawn for the width that the list has in the end, from the first look on."""

from pathlib import Path

from tests.screens.conftest import seen
from tests.screens.wizards import settled, state, wizard
from wizard.design.answers import Answers
from wizard.design.draft import Draft, Place

__all__ = ["state"]

WIDE = (160, 45)


def at(screen: str, key: str) -> Draft:
    answers = Answers().given("cluster_name", "prod").given("version", "v1.34.2+rke2r1")
    return Draft(answers=answers, place=Place(screen, key))


async def test_a_wide_list_of_questions_shows_answers_whole_from_the_start(state: Path) -> None:
    async with wizard(at("questions", "pods"), size=WIDE) as pilot:
        assert "release          v1.34.2+rke2r1 " in seen(pilot.app)


async def test_a_wide_list_of_designs_shows_marks_and_refusals_from_the_start(state: Path) -> None:
    async with wizard(at("questions", "pods"), size=WIDE) as pilot:
        await pilot.press("f2")
        await settled(pilot)
        told = [line[:42] for line in seen(pilot.app).splitlines()]
        assert told[1].startswith("(~)  1 RKE2 small")
        assert any("refused: availability" in line for line in told)


async def test_the_first_question_has_the_reason_beneath_each_choice_where_there_is_room(state: Path) -> None:
    async with wizard(at("questions", "availability"), size=WIDE) as pilot:
        assert "down while it is patched" in seen(pilot.app)


async def test_lists_fit_again_after_the_terminal_was_narrowed(state: Path) -> None:
    async with wizard(at("design", ""), size=WIDE) as pilot:
        await pilot.resize_terminal(80, 24)
        await settled(pilot)
        assert seen(pilot.app).splitlines()[1].startswith("(~)  1 RKE2 small                         3 machines")
