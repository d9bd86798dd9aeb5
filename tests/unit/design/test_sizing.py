"""Counts and sizes, and the arithmetic shown for them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.design.answering import some_answers
from wizard.design.answers import Answers
from wizard.design.design import Design, design, designs
from wizard.design.question import questions
from wizard.design.sizing import Sizing, size
from wizard.design.wish import wish

LOADS = (
    "pods",
    "pod_cpu_m",
    "pod_memory_mib",
    "pod_cpu_max_m",
    "pod_memory_max_mib",
    "growth_percent",
    "data_gib",
    "gpu_nodes",
    "managed_clusters",
    "backup_keep",
)
AVAILABILITY = ("none", "node", "node_in_maintenance")
SWITCHES = ("rancher", "monitoring", "gpu", "data_centre_loss")


def totals(sizing: Sizing) -> dict[str, int]:
    return {
        "machines": sizing.machines,
        "servers": sizing.servers,
        "cpus": sizing.cpus,
        "memory": sizing.memory_mib,
        "disk": sizing.disk_gib,
        "data": sizing.data_gib * sizing.clusters,
    }


def assert_no_less(one: Design, less: Answers, more: Answers) -> None:
    before, after = totals(size(one, wish(less))), totals(size(one, wish(more)))
    assert {key: after[key] for key in before if after[key] < before[key]} == {}


@given(some_answers(), st.sampled_from(designs()), st.sampled_from(LOADS), st.data())
def test_more_load_never_needs_less_of_anything(answers, one, key, data):
    question = questions()[key]
    numbers = st.integers(question.least, question.most)
    few, many = sorted((data.draw(numbers), data.draw(numbers)))
    assert_no_less(one, answers.given(key, few), answers.given(key, many))


@given(some_answers(), st.sampled_from(designs()), st.sampled_from(LOADS), st.data())
def test_a_little_more_load_never_needs_less_of_anything(answers, one, key, data):
    question = questions()[key]
    few = data.draw(st.integers(question.least, min(question.most - 1, question.least + 600)))
    assert_no_less(one, answers.given(key, few), answers.given(key, few + 1))


@given(some_answers(), st.sampled_from(designs()), st.sampled_from(SWITCHES))
def test_one_more_thing_to_carry_never_needs_less_of_anything(answers, one, key):
    assert_no_less(one, answers.given(key, False), answers.given(key, True))


@given(some_answers(), st.sampled_from(designs()), st.sampled_from(list(pairwise(AVAILABILITY))))
def test_more_availability_never_needs_less_of_anything(answers, one, steps):
    assert_no_less(one, *(answers.given("availability", step) for step in steps))


@given(some_answers(), st.sampled_from(designs()))
def test_what_is_left_carries_every_pod_and_the_largest_one(answers, one):
    wanted = wish(answers)
    sizing = size(one, wanted)
    grown = -(-wanted.pods * (100 + wanted.growth_percent) // 100)
    work = next(pool for pool in sizing.pools if pool.works)
    carriers = max(1, wanted.sites - wanted.survives_site) if one.spread == "each_site" else 1
    assert sizing.left * carriers * work.memory_mib >= grown * wanted.pod_memory_mib
    assert sizing.left * carriers * work.cpus * 1000 >= grown * wanted.pod_cpu_m
    assert work.memory_mib > wanted.pod_memory_max_mib
    assert work.cpus * 1000 > wanted.pod_cpu_max_m
    assert sizing.left + wanted.nodes_away <= sizing.workers or one.together


@given(some_answers(), st.sampled_from([one for one in designs() if not one.together]))
def test_no_worker_of_a_growing_pool_gets_more_pods_than_it_may_run(answers, one):
    sizing = size(one, wish(answers))
    assert sizing.pods_on_node <= sizing.pods_per_node


@pytest.mark.parametrize("zones", [3, 4, 5])
def test_a_lost_zone_leaves_enough_workers(zones):
    answers = Answers({"zones": zones, "pods": 2000})
    sizing = size(design("rke2-three-zones"), wish(answers))
    assert sizing.workers % zones == 0
    assert sizing.left == sizing.workers - sizing.workers // zones


def test_a_lost_data_centre_is_planned_for_also_when_no_node_is():
    answers = Answers({"data_centres": 3, "data_centre_loss": True, "availability": "none", "pods": 500})
    sizing = size(design("rke2-three-zones"), wish(answers))
    assert sizing.left == sizing.workers * 2 // 3


def test_the_arithmetic_tells_growth_headroom_spare_nodes_and_sources():
    sizing = size(design("rke2-medium"), wish(Answers({"pods": 300, "pod_memory_mib": 512, "growth_percent": 30})))
    said = {line.what: line for line in sizing.lines}
    assert said["Pods, with growth"].result == "390 pods"
    assert "390 × 512 MiB = 195 GiB" in said["Memory to plan for"].arithmetic
    assert "/ 80 %" in said["Memory to plan for"].arithmetic
    assert said["Pods on a worker, at most"].arithmetic.startswith("110 − 8")
    assert "+ 1 that may be away" in said["Workers"].arithmetic
    assert all(line.source for line in sizing.lines)


def test_three_copies_of_the_data_stand_on_disks_of_their_own():
    without = size(design("rke2-medium"), wish(Answers({"storage": "nfs"})))
    sizing = size(design("rke2-medium"), wish(Answers({"storage": "longhorn", "data_gib": 100, "growth_percent": 0})))
    agents = sizing.pools[1]
    assert without.data_gib == 0
    assert sizing.data_gib == 600  # 100 × 3 copies / 75 % × 3/2
    assert agents.count >= 3
    assert agents.count * agents.data_gib >= 600


def test_one_node_keeps_one_copy_of_the_data():
    said = Answers({"storage": "longhorn", "data_gib": 90, "growth_percent": 0, "availability": "none"})
    sizing = size(design("rke2-single"), wish(said))
    (line,) = (line for line in sizing.lines if line.what == "Disks for Longhorn")
    assert (sizing.data_gib, sizing.pools[0].data_gib) == (120, 120)  # 90 × 1 copy / 75 %
    assert line.arithmetic == "90 × 1 copy / 75 % that may be filled"


def test_gpu_nodes_are_a_pool_with_label_and_taint():
    sizing = size(design("rke2-small"), wish(Answers({"gpu": True, "gpu_nodes": 4})))
    (gpu,) = (pool for pool in sizing.pools if pool.gpu)
    assert (gpu.role, gpu.count) == ("agent", 4)
    assert gpu.labels == {"nvidia.com/gpu.present": "true"}
    assert gpu.taints == ("nvidia.com/gpu=present:NoSchedule",)


def test_rancher_and_many_agents_ask_for_larger_servers():
    plain = size(design("rke2-large"), wish(Answers())).pools[0]
    rancher = size(design("rke2-large"), wish(Answers({"rancher": True, "managed_clusters": 400}))).pools[0]
    many = size(design("rke2-large"), wish(Answers({"pods": 100_000}))).pools[0]
    assert (plain.cpus, plain.memory_mib) == (8, 16 * 1024)
    assert (rancher.cpus, rancher.memory_mib) == (16, 64 * 1024)
    assert many.memory_mib > plain.memory_mib
