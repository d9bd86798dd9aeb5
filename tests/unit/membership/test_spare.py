"""etcd spares a server only where a majority can take the removal, and is left afterwards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.membership.spare import advice, unsafe

VOTERS = st.dictionaries(st.sampled_from([f"s{n}" for n in range(1, 8)]), st.booleans(), min_size=1)


@pytest.mark.parametrize(
    ("voters", "leaving", "why"),
    [
        ({"a": True, "b": True, "c": True}, "a", ""),
        ({"a": True, "b": True, "c": False}, "c", ""),
        ({"a": True, "b": True, "c": False}, "a", "1 of 2 members would be left voting, 2 are needed; not well: c"),
        ({"a": True, "b": False, "c": False}, "c", "1 of 3 members vote, 2 must take the removal; not well: b"),
        ({"a": True, "b": True}, "b", ""),
        ({"a": True, "b": False}, "b", "1 of 2 members vote, 2 must take the removal; not well: b"),
        ({"a": True}, "a", "a is the only member of etcd: without it there is no cluster"),
        ({"a": True, "b": True, "c": True, "d": False, "e": False}, "d", ""),
        ({"a": True, "b": True, "c": True, "d": False, "e": False}, "a", "2 of 4 members would be left"),
    ],
)
def test_the_removal_and_what_is_left_need_a_majority_each(voters: dict[str, bool], leaving: str, why: str) -> None:
    said = unsafe(voters, leaving)
    assert said.startswith(why) if why else said == ""


@given(VOTERS)
def test_whatever_is_allowed_leaves_a_majority(voters: dict[str, bool]) -> None:
    for leaving in voters:
        left = [well for name, well in voters.items() if name != leaving]
        if not unsafe(voters, leaving):
            assert sum(left) * 2 > len(left)
            assert sum(voters.values()) * 2 > len(voters)


def test_an_even_number_of_servers_is_advised_against() -> None:
    assert "Two servers" in advice(2)
    assert "4 servers" in advice(4)
    assert advice(1) == advice(3) == ""
