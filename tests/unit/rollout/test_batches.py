from hypothesis import given
from hypothesis import strategies as st

from wizard.rollout.batches import batches, spread, window

names = st.lists(st.text("abcdefgh", min_size=1, max_size=4), unique=True, max_size=60)


@given(names, st.integers(1, 20), st.integers(0, 5))
def test_batches_hold_each_node_once_in_order_and_never_too_many(nodes, at_once, canary):
    cut = batches(nodes, at_once=at_once, canary=canary)
    assert [node for batch in cut for node in batch] == nodes
    assert all(0 < len(batch) <= max(at_once, canary) for batch in cut)
    assert all(cut)


@given(names, st.integers(0, 5))
def test_a_window_holds_each_node_once_with_the_canaries_first(nodes, canary):
    cut = window(nodes, canary=canary)
    assert [node for batch in cut for node in batch] == nodes
    if canary and len(nodes) > canary:
        assert len(cut[0]) == canary


@given(names, st.data())
def test_spreading_keeps_all_nodes_and_touches_zones_evenly(nodes, data):
    zones = {node: data.draw(st.sampled_from("abc")) for node in nodes}
    order = spread(nodes, zones)
    assert sorted(order) == sorted(nodes)
    total = {zone: sum(zones[node] == zone for node in nodes) for zone in "abc"}
    for size in range(1, len(order)):
        for zone, count in total.items():
            share = sum(zones[node] == zone for node in order[:size])
            assert abs(share - size * count / len(order)) <= 2


def test_a_run_of_ten_out_of_three_equal_zones_takes_some_of_each():
    nodes = [f"{zone}{number}" for zone in "abc" for number in range(10)]
    first = spread(nodes, {node: node[0] for node in nodes})[:3]
    assert {node[0] for node in first} == {"a", "b", "c"}
