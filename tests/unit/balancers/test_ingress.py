"""The ingress controller believes the balancer before which TLS ends, and nobody else."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.balancers.front import front
from tests.unit.balancers.sites import site_of, work_on
from tests.unit.balancers.test_metallb_steps import Cluster
from wizard import whole
from wizard.balancers.ingress import steps
from wizard.balancers.ingress.controller import INGRESS
from wizard.balancers.ingress.part import INGRESS_PART
from wizard.balancers.ingress.steps import TrustBalancer
from wizard.balancers.ingress.trust import trusting
from wizard.balancers.metallb.files import planned
from wizard.errors import BadSpec, StepFailed
from wizard.hosts.facts import read_facts
from wizard.hosts.output import Result
from wizard.hosts.script import Script
from wizard.kube import undeploy
from wizard.spec.trust import believed

HTTP = {"mode": "http", "hosts": ["rancher.example.com"]}
OWN = {"kind": "external", "nodes": []}
RANCHER = "rancher: {version: 2.13.3, hostname: rancher.example.com, tls: external}\n"
TRAEFIK = "ingress: traefik\n"


def values(text: str) -> dict[str, object]:
    return dict(yaml.safe_load(yaml.safe_load(text)["spec"]["valuesContent"]))


def test_where_tls_passes_through_nobody_is_believed() -> None:
    assert trusting(front()) == {}
    assert trusting(front(**OWN, sources=["10.9.0.0/24"])) == {}
    assert trusting(front(**HTTP, more="ingress: none\n")) == {}


def test_nginx_is_told_of_our_own_machines_each_by_its_address() -> None:
    assert trusting(front(**HTTP)) == {
        "controller": {"config": {"use-forwarded-headers": "true", "proxy-real-ip-cidr": "10.0.0.2/32,10.0.0.3/32"}}
    }
    assert believed(front(v6=True, **HTTP)) == ("fd00:10::2/128", "fd00:10::3/128")


def test_traefik_is_told_of_the_networks_that_a_balancer_of_others_connects_from() -> None:
    told = {"forwardedHeaders": {"trustedIPs": ["10.9.0.0/24"]}}
    spec = front(**OWN, sources=["10.9.0.0/24"], more=RANCHER + TRAEFIK)
    assert trusting(spec) == {"ports": {"web": told, "websecure": told}}


def test_a_balancer_of_others_that_nobody_described_is_asked_for(tmp_path: Path) -> None:
    plan = whole.plan(site_of(front(**OWN, more=RANCHER), tmp_path))
    assert "ingress" not in [stage.key for stage in plan.stages]
    assert any("balancer.sources" in note for note in plan.notes)


def test_it_comes_before_rancher_also_where_rancher_alone_is_wanted(tmp_path: Path) -> None:
    site = site_of(front(**HTTP, more=RANCHER), tmp_path)
    assert [stage.key for stage in whole.plan(site).stages][-2:] == ["ingress", "rancher"]
    assert [stage.key for stage in whole.plan(site, only="rancher").stages] == ["ingress", "rancher"]
    assert [stage.key for stage in whole.plan(site, only="balancer").stages] == ["balancers"]
    assert whole.plan(site).files("cp-2")[-1].path == INGRESS


def test_an_address_of_metallb_and_the_trust_stand_in_one_object(tmp_path: Path) -> None:
    metallb = "metallb: {pools: [{name: apps, addresses: [10.0.0.240/28]}], expose_ingress: {}}\n"
    site = site_of(front(**HTTP, more=RANCHER + metallb), tmp_path)
    assert [stage.key for stage in whole.plan(site).stages][-2:] == ["metallb", "rancher"]
    controller = values(planned(site, INGRESS).shown)["controller"]
    assert isinstance(controller, dict)
    assert controller["service"]["type"] == "LoadBalancer"
    assert controller["config"]["use-forwarded-headers"] == "true"


def test_sources_of_our_own_machines_are_refused() -> None:
    with pytest.raises(BadSpec) as refused:
        front(**HTTP, sources=["10.9.0.0/24"])
    assert "balancer.sources: are not asked for with haproxy" in str(refused.value.problems)


async def test_the_file_is_written_once_and_seen_taken_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "AGAIN_S", 0)
    site = site_of(front(**HTTP), tmp_path)
    step = TrustBalancer(site)
    file = step.files("cp-1")[0]
    cluster = Cluster({"get helmchartconfig": ["Error (NotFound)", "Error (NotFound)", yaml.safe_load(file.shown)]})
    assert await step.carry_out(work_on("cp-1", {"cp-1": cluster})) == "done"
    assert cluster.written == {INGRESS: file.shown}
    assert await step.carry_out(work_on("cp-1", {"cp-1": cluster})) == "unchanged"
    site.survey.learn("cp-1", read_facts([f"file={file.sha256} 600 root:root 1700000000 {INGRESS}"]))
    assert INGRESS_PART.stages(site)[0].nodes == ("cp-2", "cp-3")


async def test_somebody_elses_configuration_of_the_controller_is_not_overwritten(tmp_path: Path) -> None:
    cluster = Cluster({"get helmchartconfig": [{"metadata": {"name": "rke2-ingress-nginx"}}]})
    with pytest.raises(StepFailed, match="a HelmChartConfig rke2-ingress-nginx that is not ours"):
        await TrustBalancer(site_of(front(**HTTP), tmp_path)).carry_out(work_on("cp-1", {"cp-1": cluster}))
    assert cluster.written == {}


async def test_a_file_that_nobody_wants_any_more_goes_from_all_servers_with_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(undeploy, "AGAIN_S", 0)
    metallb = "metallb: {pools: [{name: apps, addresses: [10.0.0.240/28]}]}\n"
    there = {"cp-2": [f"file={'a' * 64} 600 root:root 1700000000 {INGRESS}"]}
    site = site_of(front(more=metallb), tmp_path, there)
    (stage,) = INGRESS_PART.stages(site)
    assert stage.nodes == ("cp-1",)
    assert "ingress" in [each.key for each in whole.plan(site, only="metallb").stages]
    ours = {"metadata": {"labels": {"app.kubernetes.io/managed-by": "rancher-wizard"}}}
    exposed = {"spec": {"type": "LoadBalancer"}}
    clusters = {name: Leaving({}, name=name) for name in ("cp-1", "cp-2", "cp-3")}
    clusters["cp-1"].answers = {
        "get --raw": [{}],
        "get helmchartconfig rke2-ingress": [ours],
        "get helmchartconfig": [{"metadata": {"labels": {}}}],
        "get service": [exposed, exposed, {"spec": {"type": "ClusterIP"}}],
        "delete": [{}],
    }
    assert await stage.steps[0].carry_out(work_on("cp-1", clusters)) == "done"
    assert [cluster.took for cluster in clusters.values()] == [[INGRESS]] * 3
    deleted = [each.split(" --")[0] for each in clusters["cp-1"].asked if each.startswith("delete")]
    assert deleted == ["delete helmchartconfig rke2-ingress-nginx", "delete addon rancher-wizard-ingress"]
    assert len([each for each in clusters["cp-1"].asked if each.startswith("get service")]) == 3


def test_a_file_that_was_never_there_is_not_taken_away(tmp_path: Path) -> None:
    assert INGRESS_PART.stages(site_of(front(), tmp_path, {"cp-1": [], "cp-2": []})) == ()
    assert INGRESS_PART.stages(site_of(front(), tmp_path / "unseen")) == ()


@dataclass
class Leaving(Cluster):
    """A server whose files can be taken away; `took` are the paths."""

    took: list[str] = field(default_factory=list)

    async def run(self, script: Script, *args: str, **more: Any) -> Result:
        if script.name == "remove_manifests":
            self.took += args
            return Result(0, tuple(f"removed={path}" for path in args))
        return await Cluster.run(self, script, *args, **more)
