"""Which design comes first, and why the others do not."""

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.unit.design.answering import some_answers
from wizard.design.answers import Answers
from wizard.design.as_lines import pool_lines
from wizard.design.design import designs
from wizard.design.recommend import recommend

AVAILABILITY = ("none", "node", "node_in_maintenance")
REACHED = {
    "rke2-single": {"availability": "none", "pods": 20},
    "rke2-small": {"availability": "node", "pods": 50},
    "rke2-medium": {"availability": "node", "pods": 300, "pod_memory_mib": 512},
    "rke2-large": {"availability": "node_in_maintenance", "pods": 1000},
    "rke2-two-sites": {"data_centres": 2},
    "rke2-cluster-per-site": {"data_centres": 2, "data_centre_loss": True},
    "rke2-three-zones": {"data_centres": 3, "data_centre_loss": True},
    "rke1-single": {"distribution": "rke1", "availability": "none", "pods": 20},
    "rke1-small": {"distribution": "rke1", "availability": "node", "pods": 50},
    "rke1-medium": {"distribution": "rke1", "availability": "node", "pods": 300},
    "rke1-large": {"distribution": "rke1", "availability": "node_in_maintenance", "pods": 1000},
    "rancherd": {"distribution": "rancherd", "rancher": True},
}


@pytest.mark.parametrize(("key", "said"), REACHED.items(), ids=REACHED)
def test_each_design_is_the_one_for_somebody(key, said):
    assert recommend(Answers(said)).best.design.key == key


def test_the_table_above_leaves_no_design_out():
    assert set(REACHED) == {one.key for one in designs()}


@given(some_answers(), st.randoms(use_true_random=False))
def test_the_same_answers_give_the_same_recommendation_in_whichever_order(answers, random):
    keys = list(answers.said)
    random.shuffle(keys)
    other = Answers({key: answers.said[key] for key in keys}, answers.open)
    assert recommend(other) == recommend(answers)


@given(some_answers())
def test_more_availability_never_gives_fewer_servers_or_machines(answers):
    bests = [recommend(answers.given("availability", step)).best for step in AVAILABILITY]
    sizings = [best.sizing for best in bests if best]
    for less, more in pairwise(sizings):
        assert less.servers <= more.servers
        assert less.machines <= more.machines


@given(some_answers(), st.data())
def test_more_pods_never_give_fewer_servers_or_machines(answers, data):
    few, many = sorted(data.draw(st.lists(st.integers(1, 5000), min_size=2, max_size=2)))
    one, other = (recommend(answers.given("pods", pods)).best for pods in (few, many))
    assume(one and other)
    assert one.sizing.servers <= other.sizing.servers
    assert one.sizing.machines <= other.sizing.machines


@given(some_answers())
def test_every_design_is_ranked_once_and_says_why_it_is_not_the_first(answers):
    recommendation = recommend(answers)
    first, *others = recommendation.ranked
    assert sorted(one.design.key for one in recommendation.ranked) == sorted(one.key for one in designs())
    assert first.ranked_lower_because == ""
    for one in others:
        assert one.ranked_lower_because
        assert one.survives or one.design.size == "single" or not any(pool.count > 1 for pool in one.sizing.pools)
        assert one.loses
        assert one.reasons_for or one.reasons_against
    # What can be built stands before what can't.
    out = [any(not refusal.stops for refusal in one.refused) for one in recommendation.ranked]
    assert out == sorted(out)


@given(some_answers())
def test_drawings_are_plain_and_fit_beside_the_questions(answers):
    for one in recommend(answers).ranked:
        assert one.diagram.isascii()
        assert max(len(line) for line in one.diagram.splitlines()) <= 76
        assert all(str(pool.cpus) in one.diagram for pool in one.sizing.pools)


def test_reasons_speak_of_the_answers():
    stated = recommend(Answers({"pods": 300, "pod_memory_mib": 512})).of("rke2-small")
    assumed = recommend(Answers()).of("rke2-medium")
    assert any("You said 300 pods of 512 MiB, 390 with growth" in text for text in stated.reasons_against)
    assert any("Assumed 50 pods of 256 MiB" in text for text in assumed.reasons_against)


def test_what_has_aged_says_so_and_names_its_successor():
    for one in recommend(Answers({"distribution": "rke1"})).ranked:
        if one.design.distribution == "rke1":
            assert any("31 July 2025" in text for text in one.reasons_against)
            assert one.design.successor == one.design.key.replace("rke1", "rke2")


def test_three_zones_survive_one_and_two_data_centres_do_not():
    zones = recommend(Answers({"data_centres": 3})).of("rke2-three-zones")
    two = recommend(Answers({"data_centres": 2})).of("rke2-two-sites")
    assert "the loss of a whole data centre" in zones.survives
    assert any("data centre with the servers" in text for text in two.loses)


def test_five_servers_over_four_data_centres_stand_in_three_of_them():
    ranked = recommend(Answers({"data_centres": 4, "availability": "node_in_maintenance"})).of("rke2-three-zones")
    drawn = ranked.diagram
    assert drawn.count("x server") == 2  # once for the two alike, once for the third; none in the fourth
    assert "centres 1-2, each" in drawn


def test_planes_apart_are_counted_each_for_itself():
    rke1 = recommend(Answers({"distribution": "rke1", "availability": "node_in_maintenance"})).of("rke1-large")
    assert rke1.survives[:2] == ("the loss of any 2 of 5 etcd nodes", "the loss of any 2 of 4 controlplane nodes")
    assert not any("servers of this size" in text or "would do" in text for text in rke1.reasons_against)


def test_rancherd_has_room_for_the_rancher_it_brings_along():
    asked = recommend(Answers({"distribution": "rancherd"})).of("rancherd")
    assert any(line.what == "Rancher" for line in asked.sizing.lines)


def test_large_counts_are_grouped_wherever_they_stand():
    answers = Answers({"pods": 140_000, "growth_percent": 0})
    best = recommend(answers).ranked[0]
    assert f"{best.sizing.workers:,} × agent" in "\n".join(pool_lines(best))
    assert any(f": {best.sizing.left:,} carry everything" in text for text in best.survives)
    assert best.sizing.left > 1000


def test_one_worker_that_is_left_is_spoken_of_as_one():
    assert (
        "the loss of any 1 of 2 agents: 1 carries everything, 79 pods on it"
        in recommend(Answers()).of("rke2-medium").survives
    )
