"""The way between any two releases that profiles/ knows: no minor left out, no skew broken, no Rancher passed by."""

from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.rke2.conftest import HEAD, NODES
from wizard.errors import Refused
from wizard.profiles import profile
from wizard.spec.load import read_spec
from wizard.spec.models import Spec
from wizard.spec.rancher import Rancher
from wizard.spec.rancher_line import cert_manager_window, line_of, rancher_window
from wizard.upgrade.outlook import Hop, hops, window_of
from wizard.upgrade.path import KUBELET_SKEW, MENDED_ETCD
from wizard.upgrade.release import Release, etcd_of, known
from wizard.upgrade.running import Running

ALL = list(known())
SERVERS, AGENTS = ("cp-1", "cp-2", "cp-3"), ("w-1", "w-2")
RANCHERS = list(profile("rancher")["lines"])


def kinds() -> list[Release]:
    """One release of each minor with each etcd: those that share both differ in nothing that a way depends on."""
    return list({(release.line, etcd_of(release)): release for release in ALL}.values())


def spec_of(rancher: str = "", cert_manager: str | None = None) -> Spec:
    """A spec with a Rancher of that minor: the rule that refuses one for its own release is not what is asked here."""
    spec = read_spec((HEAD + NODES).encode(), name="cluster.yaml").spec
    if not rancher:
        return spec
    given = Rancher(version=f"{rancher}.0", hostname="r.example.com", cert_manager=cert_manager)
    return spec.model_copy(update={"rancher": given})


def way(spec: Spec, servers: dict[str, Release], agents: dict[str, Release], target: Release) -> tuple[Hop, ...] | None:
    """The hops, None where there is no way."""
    try:
        return hops(Running(servers, agents), target, spec, window_of(spec))
    except Refused:
        return None


def sound(found: tuple[Hop, ...], source: Release, target: Release) -> None:
    """What holds of every way."""
    assert [hop.source for hop in found[:1]] in ([], [source])
    assert (found[-1].target if found else source) == target
    for before, after in pairwise([source, *(hop.target for hop in found)]):
        assert before < after
        assert after.line in (before.line, (before.major, before.minor + 1))
        old, new = etcd_of(before), etcd_of(after)
        assert old
        assert new
        assert new[:2] >= old[:2]
        assert old[:2] == new[:2] or old >= MENDED_ETCD


def test_from_every_kind_of_release_to_every_other_there_is_a_sound_way_or_a_reason() -> None:
    spec, ways = spec_of(), 0
    for source, target in product(kinds(), repeat=2):
        found = way(spec, dict.fromkeys(SERVERS, source), dict.fromkeys(AGENTS, source), target)
        if found is None:
            assert target < source
        else:
            sound(found, source, target)
            ways += 1
    assert ways > len(kinds()) ** 2 / 2


@given(st.sampled_from(ALL), st.sampled_from(ALL), st.sets(st.sampled_from(ALL)))
def test_a_way_over_releases_that_are_held_is_as_sound(source: Release, target: Release, held: set[Release]) -> None:
    servers, agents, spec = dict.fromkeys(SERVERS, source), dict.fromkeys(AGENTS, source), spec_of()
    free = way(spec, servers, agents, target)
    if free is None:
        return
    found = hops(Running(servers, agents), target, spec, held=held)
    sound(found, source, target)
    inside = {hop.target for hop in found} <= held | {target}
    assert inside or found == free
    assert inside or not {hop.target for hop in free} <= held | {target}


@given(st.sampled_from(ALL), st.sampled_from(ALL))
def test_out_of_a_bundle_of_its_way_an_upgrade_goes_that_way_also_when_it_was_stopped(
    source: Release, target: Release
) -> None:
    found = way(spec_of(), dict.fromkeys(SERVERS, source), dict.fromkeys(AGENTS, source), target) or ()
    held = {hop.target for hop in found}
    for number, hop in enumerate(found):
        servers, agents = dict.fromkeys(SERVERS, hop.target), dict.fromkeys(AGENTS, hop.target)
        rest = hops(Running(servers, agents), target, spec_of(), held=held)
        assert [each.target for each in rest] == [each.target for each in found[number + 1 :]]


