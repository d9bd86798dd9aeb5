"""MetalLB's steps against a cluster that answers kubectl as clusters do."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.unit.balancers.sites import site_of, work_on
from tests.unit.spec.specs import HEAD, read
from wizard import whole
from wizard.balancers.ingress.controller import INGRESS
from wizard.balancers.metallb import proof, steps
from wizard.balancers.metallb.files import ADDRESSES, CHART, planned
from wizard.balancers.metallb.part import METALLB
from wizard.errors import CommandFailed, StepFailed
from wizard.hosts.output import Result
from wizard.hosts.script import Script
from wizard.secret import Secret
from wizard.site import Site

SPEC = f"{HEAD}metallb: {{pools: [{{name: apps, addresses: [10.0.0.240/28]}}], expose_ingress: {{}}}}\n"
CONTROLLER = {
    "metadata": {"labels": {"app.kubernetes.io/version": "v0.16.1"}},
    "status": {"availableReplicas": 1},
}
SPEAKERS = {"status": {"numberReady": 2, "desiredNumberScheduled": 2}}
POOLS = {"items": [{"metadata": {"name": "apps"}}]}


@dataclass
class Cluster:
    """A server whose kubectl answers by the words of the question; files land in `written`."""

    answers: dict[str, list[Any]]
    name: str = "cp-1"
    asked: list[str] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)
    taken: tuple[str, ...] = ()

    async def run(
        self, script: Script, *args: str, stdin: bytes | Secret | None = None, timeout_s: float, check: bool = True
    ) -> Result:
        if script.name == "write_file":
            text = stdin.decode() if isinstance(stdin, bytes) else stdin.reveal() if stdin else ""
            changed = self.written.get(args[0]) != text
            self.written[args[0]] = text
            return Result(0, ("changed",) if changed else ())
        if script.name == "pool_taken":
            self.asked.append(f"taken {len(args)}")
            return Result(0, self.taken)
        question = " ".join(args)
        self.asked.append(question)
        for words, turns in self.answers.items():
            if question.startswith(words):
                answer = turns.pop(0) if len(turns) > 1 else turns[0]
                if isinstance(answer, str):
                    return Result(1, (), (answer,))
                return Result(0, tuple(json.dumps(answer).splitlines()))
        return Result(1, (), ("Error from server (NotFound): it is not there",))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(proof, "AGAIN_S", 0)
    return site_of(read(SPEC).spec, tmp_path)


def facts(site: Site) -> list[str]:
    lines = ["x.metallb.controller=v0.16.1 1", "x.metallb.address=rke2-ingress-nginx-controller 10.0.0.240"]
    files = (planned(site, path) for path in (CHART, ADDRESSES, INGRESS))
    return [*lines, *(f"file={file.sha256} 600 root:root 1700000000 {file.path}" for file in files)]


def test_a_server_that_has_it_all_is_left_alone(site: Site, tmp_path: Path) -> None:
    (stage,) = METALLB.stages(site)
    assert stage.nodes == ("cp-1",)
    assert [step.key for step in stage.steps] == [
        "metallb-chart",
        "metallb-ready",
        "metallb-addresses",
        "metallb-ingress",
    ]
    assert whole.plan(site).stages[-1].key == "metallb"
    settled = site_of(site.spec, tmp_path / "again", {"cp-1": facts(site)})
    settled = Site(site.spec, site.base, site.state, site.vault, settled.survey, site.identity)
    assert whole.plan(settled, only="metallb").empty


async def test_resources_wait_for_the_webhook_and_are_judged_before_they_are_written(site: Site) -> None:
    not_yet = 'Internal error: failed calling webhook "ipaddresspoolvalidationwebhook.metallb.io": EOF'
    cluster = Cluster({"apply": [not_yet, not_yet, {}], "get ipaddresspools": [{"items": []}, POOLS]})
    assert await steps.PlaceAddresses(site).carry_out(work_on("cp-1", {"cp-1": cluster})) == "done"  # type: ignore[dict-item]
    assert sum("--dry-run=server" in each for each in cluster.asked) == 3
    assert list(cluster.written) == [ADDRESSES]


async def test_what_the_webhook_refuses_is_told_and_nothing_is_written(site: Site) -> None:
    refusal = 'admission webhook "ipaddresspoolvalidationwebhook.metallb.io" denied the request: CIDR overlaps'
    cluster = Cluster({"apply": [refusal], "get ipaddresspools": [{"items": []}]})
    with pytest.raises(CommandFailed, match="CIDR overlaps"):
        await steps.PlaceAddresses(site).carry_out(work_on("cp-1", {"cp-1": cluster}))  # type: ignore[dict-item]
    assert cluster.written == {}


async def test_metallb_is_ready_once_controller_and_speakers_are(site: Site) -> None:
    waiting = {"status": {"numberReady": 1, "desiredNumberScheduled": 2}}
    older = {**CONTROLLER, "metadata": {"labels": {"app.kubernetes.io/version": "v0.15.3"}}}
    cluster = Cluster(
        {
            "get deployment": [older, CONTROLLER],
            "get daemonset": [waiting, SPEAKERS],
            "get pods": [{"items": []}],
        }
    )
    assert await steps.AwaitMetallb(site).carry_out(work_on("cp-1", {"cp-1": cluster})) == "done"  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({}, "RKE2 has not taken up the chart yet"),
        ({"get job": [{"status": {"active": 1}}]}, "the chart is being installed"),
        (
            {"get job": [{"status": {"failed": 3}}], "logs job": ["Error: no such host metallb.github.io"]},
            "the chart can not be installed: kubectl logs job/helm-install-metallb: Error: no such host",
        ),
        (
            {
                "get deployment": [{**CONTROLLER, "status": {}}],
                "get pods": [
                    {
                        "items": [
                            {
                                "metadata": {"name": "metallb-controller-1"},
                                "status": {
                                    "containerStatuses": [
                                        {"state": {"waiting": {"reason": "ImagePullBackOff", "message": "a\u001b[2Jb"}}}
                                    ]
                                },
                            }
                        ]
                    }
                ],
            },
            "the controller is not ready: metallb-controller-1: ImagePullBackOff ab",
        ),
    ],
)
async def test_what_it_waits_for_has_a_name(site: Site, answers: dict[str, list[Any]], said: str) -> None:
    step = steps.AwaitMetallb(site, timeout_s=10.02)
    with pytest.raises(StepFailed, match=r"MetalLB 0\.16\.1 is not ready") as caught:
        await step.carry_out(work_on("cp-1", {"cp-1": Cluster(answers)}))  # type: ignore[dict-item]
    assert said in caught.value.message
    assert caught.value.hint


async def test_the_ingress_has_its_address_or_the_reason_is_told(site: Site) -> None:
    service = {"status": {"loadBalancer": {"ingress": [{"ip": "10.0.0.240"}]}}}
    told: list[str] = []
    cluster = Cluster({"get service": [{"status": {}}, service], "get events": [{"items": []}]})
    await steps.ExposeIngress(site).carry_out(work_on("cp-1", {"cp-1": cluster}, told))  # type: ignore[dict-item]
    assert "rke2-ingress-nginx-controller: 10.0.0.240" in told
    event = {
        "type": "Warning",
        "involvedObject": {"name": "rke2-ingress-nginx-controller"},
        "message": "no available IPs",
    }
    used_up = Cluster({"get service": [{"status": {}}], "get events": [{"items": [event]}]})
    with pytest.raises(StepFailed, match="the ingress controller got no address: no available IPs"):
        await steps.ExposeIngress(site, timeout_s=60.02).carry_out(work_on("cp-1", {"cp-1": used_up}))  # type: ignore[dict-item]


async def test_somebody_elses_configuration_of_the_ingress_is_not_overwritten(site: Site) -> None:
    cluster = Cluster({"get helmchartconfig": [{"metadata": {"name": "rke2-ingress-nginx"}}]})
    with pytest.raises(StepFailed, match="a HelmChartConfig rke2-ingress-nginx that is not ours"):
        await steps.ExposeIngress(site).carry_out(work_on("cp-1", {"cp-1": cluster}))  # type: ignore[dict-item]
    assert cluster.written == {}


def test_addresses_that_no_node_is_near_to_are_noted(tmp_path: Path) -> None:
    spec = read(SPEC).spec
    near = site_of(spec, tmp_path, {"cp-1": ["x.metallb.link=10.0.0.11/24", "x.metallb.link=rubbish"]})
    assert METALLB.notes(near) == ()
    far = site_of(spec, tmp_path / "far", {"cp-1": ["x.metallb.link=192.0.2.11/24"]})
    assert "10.0.0.240/28 of pool apps lies in no network of a node" in METALLB.notes(far)[0]


@pytest.mark.parametrize(
    ("l2", "lines", "told"),
    [
        ("", ["interface=eth0", "link=10.0.0.11/24 eth0"], ""),
        ("interfaces: [eth0]", ["interface=eth0", "link=10.0.0.11/24 eth0"], ""),
        ("interfaces: [eth7]", ["interface=eth0"], "metallb.l2[0]: no interface eth7 on cp-1: nothing is announced"),
        ("interfaces: [eth7], nodes: {rack: b}", ["interface=eth0"], ""),
        ("interfaces: [eth7]", [], ""),
        ("", ["interface=wlan0 radio", "link=10.0.0.11/24 wlan0"], "addresses by Wi-Fi on cp-1"),
        ("", ["interface=wlan0 radio", "interface=eth0", "link=10.0.0.11/24 eth0"], ""),
        ("", ["platform=OpenStack"], "cp-1 is a machine of OpenStack, which lets it answer for its own"),
    ],
)
def test_what_lets_no_arp_through_is_noted(tmp_path: Path, l2: str, lines: list[str], told: str) -> None:
    spec = read(SPEC.replace("expose_ingress", f"l2: [{{{l2}}}], expose_ingress")).spec
    found = METALLB.notes(site_of(spec, tmp_path, {"cp-1": [f"x.metallb.{line}" for line in lines]}))
    assert [told in note for note in found] == [True] * bool(told)


def test_where_addresses_are_announced_by_bgp_alone_arp_is_nobody_s_concern(tmp_path: Path) -> None:
    bgp = "bgp: {peers: [{name: r, my_asn: 64512, peer_asn: 64513, address: 10.0.0.1}]}"
    spec = read(SPEC.replace("expose_ingress: {}", bgp)).spec
    assert METALLB.notes(site_of(spec, tmp_path, {"cp-1": ["x.metallb.platform=AWS"]})) == ()


@pytest.mark.parametrize(
    ("there", "wanted", "told"),
    [
        ("v0.15.3", "0.16.1", True),
        ("v0.16.0", "0.16.1", False),
        ("v0.14.9", "0.15.3", False),
        ("what", "0.16.1", False),
    ],
)
def test_who_scrapes_metrics_is_told_that_they_move(tmp_path: Path, there: str, wanted: str, told: bool) -> None:
    spec = read(SPEC.replace("{pools", f"{{version: {wanted}, pools")).spec
    found = METALLB.notes(site_of(spec, tmp_path, {"cp-1": [f"x.metallb.controller={there} 1"]}))
    assert any("metrics move to HTTPS" in note for note in found) == told


NEAR = {"cp-1": ["x.metallb.link=10.0.0.11/24", "default_route=10.0.0.1 eth0"]}


async def test_an_address_that_somebody_has_is_not_given_out(site: Site, tmp_path: Path) -> None:
    near = site_of(site.spec, tmp_path / "near", NEAR)
    cluster = Cluster({"apply": [{}], "get ipaddresspools": [{"items": []}, POOLS]}, taken=("taken=10.0.0.241 aa:bb",))
    with pytest.raises(StepFailed, match=r"somebody answers for 10\.0\.0\.241 of pool apps \(aa:bb\)"):
        await steps.PlaceAddresses(near).carry_out(work_on("cp-1", {"cp-1": cluster}))  # type: ignore[dict-item]
    assert cluster.written == {}
    assert "taken 16" in cluster.asked


async def test_addresses_that_metallb_gives_out_already_are_not_asked_for(site: Site, tmp_path: Path) -> None:
    near = site_of(site.spec, tmp_path / "near", NEAR)
    cluster = Cluster({"apply": [{}], "get ipaddresspools": [POOLS]}, taken=("taken=10.0.0.241 aa:bb",))
    await steps.PlaceAddresses(near).carry_out(work_on("cp-1", {"cp-1": cluster}))  # type: ignore[dict-item]
    assert not [each for each in cluster.asked if each.startswith("taken")]


async def test_a_pool_with_the_gateway_in_it_is_refused(site: Site, tmp_path: Path) -> None:
    near = site_of(site.spec, tmp_path / "near", {"cp-1": ["default_route=10.0.0.250 eth0"]})
    with pytest.raises(StepFailed, match=r"pool apps holds 10\.0\.0\.250, the gateway of cp-1"):
        await steps.PlaceAddresses(near).carry_out(work_on("cp-1", {"cp-1": Cluster({})}))  # type: ignore[dict-item]
