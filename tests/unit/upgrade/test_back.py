"""A node put back in mid-upgrade: an agent at any time, a server until its etcd has met the new release."""

import pytest

from tests.unit.rke2.conftest import MakeSite, facts_of
from tests.unit.upgrade.test_restore import sealed
from wizard.errors import Refused
from wizard.site import Site
from wizard.upgrade.back import back

OLD, PATCH, NEW = "v1.34.9+rke2r1", "v1.34.10+rke2r1", "v1.35.6+rke2r1"
ALL = ("cp-1", "cp-2", "cp-3", "w-1", "w-2")


def mixed(
    make_site: MakeSite, *, installed: dict[str, str], listed: dict[str, str], more: tuple[str, ...] = ()
) -> Site:
    """An upgrade from OLD under way: what lies on each disk, and what the cluster lists."""
    site = make_site()
    sealed(site, "before-1.35.6-rke2r1-cp-1-1790000000", release=OLD)
    for name in ALL:
        lines = [f"x.rke2.version={installed.get(name, OLD)}", *more]
        if name.startswith("cp"):
            lines += [f"x.rke2.node={each} True {listed.get(each, OLD)} True" for each in ALL]
        site.survey.learn(name, facts_of(lines))
    return site


def steps(site: Site, node: str) -> list[str]:
    (stage,) = back(site, node).stages
    assert stage.nodes == (node,)
    ready = next(step for step in stage.steps if step.key == "ready")
    assert ready.site.spec.version == OLD
    return [step.key for step in stage.steps]


def test_an_agent_goes_back_though_it_runs_the_new_release(make_site: MakeSite) -> None:
    site = mixed(make_site, installed={"w-1": NEW}, listed={"w-1": NEW}, more=("x.rke2.etcd_newer=yes",))
    assert steps(site, "w-1") == ["reach", "claim", "drain", "install", "configure", "start", "ready", "uncordon"]


def test_a_server_goes_back_before_its_etcd_was_started_anew_with_quorum_proven(make_site: MakeSite) -> None:
    site = mixed(make_site, installed={"cp-1": NEW}, listed={})
    assert steps(site, "cp-1")[2] == "quorum-before"
    assert steps(site, "cp-1")[-2:] == ["quorum-after", "uncordon"]


@pytest.mark.parametrize(("listed", "more"), [({"cp-1": NEW}, ()), ({}, ("x.rke2.etcd_newer=yes",))])
def test_a_server_whose_etcd_has_met_the_new_release_is_refused_with_the_way_that_is_left(
    make_site: MakeSite, listed: dict[str, str], more: tuple[str, ...]
) -> None:
    with pytest.raises(Refused, match="its etcd has met") as refused:
        back(mixed(make_site, installed={"cp-1": NEW}, listed=listed, more=more), "cp-1")
    assert "rancher-wizard restore" in refused.value.hint


def test_a_patch_with_the_same_etcd_goes_back_at_any_time(make_site: MakeSite) -> None:
    site = mixed(make_site, installed={"cp-1": PATCH}, listed={"cp-1": PATCH}, more=("x.rke2.etcd_newer=yes",))
    assert "install" in steps(site, "cp-1")


def test_a_node_on_its_former_release_has_nothing_to_go_back_from(make_site: MakeSite) -> None:
    assert back(mixed(make_site, installed={"cp-1": NEW}, listed={}), "cp-2").empty


@pytest.mark.parametrize(("node", "said"), [("cp-9", "no node of this cluster"), ("cp-1", "no release of RKE2")])
def test_what_can_not_be_put_back_is_refused(make_site: MakeSite, node: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        back(mixed(make_site, installed={"cp-1": ""}, listed={}), node)
