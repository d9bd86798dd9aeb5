import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wizard.bundle.packages.deb_version import key, satisfies

VERSIONS = st.from_regex(r"([0-9]:)?[0-9][0-9a-zA-Z.+~]{0,6}(-[0-9a-zA-Z.+~]{1,4})?", fullmatch=True)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("1.0~rc1", "1.0"),
        ("1.0", "1.0+deb12u1"),
        ("2.9", "2.10"),
        ("9.9", "1:0.1"),
        ("1.0-1", "1.0-1+b1"),
        ("1.0-1~bpo12+1", "1.0-1"),
        ("1.0a", "1.0+"),
        ("0~", "0"),
        ("1.0-0~", "1.0"),
    ],
)
def test_versions_are_ordered_as_debian_orders_them(older: str, newer: str) -> None:
    assert key(older) < key(newer)
    assert (satisfies(newer, ">>", older), satisfies(older, ">=", newer)) == (True, False)


@pytest.mark.skipif(not shutil.which("dpkg"), reason="dpkg is the judge")
@settings(max_examples=60, deadline=None)
@given(VERSIONS, VERSIONS)
def test_dpkg_says_the_same(one: str, other: str) -> None:
    for word, operator in (("lt", "<<"), ("eq", "=")):
        said = subprocess.run(("dpkg", "--compare-versions", one, word, other)).returncode == 0
        assert satisfies(one, operator, other) is said
