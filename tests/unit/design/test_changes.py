"""What one more answer changed, in words."""

from hypothesis import given

from tests.unit.design.answering import some_answers
from wizard.design.answers import Answers
from wizard.design.changes import differences
from wizard.design.recommend import recommend


def told(before: dict[str, object], after: dict[str, object]) -> tuple[str, ...]:
    return differences(recommend(Answers(before)), recommend(Answers({**before, **after})))


def test_another_design_is_told_with_its_machines():
    said = told({}, {"pods": 300})
    assert said[0] == "RKE2 medium instead of RKE2 small"
    assert any(text.startswith("5 agents of") and text.endswith("more") for text in said)


def test_only_what_changed_of_a_pool_is_told():
    (line,) = told({"pods": 300}, {"pods": 400})
    assert line.startswith("7 agents of")
    assert line.endswith("instead of 5")


def test_what_may_be_lost_is_told():
    assert "2 servers may be lost instead of 1" in told({"pods": 300}, {"availability": "node_in_maintenance"})
    assert "Now survived: the loss of a whole data centre" in told({}, {"data_centres": 3})


def test_a_refusal_comes_and_goes():
    wrong = {"cluster_cidr": "10.43.0.0/16"}
    assert any(text.startswith("Refused: Networks overlap") for text in told({}, wrong))
    assert any(text.startswith("No longer refused: Networks") for text in told(wrong, {"cluster_cidr": "10.42.0.0/16"}))


def test_a_pool_that_goes_is_told():
    assert "No GPU agent any more" in told({"pods": 300, "gpu": True}, {"gpu": False})


@given(some_answers(), some_answers())
def test_nothing_is_told_when_nothing_moved_and_all_is_text(one, other):
    before, after = recommend(one), recommend(other)
    assert differences(before, before) == ()
    assert all(text.strip() == text and text for text in differences(before, after))
