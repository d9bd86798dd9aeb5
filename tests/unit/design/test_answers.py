import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.design.answering import outcome, reached, some_answers
from wizard.design.answers import Answers, parse_answers, to_text
from wizard.design.question import questions
from wizard.errors import BadSpec
from wizard.plain import plain


@given(some_answers())
def test_a_file_gives_back_the_answers_it_was_made_of(answers: Answers) -> None:
    text = to_text(answers)
    again = parse_answers(text, "answers.yaml")
    assert again == answers
    assert to_text(again) == text


@given(st.text() | st.dictionaries(st.sampled_from(list(questions())) | st.text(), st.text()).map(str))
def test_any_text_is_read_or_refused_with_its_line(text: str) -> None:
    found = outcome(lambda: parse_answers(text, "answers.yaml"))
    assert isinstance(found, Answers | BadSpec)
    if isinstance(found, BadSpec):
        assert found.problems
        assert all(problem.startswith("answers.yaml:") and plain(problem) == problem for problem in found.problems)


@given(some_answers())
def test_what_was_not_answered_is_assumed_and_told(answers: Answers) -> None:
    told = {assumption.key for assumption in answers.assumptions()}
    for question in answers.asked:
        if question.key in answers.said:
            assert question.key not in told
            assert answers[question.key] == answers.said[question.key]
        else:
            assert answers[question.key] == question.default
            assert (question.key in told) == (not question.optional or question.key in answers.open)


@given(some_answers())
def test_the_order_of_answering_makes_no_difference(answers: Answers) -> None:
    again = Answers()
    for key in reversed(list(answers.said)):
        again = again.given(key, answers.said[key])
    for key in answers.open:
        again = again.left(key)
    assert again == answers
    assert hash(again) == hash(answers)
    assert to_text(again) == to_text(answers)


@pytest.mark.parametrize("key", list(questions()))
def test_i_do_not_know_yet_is_an_assumption_with_what_it_moves(key: str) -> None:
    answers = reached(key)
    (told,) = [assumption for assumption in answers.left(key).assumptions() if assumption.key == key]
    assert told.question == questions()[key].text
    assert told.assumed
    assert questions()[key].changes in told.matters


def test_an_answer_to_a_question_that_is_no_longer_asked_does_not_count_but_is_kept() -> None:
    answers = Answers().given("data_centres", 3).given("latency_ms", 40)
    assert answers["latency_ms"] == 40
    alone = answers.given("data_centres", 1)
    assert alone["latency_ms"] == questions()["latency_ms"].default
    assert not alone.stated("latency_ms")
    assert alone.given("data_centres", 2)["latency_ms"] == 40


def test_all_that_is_wrong_is_told_at_once_by_line() -> None:
    text = "podz: 3\ncis: yes\npods: many\n\ns3_secret_key: hunter2\nnode_networks: [10.0.0.0/8, here]\ngpu: {a: 1}\n"
    with pytest.raises(BadSpec) as caught:
        parse_answers(text, "a.yaml")
    assert [problem.split(": ")[0] for problem in caught.value.problems] == [f"a.yaml:{n}" for n in (1, 2, 3, 5, 6, 7)]
    assert "did you mean 'pods'?" in caught.value.problems[0]
    assert "hunter2" not in str(caught.value)


def test_a_question_without_a_value_is_left_open_and_an_empty_file_answers_nothing() -> None:
    assert parse_answers("pods:\n", "a.yaml").left_open("pods")
    assert parse_answers("# nothing yet\n\n", "a.yaml") == Answers()
    assert parse_answers("", "a.yaml") == Answers()


def test_a_file_of_something_else_is_told_in_a_few_lines() -> None:
    with pytest.raises(BadSpec) as caught:
        parse_answers("".join(f"key{number}: {number}\n" for number in range(50_000)), "a.yaml")
    assert len(caught.value.problems) <= 201


def test_a_place_of_a_secret_may_be_written_as_in_the_spec() -> None:
    assert parse_answers("token: {env: RKE2_TOKEN}\n", "a.yaml").said["token"] == "env:RKE2_TOKEN"


def test_a_list_of_something_else_is_refused() -> None:
    with pytest.raises(BadSpec, match="not a list of answers"):
        parse_answers("- a\n", "a.yaml")
