"""The proof in words and as matrices."""

from wizard.checks.network.links import DOOR, JUMP_HOST, Link, Links, Way
from wizard.checks.network.report import lines, markdown, roles, summary

NAMES = ("cp-1", "worker-1", "worker-2")


def links() -> Links:
    made = Links(NAMES, {"cp-1": "server", "worker-1": "agent", "worker-2": "agent"}, commands=9, seconds=4.25)
    made.add(
        Link("worker-1", "cp-1", 6443, "tcp", "open"),
        Link("worker-1", "cp-1", 9345, "tcp", "filtered"),
        Link("worker-2", "cp-1", 6443, "tcp", "in_use"),
        Link("worker-1", DOOR, 9345, "tcp", "open"),
        Link(JUMP_HOST, "cp-1", 6443, "tcp", "wrong"),
    )
    made.add_way(Way("worker-1", "cp-1", 100, 100, 0.31, 0.5, "ping", 1500, 1500))
    made.sort()
    return made


def test_the_summary_counts_and_names_what_it_took() -> None:
    assert summary(links()) == "3 of 5 links open between 3 nodes; round trips 0.31 ms; 9 commands in 4.2 s"


def test_each_pair_shows_its_worst_answer() -> None:
    drawn = list(lines(links()))
    rows = {line.split()[0]: line.split()[1:] for line in drawn[drawn.index("") + 2 :]}
    assert rows["worker-1"] == ["x", "\\", ".", "2"]
    assert rows["worker-2"] == ["+", ".", "\\", "3"]


def test_roles_are_counted_with_those_that_are_no_nodes() -> None:
    agents = next(line for line in lines(links()) if line.startswith("agent"))
    assert "2/3" in agents
    assert "1/1" in agents


def test_a_port_that_is_closed_between_two_roles_is_told_with_how_often() -> None:
    told = dict(roles(links()))
    assert told["agent to server: 9345/tcp closed on 1 way"] is False
    assert next(good for line, good in told.items() if line.startswith("agent ")) is False


def test_a_large_site_has_no_matrix_of_nodes() -> None:
    large = Links(tuple(f"n{turn}" for turn in range(100)), {})
    large.sampled = "some were asked"
    assert not any(line.startswith("n99") for line in markdown(large))
    assert summary(large).endswith("some were asked")
