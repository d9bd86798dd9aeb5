"""How questions are answered by keys alone, kept as they are given, and mended when they can't be read."""

from pathlib import Path

import pytest
from textual.events import Paste

from screens.questions import QuestionsPage
from tests.screens.conftest import seen
from tests.screens.wizards import Wizards, right, settled, shell, state, wizard
from wizard.design.answers import Answers
from wizard.design.draft import Draft, Place, load
from wizard.design.question import asked

__all__ = ["state"]


def at(key: str, answers: Answers | None = None) -> Draft:
    """A draft that was left at the question `key`."""
    return Draft(answers=answers or Answers(), place=Place("questions", key))


async def typed(pilot: Wizards, text: str) -> None:
    """Type `text` into the field of the question at hand, and go on."""
    await pilot.press("enter", *text, "enter")
    await settled(pilot)


async def pasted(pilot: Wizards, text: str) -> None:
    await pilot.press("enter")
    await pilot.pause()
    pilot.app.screen.post_message(Paste(text))
    await settled(pilot)


async def test_answers_are_given_by_keys_alone_and_kept_as_they_are_given(state: Path) -> None:
    async with wizard() as pilot:
        await pilot.press("enter")
        await settled(pilot)
        await typed(pilot, "prod")
        draft = shell(pilot).draft.id
        assert load(draft).answers["cluster_name"] == "prod"
        assert load(draft).place.key == "environments"
        await pilot.press("down", "enter", "enter")  # several; the next question is whether production is among them
        await settled(pilot)
        assert load(draft).answers["environments"] == "several"
        assert "prod" in seen(pilot.app).splitlines()[0]


async def test_killed_at_any_question_it_goes_on_there_with_all_that_was_said(state: Path) -> None:
    answers = Answers().given("cluster_name", "prod").given("backup", "s3").given("data_centres", 3)
    async with wizard(at("cluster_name", answers)) as pilot:
        for question in asked(answers)[:12]:
            await settled(pilot)
            kept = load(shell(pilot).draft.id)
            assert (kept.place.key, kept.answers) == (question.key, answers)
            await pilot.press("down")
    async with wizard(kept) as pilot:
        assert question.text in right(pilot)


async def test_what_is_typed_counts_before_enter_is_pressed(state: Path) -> None:
    async with wizard(at("pods")) as pilot:
        await pilot.press("enter", *"300")
        await settled(pilot)
        assert load(shell(pilot).draft.id).answers["pods"] == 300


async def test_i_dont_know_yet_leaves_a_question_open_and_goes_on(state: Path) -> None:
    async with wizard(at("pods", Answers().given("pods", 300))) as pilot:
        await pilot.press("enter", "f3")
        await settled(pilot)
        draft = shell(pilot).draft
        assert draft.answers.left_open("pods")
        assert draft.place.key == "pod_cpu_m"
        assert "? pods             50 pods" in seen(pilot.app)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("3OO", "'3OO' is not a whole number; a whole number from 1 to 150000 pods"),
        ("[red]9[/red]", "is not a whole number"),
        ("9" * 30, "is out of range"),
        ("9" * 10_000, "has 10000 characters; at most 1000"),
        ("\x1b[31m9", "␛[31m9"),
        ("9 🐄", "🐄"),
    ],
)
async def test_what_is_no_answer_is_not_taken_and_says_how_to_mend_it(state: Path, text: str, said: str) -> None:
    async with wizard(at("pods")) as pilot:
        await pasted(pilot, text)
        await pilot.press("enter")
        await settled(pilot)
        shown = right(pilot)
        assert "Not taken:" in shown
        assert said in shown
        draft = shell(pilot).draft
        assert not draft.answers.stated("pods")
        assert draft.place.key == "pods"


async def test_text_that_was_not_taken_stands_there_again_when_one_comes_back(state: Path) -> None:
    async with wizard(at("pods")) as pilot:
        await pilot.press("enter", *"3O", "escape")
        await settled(pilot)
        await pilot.press("escape")
        await settled(pilot)
        shell(pilot).goto("questions")
        await settled(pilot)
        assert "Not taken: '3O' is not a whole number" in right(pilot)


async def test_several_lines_pasted_into_a_list_are_one_list(state: Path) -> None:
    async with wizard(at("node_networks")) as pilot:
        await pasted(pilot, "192.168.10.0/24\n10.0.0.0/16\n")
        assert shell(pilot).draft.answers.words("node_networks") == ("192.168.10.0/24", "10.0.0.0/16")


async def test_several_choices_are_marked_by_space(state: Path) -> None:
    async with wizard(at("architectures")) as pilot:
        await pilot.press("enter", "down", "space")
        await settled(pilot)
        assert shell(pilot).draft.answers.words("architectures") == ("amd64", "arm64")
        assert "[x] ARM (arm64)" in right(pilot)


async def test_i_dont_know_yet_is_a_choice_too_and_the_default_is_marked_as_assumed(state: Path) -> None:
    async with wizard(at("availability", Answers().given("availability", "none"))) as pilot:
        await pilot.press("enter", "end", "space")
        await settled(pilot)
        assert shell(pilot).draft.answers.left_open("availability")
        assert "( ) Nothing (~) The loss of one node (N+1)" in right(pilot)
        assert "(x) I don't know yet" in right(pilot)


@pytest.mark.parametrize("key", ["pods", "availability"])
async def test_a_question_mark_explains_the_field_in_focus(state: Path, key: str) -> None:
    async with wizard(at(key)) as pilot:
        await pilot.press("enter", "question_mark")
        await settled(pilot)
        text = " ".join(seen(pilot.app).split())
        assert "why" in text
        assert "moves" in text
        await pilot.press("escape")
        await settled(pilot)
        assert isinstance(pilot.app.screen, QuestionsPage)
        assert not shell(pilot).draft.answers.stated(key)


async def test_a_question_that_is_not_asked_any_more_leaves_the_list(state: Path) -> None:
    async with wizard(at("backup", Answers().given("backup", "s3")), size=(120, 60)) as pilot:
        for _ in range(6):
            await pilot.press("pagedown")
        await settled(pilot)
        assert "S3 host" in seen(pilot.app)
        shell(pilot).change(shell(pilot).draft.answered(Answers()))
        await settled(pilot)
        assert "S3 host" not in seen(pilot.app)
