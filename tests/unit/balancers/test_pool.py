"""Nodes leave the balancers' pools before a restart, and come back when they are well."""

from pathlib import Path

import pytest

from tests.unit.balancers.front import front
from tests.unit.balancers.sites import ScriptedHost, site_of, work_on
from tests.unit.rollout.conftest import SmallStep
from wizard.balancers.haproxy.render import DRAINED, SOCKET
from wizard.balancers.pool.pool import EnterPool, LeavePool, around
from wizard.errors import StepFailed, Unreachable
from wizard.hosts.output import Result
from wizard.rollout.plan import Stage

INSTALL, START, READY = SmallStep("install"), SmallStep("start"), SmallStep("ready")


def servers_stage(noun: str = "servers") -> Stage:
    return Stage("servers", "Further servers", noun, (("cp-2",),), (INSTALL, START, READY))


def keys(stage: Stage) -> list[str]:
    return [step.key for step in stage.steps]


def hosts(*lines: str, names: tuple[str, ...] = ("cp-1", "lb-1", "lb-2")) -> dict[str, ScriptedHost]:
    return {name: ScriptedHost(name, {"pool": [list(lines)]}) for name in names}


class GoneHost(ScriptedHost):
    async def run(self, *args: object, **kwargs: object) -> Result:
        raise Unreachable(self.name, "no answer")


def test_a_node_is_out_of_the_pools_while_it_restarts_and_an_agent_too_where_users_are_sent_to_it(tmp_path) -> None:
    out, alone = ["install", "leave-pool", "start", "ready", "enter-pool"], ["install", "start", "ready"]
    site = site_of(front(), tmp_path)
    assert keys(around(site, servers_stage())) == keys(around(site, servers_stage("agents"))) == out
    assert keys(around(site, servers_stage("nodes"))) == alone
    nobody = site_of(front(more="ingress: none\n"), tmp_path)
    assert keys(around(nobody, servers_stage())) == out
    assert keys(around(nobody, servers_stage("agents"))) == alone


def test_without_haproxy_stages_stay_as_they_are(tmp_path: Path) -> None:
    site = site_of(front(kind="external", nodes=[]), tmp_path)
    assert around(site, servers_stage()) == servers_stage()


def test_where_nothing_restarts_nobody_leaves(tmp_path: Path) -> None:
    site = site_of(front(), tmp_path)
    start = SmallStep("start", holds={"cp-1"})
    assert LeavePool(site, start).settled("cp-1", site.survey)
    assert not LeavePool(site, start).settled("cp-2", site.survey)


async def test_a_node_leaves_on_both_machines(tmp_path: Path) -> None:
    there, said = hosts("left=be_kube_api 0", "left=be_rke2_join 2"), list[str]()
    outcome = await LeavePool(site_of(front(), tmp_path), START).carry_out(work_on("cp-1", there, said))
    assert outcome == "done"
    assert [there[name].ran[0][1][:4] for name in ("lb-1", "lb-2")] == [("leave", SOCKET, DRAINED, "cp-1")] * 2
    assert "lb-2: be_rke2_join sends nothing new here; 2 cut" in said


async def test_the_only_server_that_is_up_stays_in_the_pool_and_it_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    outcome = await LeavePool(site_of(front(), tmp_path), START).carry_out(
        work_on("cp-1", hosts("alone=be_kube_api"), said)
    )
    assert outcome == "unchanged"
    assert "lb-1: be_kube_api has no other server that is up, so this one stays in it" in said


async def test_one_balancer_may_be_away_but_not_both(tmp_path: Path) -> None:
    step = LeavePool(site_of(front(), tmp_path), START)
    there = hosts("left=be_kube_api 0") | {"lb-2": GoneHost("lb-2")}
    assert await step.carry_out(work_on("cp-1", there)) == "done"
    with pytest.raises(Unreachable):
        await step.carry_out(work_on("cp-1", there | {"lb-1": GoneHost("lb-1")}))


async def test_a_server_that_the_balancer_does_not_find_well_stops_the_rollout(tmp_path: Path) -> None:
    step = EnterPool(site_of(front(), tmp_path), READY)
    with pytest.raises(StepFailed, match="lb-1 does not find it well: be_kube_api is DOWN L4TOUT"):
        await step.carry_out(work_on("cp-1", hosts("down=be_kube_api DOWN L4TOUT")))
    said: list[str] = []
    there = hosts("entered=be_kube_api", "down=be_ingress_443 DOWN L4CON")
    assert await step.carry_out(work_on("cp-1", there, said)) == "done"
    assert "lb-1: be_ingress_443 is DOWN L4CON yet" in said
