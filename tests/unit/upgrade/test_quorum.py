"""When etcd can do without a server."""

import pytest

from wizard.upgrade.quorum import lacking, read_voters

THREE = ("a", "b", "c")


@pytest.mark.parametrize(
    ("voters", "servers", "without", "said"),
    [
        ({"a": True, "b": True, "c": True}, THREE, "a", ""),
        ({"a": False, "b": True, "c": True}, THREE, "a", ""),
        ({"a": True, "b": False, "c": True}, THREE, "a", "b not Ready: 1 voting members would be left, 2 are needed"),
        ({"a": True, "b": True}, THREE, "a", "c not among etcd's members"),
        ({"a": True}, ("a",), "a", ""),
        ({"a": True, "b": True}, ("a", "b"), "a", ""),
        ({"a": True, "b": False}, ("a", "b"), "a", "b not Ready: 0 voting members would be left, 2 are needed"),
        (dict.fromkeys("abcde", True) | {"b": False}, tuple("abcde"), "a", ""),
        (
            dict.fromkeys("abcde", True) | {"b": False, "c": False},
            tuple("abcde"),
            "a",
            "b, c not Ready: 2 voting members would be left, 3 are needed",
        ),
    ],
)
def test_a_server_is_spared_only_where_the_others_carry_on(
    voters: dict[str, bool], servers: tuple[str, ...], without: str, said: str
) -> None:
    assert lacking(voters, servers, without) == said


@pytest.mark.parametrize(
    ("told", "votes"),
    [
        ("True v1.34.2+rke2r1 True", True),
        ("True v1.34.2+rke2r1 False", False),
        ("True v1.34.2+rke2r1 ", False),
        ("False v1.34.2+rke2r1 True", False),
        ("True v1.24.17+rke2r1 ", True),
        ("False v1.24.17+rke2r1 ", False),
        ("True v1.28.3+rke2r1 ", True),
        ("True v1.28.4+rke2r1 ", False),
        ("True no-version ", False),
        ("", False),
    ],
)
def test_a_vote_is_waited_for_where_the_release_tells_of_it(told: str, votes: bool) -> None:
    assert read_voters(("etcd ok", f"cp-1 {told}")) == (True, {"cp-1": votes})
    assert read_voters((f"cp-0 {told}",))[0] is False
