"""What is refused, and by which rule."""

import pytest
from hypothesis import given

from tests.unit.design.answering import some_answers
from wizard.design.answers import Answers
from wizard.design.recommend import recommend

WHATEVER_IS_BUILT = [
    ("overlapping-networks", {"cluster_cidr": "10.43.0.0/17"}),
    ("overlapping-networks", {"node_networks": ("10.0.0.0/8",)}),
    ("overlapping-networks", {"dual_stack": True, "cluster_cidr_v6": "fd43::/112"}),
    ("pods-per-node", {"pods_per_node": 251, "node_mask": 22}),
    ("node-mask", {"node_mask": 26}),
    ("node-mask", {"pods_per_node": 250, "node_mask": 25}),
    ("pod-network", {"cluster_cidr": "10.42.0.0/25"}),
    ("cluster-limits", {"pods": 150_000, "growth_percent": 30}),
    ("windows", {"windows": True, "cni": "canal"}),
    ("windows", {"windows": True, "cni": "cilium"}),
    ("windows", {"windows": True, "cni": "calico", "dual_stack": True}),
    ("windows", {"windows": True, "cni": "calico", "architectures": ("arm64",)}),
    ("shared-volumes", {"storage": "local-path", "access_mode": "rwx"}),
]
FOR_ONE_DESIGN = [
    ("even-etcd-sites", "rke2-three-zones", {"data_centres": 2}),
    ("even-etcd-sites", "rke2-three-zones", {"zones": 2}),
    ("etcd-latency", "rke2-three-zones", {"data_centres": 3, "latency_ms": 11}),
    ("data-centre-loss", "rke2-two-sites", {"data_centres": 2, "data_centre_loss": True}),
    ("availability", "rke2-single", {"availability": "node"}),
    ("availability", "rke2-medium", {"availability": "node_in_maintenance"}),
    ("places", "rke2-two-sites", {"data_centres": 1}),
    ("pods-per-node", "rke2-single", {"availability": "none", "pods": 300}),
    ("machine-size", "rke2-small", {"pods": 60, "pod_memory_mib": 8192}),
    ("cluster-limits", "rke2-large", {"pods": 100_000, "pod_memory_mib": 16_384}),
    ("pod-network", "rke2-large", {"pods": 100_000}),
    ("on-purpose", "rke1-small", {"distribution": "rke2"}),
    ("on-purpose", "rancherd", {}),
    ("arm64", "rke1-small", {"distribution": "rke1", "architectures": ("arm64",)}),
    ("arm64", "rancherd", {"distribution": "rancherd", "architectures": ("amd64", "arm64")}),
    ("arm64", "rke2-small", {"version": "v1.24.9+rke2r1", "architectures": ("arm64",)}),
    ("windows", "rke1-small", {"distribution": "rke1", "windows": True, "cni": "calico"}),
    ("windows", "rancherd", {"distribution": "rancherd", "windows": True, "cni": "calico"}),
]


@pytest.mark.parametrize(("rule", "said"), WHATEVER_IS_BUILT)
def test_answers_that_no_design_can_mend_are_refused_by_name(rule, said):
    recommendation = recommend(Answers(said))
    assert rule in [refusal.rule for refusal in recommendation.refusals if refusal.stops]
    assert recommendation.best is None


@pytest.mark.parametrize(("rule", "key", "said"), FOR_ONE_DESIGN)
def test_a_design_that_can_not_do_it_is_refused_by_name(rule, key, said):
    recommendation = recommend(Answers(said))
    assert rule in [refusal.rule for refusal in recommendation.of(key).refused]
    assert recommendation.best is None or recommendation.best.design.key != key


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("even-etcd-sites", {"data_centres": 2, "availability": "node"}),
        ("even-etcd-sites", {"data_centres": 2, "availability": "none", "data_centre_loss": True}),
        ("etcd-latency", {"data_centres": 3, "latency_ms": 25}),
    ],
)
def test_what_was_hoped_for_is_refused_and_another_design_stands_in(rule, said):
    recommendation = recommend(Answers(said))
    assert rule in [refusal.rule for refusal in recommendation.refusals]
    assert recommendation.best is not None


def test_the_latency_that_is_too_long_and_the_one_that_is_allowed_both_have_their_unit():
    (refusal,) = recommend(Answers({"data_centres": 3, "latency_ms": 30})).refusals
    assert "30 ms" in refusal.what
    assert "10 ms" in refusal.what


def test_ten_milliseconds_are_allowed_and_a_cluster_in_each_place_does_not_mind_more():
    near = recommend(Answers({"data_centres": 3, "latency_ms": 10}))
    far = recommend(Answers({"data_centres": 3, "latency_ms": 11}))
    assert near.best.design.key == "rke2-three-zones"
    assert far.best.design.key == "rke2-cluster-per-site"


@given(some_answers())
def test_each_refusal_says_what_why_and_what_instead(answers):
    recommendation = recommend(answers)
    refused = [*recommendation.refusals, *(refusal for one in recommendation.ranked for refusal in one.refused)]
    for refusal in refused:
        assert refusal.rule
        assert refusal.what.endswith(".")
        assert refusal.why.endswith((".", ")"))
        assert refusal.instead.endswith(".")


def test_calico_takes_blocks_instead_of_a_mask():
    assert recommend(Answers({"cni": "calico", "node_mask": 27})).refusals == ()


def test_networks_of_two_families_do_not_overlap():
    assert recommend(Answers({"dual_stack": True})).refusals == ()


def test_a_pod_network_that_is_too_small_is_mended_rather_than_another_design_taken():
    recommendation = recommend(Answers({"pods": 30_000}))
    assert recommendation.best is None
    assert recommendation.ranked[0].design.key == "rke2-large"
    assert "wider" in recommendation.ranked[0].refused[0].instead
    assert recommend(Answers({"pods": 30_000, "cluster_cidr": "10.64.0.0/14"})).best.design.key == "rke2-large"
