"""Nodes that leave an RKE1 cluster: what etcd can spare, what is shown before it is cleaned, in which order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.rke1.conftest import MakeSite
from tests.unit.rke1.living import SPEC, look, up
from wizard.distros.rke1 import ward
from wizard.distros.rke1.etcd import read_voters
from wizard.distros.rke1.write import place
from wizard.errand import REMOVE, REMOVE_ALL, errand_of
from wizard.errors import BadUsage, Refused, Unreachable
from wizard.membership.remove import Leaving
from wizard.membership.rke1.steps import PutAway
from wizard.rollout.plan import Plan
from wizard.rollout.step import Work
from wizard.site import Site

PHASES = ["cluster-yml", "start", "etcd", "controlplane", "worker", "addons"]
TRACES = [
    "x.rke1.pods=7",
    "x.rke1.folder=/etc/kubernetes",
    "x.rke1.folder=/opt/rke",
    "x.rke1.link=cni0",
    "x.rke1.snapshot=10 5 a.zip",
]


def removal(site: Site, *names: str, dead: bool = False) -> Plan:
    errand = errand_of(site.spec, REMOVE)
    assert errand
    assert errand.consent
    return errand.plan(site, Leaving(names, dead).record())


def test_a_worker_is_drained_taken_out_by_rke_and_cleaned_in_the_end(make_site: MakeSite) -> None:
    site = up(make_site(SPEC), more={"work-1": TRACES})
    plan = removal(site, "work-1")
    assert [stage.key for stage in plan.stages] == ["drain", *PHASES, "forgotten", "clean-nodes"]
    by_key = {stage.key: stage for stage in plan.stages}
    assert by_key["clean-nodes"].nodes == ("work-1",)
    assert "work-1" not in by_key["worker"].nodes
    shown = " ".join(plan.notes)
    for word in ("containers kubelet, kube-proxy, 7 of pods", "/etc/kubernetes /opt/rke", "1 snapshots", "cni0"):
        assert word in shown


def test_a_member_of_etcd_goes_only_where_the_others_carry_it(make_site: MakeSite) -> None:
    site = up(make_site(SPEC))
    plan = removal(site, "mgmt-3")
    assert plan.stages[0].key == "spare"
    assert "2 members of etcd will be left" in plan.notes[0]
    look(site, without=["mgmt-1"])
    with pytest.raises(Refused, match="mgmt-3 can not be taken out: 1 of 2 members would be left"):
        removal(site, "mgmt-3")
    with pytest.raises(Refused, match="no node with the role controlplane would be left"):
        removal(site, "mgmt-1", "mgmt-2", "mgmt-3")
    with pytest.raises(Refused, match="no node with the role worker would be left"):
        removal(site, "work-1", "work-2", "work-3")
    with pytest.raises(BadUsage, match="nobody: no node of the spec"):
        removal(site, "nobody")


def test_a_dead_node_is_forgotten_and_not_cleaned(make_site: MakeSite) -> None:
    site = up(make_site(SPEC))
    del site.survey.facts["work-2"]
    site.survey.failures["work-2"] = Unreachable("work-2", "no route to host")
    with pytest.raises(Refused, match="no route to host"):
        removal(site, "work-2")
    keys = [stage.key for stage in removal(site, "work-2", dead=True).stages]
    assert keys == [*PHASES, "forgotten"]


def test_a_whole_cluster_is_cleaned_workers_first_and_every_node_is_shown(make_site: MakeSite) -> None:
    site = up(make_site(SPEC))
    errand = errand_of(site.spec, REMOVE_ALL)
    assert errand
    plan = errand.plan(site, {})
    assert [stage.nodes for stage in plan.stages] == [
        ("work-1", "work-2", "work-3"),
        ("mgmt-1", "mgmt-2", "mgmt-3"),
        ("mgmt-1",),
    ]
    assert sum(" loses containers" in note for note in plan.notes) == 6


def here(said: list[str]) -> Work:
    return Work("mgmt-1", host=None, at=None, tell=lambda *_: None, said=said.append)  # type: ignore[arg-type]


async def test_of_a_cluster_that_is_no_more_no_key_lies_here_in_the_clear(make_site: MakeSite) -> None:
    site, said = up(make_site(SPEC)), list[str]()
    there = ward.state_path(site).read_bytes()
    plain = (ward.state_path(site), ward.kubeconfig_path(site), site.state / "kubeconfig", place(site))
    damaged = ward.state_path(site).with_name("cluster.rkestate.damaged-20260101-000000")
    for path in (*plain[1:], damaged):
        path.write_text("a key")
    assert await PutAway(site).carry_out(here(said)) == "done"
    assert not any(path.exists() for path in (*plain, damaged))
    assert "state file sealed as 00001-" in said[0]
    ward.restore(site, ward.treasury(site).named(""))
    assert ward.state_path(site).read_bytes() == there
    assert await PutAway(site).carry_out(here(said)) == "done"
    assert await PutAway(site).carry_out(here(said)) == "unchanged"


async def test_a_damaged_state_file_is_kept_where_there_never_was_a_whole_one(make_site: MakeSite) -> None:
    site = make_site(SPEC)
    ward.folder(site).mkdir()
    ward.state_path(site).write_bytes(b"{")
    said = list[str]()
    await PutAway(site).carry_out(here(said))
    assert "stays: no whole one was ever sealed" in said[0]
    assert [path.read_bytes() for path in ward.folder(site).glob("*.damaged-*")] == [b"{"]


def test_members_vote_when_they_are_healthy_and_no_learners() -> None:
    lines = [
        "member etcd-a https://10.0.0.1:2379 false",
        "member etcd-b https://10.0.0.2:2379 true",
        "member etcd-c https://10.0.0.3:2379 false",
        "member - https://10.0.0.4:2379 false",
        "healthy https://10.0.0.1:2379",
        "healthy https://10.0.0.2:2379",
    ]
    assert read_voters(lines) == {"a": True, "b": False, "c": False, "https://10.0.0.4:2379": False}


@given(st.lists(st.text()))
def test_no_answer_of_etcd_raises(lines: list[str]) -> None:
    assert all(isinstance(well, bool) for well in read_voters(lines).values())
