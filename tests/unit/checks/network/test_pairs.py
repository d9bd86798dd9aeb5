"""Pairs are shown the worst first."""

from wizard.checks.network.links import Answer, Link, Links, Way
from wizard.checks.network.pairs import pairs, picked


def links(**answers: Answer) -> Links:
    """Return links of a hub to nodes that answer so on one of two ports."""
    made = Links(("hub", *answers), dict.fromkeys(("hub", *answers), "agent"))
    for name, answer in answers.items():
        made.add(Link("hub", name, 10250, "tcp", answer), Link("hub", name, 9100, "tcp", "open"))
    return made


def test_what_is_closed_comes_before_what_is_lossy_narrow_or_slow() -> None:
    found = links(fine="open", slow="open", narrow="open", lossy="open", untried="untried", shut="filtered")
    for name, way in {
        "slow": Way("hub", "slow", 10, 10, median_ms=40),
        "narrow": Way("hub", "narrow", mtu=1400, mtu_wanted=1500),
        "lossy": Way("hub", "lossy", 10, 8),
    }.items():
        assert way.target == name
        found.add_way(way)
    order = [pair.target for pair in pairs(found)]
    assert order == ["shut", "untried", "lossy", "narrow", "slow", "fine"]
    assert [pair.target for pair in picked(pairs(found), "not ok")] == order[:4]
    assert [pair.target for pair in picked(pairs(found), "fail")] == ["shut"]
    assert picked(pairs(found), "all", needle="LOSS")[0].target == "lossy"


def test_a_pair_names_the_ports_that_are_closed() -> None:
    assert pairs(links(shut="refused"))[0].bad == ("10250/tcp",)
