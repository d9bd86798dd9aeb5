"""The way between two releases: never over a minor, never back, by the etcd that mends, inside Rancher's window."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.errors import Refused
from wizard.upgrade.path import Window, may_follow, path
from wizard.upgrade.release import Release, etcd_of, known

releases = st.sampled_from(list(known()))


def way(source: str, target: str) -> list[str]:
    return [str(each) for each in path({"s1": Release.of(source)}, {}, Release.of(target))]


@given(st.from_regex(r"v1\.[0-9]{1,2}\.[0-9]{1,2}(-rc[0-9])?\+rke2r[0-9]", fullmatch=True))
def test_a_name_comes_back_as_it_was(name: str) -> None:
    assert Release.of(str(Release.of(name))) == Release.of(name)


@pytest.mark.parametrize("text", ["", "1.34.2+rke2r1", "v1.34.2", "v1.34+rke2r1", "v1.34.2+rke2r1 ", "v1.34.2+k3s1"])
def test_what_is_no_release_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a release"):
        Release.of(text)


def test_releases_are_in_order() -> None:
    names = ["v1.34.2-rc1+rke2r1", "v1.34.2+rke2r1", "v1.34.2+rke2r2", "v1.34.10+rke2r1", "v1.35.0+rke2r1"]
    assert [str(each) for each in sorted(map(Release.of, reversed(names)))] == names


@given(releases, releases)
def test_any_way_goes_minor_by_minor_and_never_back(source: Release, target: Release) -> None:
    try:
        found = path({"s1": source}, {}, target)
    except Refused:
        return
    whole = (source, *found)
    assert whole[-1] == target
    for before, after in pairwise(whole):
        assert before < after
        assert after.minor - before.minor <= 1
        old, new = etcd_of(before), etcd_of(after)
        assert old
        assert new
        assert new[:2] >= old[:2]
        assert old[:2] == new[:2] or old >= (3, 5, 26)


@given(releases, releases)
def test_a_newer_release_is_reached_unless_etcd_would_go_back(source: Release, target: Release) -> None:
    old, new = etcd_of(source), etcd_of(target)
    assert old
    assert new
    if source < target and new[:2] >= old[:2]:
        assert path({"s1": source}, {}, target)[-1] == target


def test_the_way_to_etcd_3_6_leads_by_the_etcd_that_mends() -> None:
    assert way("v1.32.5+rke2r1", "v1.34.10+rke2r1") == ["v1.33.10+rke2r3", "v1.34.10+rke2r1"]
    assert way("v1.33.2+rke2r1", "v1.33.13+rke2r2") == ["v1.33.10+rke2r3", "v1.33.13+rke2r2"]


def test_a_patch_is_one_step_and_the_same_release_none() -> None:
    assert way("v1.34.2+rke2r1", "v1.34.8+rke2r2") == ["v1.34.8+rke2r2"]
    assert way("v1.34.2+rke2r1", "v1.34.2+rke2r1") == []


def test_a_release_newer_than_the_profile_is_reached_from_its_own_minor_or_the_one_before() -> None:
    assert way("v1.36.2+rke2r1", "v1.36.99+rke2r1") == ["v1.36.99+rke2r1"]
    assert way("v1.36.3+rke2r1", "v1.37.1+rke2r1") == ["v1.37.1+rke2r1"]
    assert way("v1.32.5+rke2r1", "v1.33.99+rke2r1") == ["v1.33.10+rke2r3", "v1.33.99+rke2r1"]


def test_what_a_former_upgrade_left_half_way_is_finished_first() -> None:
    old, new = Release.of("v1.34.2+rke2r1"), Release.of("v1.35.1+rke2r1")
    target = Release.of("v1.36.2+rke2r1")
    assert path({"s1": new, "s2": old, "s3": old}, {"a1": old}, target)[0] == new
    assert path({"s1": new}, {"a1": old}, target)[0] == new
    assert path({"s1": new}, {"a1": old}, new) == (new,)
    patch = Release.of("v1.35.0+rke2r1")
    assert path({"s1": new}, {"a1": patch}, target) == (target,)
    assert path({"s1": new}, {"a1": patch}, new) == (new,)


def refusal(servers: dict[str, str], agents: dict[str, str], target: str, window: Window | None = None) -> Refused:
    of = {name: Release.of(text) for name, text in servers.items()}
    with pytest.raises(Refused) as caught:
        path(of, {name: Release.of(text) for name, text in agents.items()}, Release.of(target), window)
    return caught.value


def test_a_way_back_is_refused_by_name() -> None:
    error = refusal({"s1": "v1.35.1+rke2r1"}, {}, "v1.34.8+rke2r2")
    assert error.message.startswith("s1 runs v1.35.1+rke2r1, newer than v1.34.8+rke2r2")
    assert "snapshot" in (error.hint or "")
    assert "a1 runs" in refusal({"s1": "v1.34.1+rke2r1"}, {"a1": "v1.35.1+rke2r1"}, "v1.34.8+rke2r2").message


def test_servers_two_minors_apart_are_refused() -> None:
    error = refusal({"s1": "v1.35.1+rke2r1", "s2": "v1.33.4+rke2r1"}, {}, "v1.35.1+rke2r1")
    assert "v1.33.4+rke2r1 (s2)" in error.message


def test_an_agent_too_far_behind_is_refused() -> None:
    assert "a1 runs" in refusal({"s1": "v1.34.1+rke2r1"}, {"a1": "v1.30.4+rke2r1"}, "v1.34.8+rke2r2").message


def test_an_etcd_that_would_go_back_is_refused_with_a_release_that_will_do() -> None:
    # Late releases of v1.33 brought etcd 3.6 before the first ones of v1.34 did.
    assert way("v1.33.13+rke2r2", "v1.34.1+rke2r1") == ["v1.34.1+rke2r1"]
    assert not may_follow(Release.of("v1.35.7+rke2r1"), Release.of("v1.34.8+rke2r2"))


def test_a_release_that_rancher_does_not_support_is_refused_with_what_to_do() -> None:
    window = Window("2.13.8", (1, 32), (1, 34), "Upgrade Rancher to 2.14 first.")
    error = refusal({"s1": "v1.34.2+rke2r1"}, {}, "v1.35.7+rke2r1", window)
    assert error.message == ("Rancher 2.13.8 supports Kubernetes v1.32 to v1.34, the way leads over v1.35.7+rke2r1")
    assert error.hint == "Upgrade Rancher to 2.14 first."


@given(releases, releases, st.integers(27, 36), st.integers(27, 36))
def test_no_way_leaves_the_window_of_rancher(source: Release, target: Release, low: int, high: int) -> None:
    try:
        found = path({"s1": source}, {}, target, Window("2.x", (1, low), (1, high), ""))
    except Refused:
        return
    assert all(low <= each.minor <= high for each in found)
