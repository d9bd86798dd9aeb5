"""When etcd can do without a server."""

import pytest

from wizard.upgrade.quorum import lacking

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