@given(st.sampled_from(ALL), st.sampled_from(ALL), st.sampled_from(RANCHERS))
def test_no_way_passes_a_release_that_rancher_does_not_support(source: Release, target: Release, rancher: str) -> None:
    window = rancher_window(line_of(f"{rancher}.0"))
    assert window
    free = way(spec_of(), dict.fromkeys(SERVERS, source), dict.fromkeys(AGENTS, source), target)
    found = way(spec_of(rancher), dict.fromkeys(SERVERS, source), dict.fromkeys(AGENTS, source), target)
    if found is not None:
        sound(found, source, target)
        assert all(hop.target.line in window for hop in found)
    # And it is refused for no other reason.
    if free is not None:
        assert (found is None) == any(hop.target.line not in window for hop in free)


@given(st.sampled_from(ALL), st.sampled_from(ALL), st.sampled_from(list(profile("rancher")["cert_manager"].values())))
def test_each_hop_for_which_the_pinned_cert_manager_is_not_says_so(
    source: Release, target: Release, cert_manager: dict[str, str]
) -> None:
    pinned = cert_manager["newest"]
    window = cert_manager_window(line_of(pinned))
    assert window
    spec = spec_of("2.13", pinned)
    found = way(spec, dict.fromkeys(SERVERS, source), dict.fromkeys(AGENTS, source), target) or ()
    for hop in found:
        said = any(each.what.startswith(f"cert-manager {pinned}") for each in hop.met)
        assert said == (hop.target.line not in window)


@st.composite
def mixtures(draw: st.DrawFn) -> tuple[dict[str, Release], dict[str, Release]]:
    """What an upgrade that was stopped anywhere leaves: servers a minor apart, agents at most as new as any of them."""
    oldest = draw(st.sampled_from(ALL))
    near = [each for each in ALL if each.line in (oldest.line, (oldest.major, oldest.minor + 1)) and each >= oldest]
    behind = [each for each in ALL if 0 <= oldest.minor - each.minor < KUBELET_SKEW and each <= oldest]
    servers = {name: draw(st.sampled_from(near)) for name in SERVERS} | {SERVERS[0]: oldest}
    return servers, {name: draw(st.sampled_from(behind)) for name in AGENTS}


@given(mixtures(), st.sampled_from(ALL))
def test_from_any_mixture_no_kubelet_is_ever_newer_or_too_old(
    now: tuple[dict[str, Release], dict[str, Release]], target: Release
) -> None:
    """Servers go first, then agents; at every moment of it the skew is one that Kubernetes supports."""
    servers, agents = now
    found = way(spec_of(), servers, agents, target)
    if found is None:
        assert target < max(servers.values())
        return
    for hop in found:
        for group in (servers, agents):
            for name in [name for name, release in group.items() if release < hop.target]:
                group[name] = hop.target
                assert max(servers.values()).minor - min(servers.values()).minor <= 1
                assert all(max(servers.values()).minor - each.minor <= KUBELET_SKEW for each in agents.values())
                assert all(each.line <= min(servers.values()).line for each in agents.values())
    assert {*servers.values(), *agents.values()} == {target}


def test_a_mixture_of_which_an_agent_is_ahead_of_a_server_is_understood() -> None:
    old, new = Release.of("v1.34.2+rke2r1"), Release.of("v1.35.1+rke2r1")
    servers = {"cp-1": new, "cp-2": new, "cp-3": old}
    found = way(spec_of(), servers, {"w-1": new, "w-2": old}, new)
    assert found is not None
    assert [hop.target for hop in found] == [new]


@pytest.mark.parametrize("rancher", RANCHERS)
def test_every_rancher_of_the_profile_has_a_release_to_go_to(rancher: str) -> None:
    window = rancher_window(line_of(f"{rancher}.0"))
    assert window
    assert any(release.line in window for release in ALL)
