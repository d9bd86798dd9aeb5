"""Which pairs are asked: all of few nodes, a fair sample of many."""

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.checks.specs import spec
from wizard.checks.network.bandwidth import rounds
from wizard.checks.network.mesh import mesh, subnet
from wizard.spec.models import Spec


def site(servers: int, agents: int, subnets: int) -> Spec:
    """Nodes dealt out over subnets one after the other."""
    roles = ["server"] * servers + ["agent"] * agents
    return spec(
        nodes=[
            {"name": f"n{k}", "address": f"10.{k % subnets}.0.{1 + k // subnets}", "role": role}
            for k, role in enumerate(roles)
        ]
    )


def test_few_nodes_ask_each_other_both_ways() -> None:
    made = mesh(site(3, 6, 2))
    assert len(made.pairs) == len(set(made.pairs)) == 9 * 8
    assert not made.sampled


@given(st.integers(1, 5), st.integers(3, 60), st.integers(1, 6))
def test_a_sample_leaves_no_node_and_no_pair_of_subnets_out(servers: int, agents: int, subnets: int) -> None:
    made = site(servers, agents, subnets)
    chosen = mesh(made, all_up_to=0)
    pairs = set(chosen.pairs)
    names = {node.name for node in made.nodes}
    where = {node.name: subnet(node.address) for node in made.nodes}
    assert len(pairs) == len(chosen.pairs)
    assert all(a != b for a, b in pairs)
    assert {a for a, _ in pairs} == {b for _, b in pairs} == names
    every = {(a, b) for a in where.values() for b in where.values() if a != b}
    assert {(where[a], where[b]) for a, b in pairs} >= every
    heads = {node.name for node in made.servers}
    assert {(a, b) for a in heads for b in heads if a != b} <= pairs
    assert all(any((agent.name, head) in pairs for head in heads) for agent in made.agents)
    assert len(pairs) <= 3 * len(names) + servers**2 + subnets**2
    assert "pairs" in chosen.sampled


def test_a_sample_is_the_same_each_time() -> None:
    made = site(3, 200, 7)
    assert mesh(made) == mesh(made)


def test_only_pairs_about_the_nodes_in_question_are_kept() -> None:
    whole = mesh(site(3, 2, 1))
    about = whole.about(["n4"], among=["n0", "n1", "n4"])
    assert set(about.pairs) == {("n0", "n4"), ("n4", "n0"), ("n1", "n4"), ("n4", "n1")}
    assert set(about.nodes) == {"n0", "n1", "n4"}


@given(st.integers(0, 40))
def test_in_each_round_of_bandwidth_a_node_does_one_thing(count: int) -> None:
    names = [f"n{turn}" for turn in range(count)]
    done = rounds(names)
    assert len(done) <= 3
    for targets in done:
        busy = [*targets, *targets.values()]
        assert len(busy) == len(set(busy))
    sent = [pair for targets in done for pair in targets.items()]
    wanted = set(names) if count > 1 else set()
    assert {source for source, _ in sent} == {target for _, target in sent} == wanted
    assert len(sent) == len(wanted)


def test_a_subnet_for_each_node_does_not_bring_all_pairs_back() -> None:
    made = mesh(site(3, 197, 200))
    assert {name for pair in made.pairs for name in pair} == {f"n{k}" for k in range(200)}
    assert len(made.pairs) < 200 * 12
    assert "each subnet asks 8 of the other 199" in made.sampled
