"""Whom a node asks: nobody waits for himself, no giver serves two, and in the end all have everything."""

from hypothesis import given, settings
from hypothesis import strategies as st

from wizard.bundle.spread.sources import HERE, HERE_AT_MOST, Sources

FILE, SIZE = "f" * 64, 10


def named(count: int) -> list[str]:
    return [f"n{number}" for number in range(count)]


def test_nodes_that_begin_together_stand_in_a_chain_behind_one_that_is_given_from_here() -> None:
    sources, givers = Sources(), []
    for node in named(4):
        giver = sources.choose(node, FILE, SIZE)
        assert giver is not None
        sources.begin(node, giver, FILE)
        givers.append(giver)
    assert givers == [HERE, "n0", "n1", "n2"]


def test_a_node_that_is_whole_gives_before_the_jump_host_does() -> None:
    sources = Sources(has={("n0", FILE): SIZE})
    assert sources.choose("n1", FILE, SIZE) == "n0"
    assert sources.choose("n1", "another file", SIZE) == HERE


def test_one_that_nobody_can_give_waits_and_when_it_is_urgent_is_given_from_here() -> None:
    sources = Sources()
    sources.begin("n0", HERE, "another file")
    assert sources.choose("n1", FILE, SIZE) is None
    assert sources.choose("n1", FILE, SIZE, urgent=True) == HERE
    for number in range(1, HERE_AT_MOST):
        sources.begin(f"m{number}", HERE, FILE)
    assert sources.choose("n1", "a third", SIZE, urgent=True) is None


def test_two_that_did_not_come_together_are_not_tried_again() -> None:
    sources = Sources(has={("n0", FILE): SIZE})
    sources.part("n1", "n0")
    assert sources.choose("n1", FILE, SIZE) == HERE
    assert sources.choose("n2", FILE, SIZE) == "n0"


def test_one_that_gave_wrong_bytes_gives_nothing_more() -> None:
    sources = Sources(has={("n0", FILE): SIZE})
    sources.lose("n0")
    assert sources.choose("n1", FILE, SIZE) == HERE


@settings(max_examples=200, deadline=None)
@given(nodes=st.integers(1, 12), seed=st.randoms(use_true_random=False))
def test_whatever_comes_in_which_order_all_have_everything_in_the_end(nodes: int, seed: object) -> None:
    sources, order, files = Sources(), named(nodes), ("a", "b")
    have = {(node, file): 0 for node in order for file in files}
    for _ in range(4000):
        lacking = [key for key, count in have.items() if count < SIZE]
        if not lacking:
            break
        node = seed.choice(sorted({node for node, _ in lacking}))  # type: ignore[attr-defined]
        if node in sources.giver:
            file, giver = sources.getting[node], sources.giver[node]
            more = SIZE if giver == HERE else sources.has.get((giver, file), 0)
            have[node, file] = sources.has[node, file] = max(have[node, file], min(have[node, file] + 1, more))
            if have[node, file] == SIZE or seed.random() < 0.3:  # type: ignore[attr-defined]
                sources.end(node)
        else:
            file = next(file for file in files if have[node, file] < SIZE)
            giver = sources.choose(node, file, SIZE)
            if giver is not None:
                sources.begin(node, giver, file)
                assert len([each for each in sources.giver.values() if each == giver]) == 1
                climbs(sources, node)
    assert set(have.values()) == {SIZE}


def climbs(sources: Sources, node: str) -> str:
    """Return where what a node gets comes from in the end; fails where it comes from itself."""
    seen = [node]
    while seen[-1] in sources.giver:
        seen.append(sources.giver[seen[-1]])
        assert len(seen) == len(set(seen)), seen
    return seen[-1]
