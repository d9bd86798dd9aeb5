"""MetalLB and Rancher in a cluster of RKE1: asked from here through a node, applied once, and taken away again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.unit.rke1.conftest import MakeSite
from tests.unit.rke1.designs import MEDIUM
from tests.unit.rke1.world import World, put_programs
from wizard import whole
from wizard.balancers.metallb import proof, remove
from wizard.balancers.metallb.chart import applied_values
from wizard.distros.known import DISTRIBUTIONS
from wizard.errors import StepFailed, Unreachable, WizardError
from wizard.hosts.facts import Facts
from wizard.hosts.output import Result
from wizard.hosts.script import Script
from wizard.kube import undeploy
from wizard.kube.door import Asking, ready_door
from wizard.kube.here import KUBECONFIG, Here
from wizard.rancher import answers, ready, status
from wizard.rancher import remove as rancher_remove
from wizard.rollout.step import Work
from wizard.secret import Secret
from wizard.site import Site

METALLB = "metallb: {pools: [{name: apps, addresses: [10.0.0.240/28]}], expose_ingress: {}}\n"
RANCHER = "rancher: {version: 2.11.3, hostname: rancher.example.com}\n"
CONFIG = """
apiVersion: v1
clusters: [{name: prod, cluster: {server: "https://10.0.0.11:6443", certificate-authority-data: Y2E=}}]
"""
FOLDER = "source: {kind: folder, path: bin}\n"


class Node:
    """A node: its tunnel leads to the API, and curl there finds Rancher."""

    def __init__(self, name: str, away: set[str]) -> None:
        self.name, self.away = name, away
        self.ran: list[str] = []

    @asynccontextmanager
    async def tunnel(self, port: int) -> AsyncIterator[int]:
        if self.name in self.away:
            raise Unreachable(self.name, "no answer")
        yield 40_000 + port

    async def run(self, script: Script, *args: str, **_: Any) -> Result:
        self.ran.append(script.name)
        if script.name == "ask_websocket":
            return Result(0, tuple(f"{address} 401" for address in args[2:]))
        assert script.name == "ping_rancher"
        return Result(0, tuple(f"{address} 200 pong" for address in args[2:]))


class Bench:
    """A site, its nodes, and the world that its kubectl and helm see."""

    def __init__(self, site: Site, path: Path) -> None:
        self.site, self.path = site, path
        self.away: set[str] = set()
        self.nodes = {node.name: Node(node.name, self.away) for node in site.spec.nodes}

    @property
    def world(self) -> World:
        return World(self.path)

    def host(self, name: str) -> Any:
        return self.nodes[name]

    async def apply(self, part: str) -> dict[str, str]:
        """Carry out one part as the engine would; return how each step ended."""
        whole.seal(self.site, only=part)
        said: list[str] = []
        ended = {}
        for stage in whole.plan(self.site, only=part).stages:
            for step in stage.steps:
                name = stage.nodes[0]
                work = Work(name, self.host(name), self.host, lambda percent, doing: None, said.append)
                ended[step.key] = await step.carry_out(work)
        return ended

    async def look(self) -> None:
        """Survey the nodes that answer as the API."""
        asks = [script for part in whole.AFTER for script in part.asks(self.site.spec, "mgmt-1")]
        asking = Asking(self.site)
        for node in self.site.spec.api_nodes:
            self.site.survey.learn(node.name, await asking.beside(self.host(node.name), asks, Facts()))


@pytest.fixture
def bench(make_site: MakeSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    for module in (proof, ready, answers, undeploy):
        monkeypatch.setattr(module, "AGAIN_S", 0)
    put_programs(tmp_path / "bin", tmp_path / "world.json")
    spec = MEDIUM + METALLB + RANCHER + FOLDER
    return Bench(make_site(spec, secrets={KUBECONFIG: CONFIG}), tmp_path / "world.json")


async def test_metallb_is_applied_once_and_then_left_alone(bench: Bench) -> None:
    assert await bench.apply("metallb") == {
        "metallb-chart": "done",
        "metallb-ready": "done",
        "metallb-addresses": "done",
        "metallb-ingress": "done",
    }
    there = bench.world
    assert there.names("ipaddresspool") == ["apps"]
    assert there.names("service") == ["rancher-wizard-ingress"]
    assert there.names("job") == []
    assert set(there.servers) == {"https://127.0.0.1:46443"}
    assert set((await bench.apply("metallb")).values()) == {"unchanged", "done"}  # readiness is looked at, nothing more
    await bench.look()
    assert whole.plan(bench.site, only="metallb").empty


async def test_what_a_release_does_not_bring_any_more_is_taken_away(bench: Bench, make_site: MakeSite) -> None:
    await bench.apply("metallb")
    assert bench.world.names("serviceaccount") == ["of-0.16.1"]
    older = METALLB.replace("{pools", "{version: 0.15.3, pools").replace("name: apps", "name: shops")
    other = Bench(make_site(MEDIUM + older + FOLDER), bench.path)
    await other.apply("metallb")
    assert (other.world.names("serviceaccount"), other.world.names("ipaddresspool")) == (["of-0.15.3"], ["shops"])


async def test_an_address_that_the_ingress_is_not_to_have_any_more_goes(bench: Bench, make_site: MakeSite) -> None:
    await bench.apply("metallb")
    without = METALLB.replace(", expose_ingress: {}", "")
    other = Bench(make_site(MEDIUM + without + FOLDER, secrets={KUBECONFIG: CONFIG}), bench.path)
    await other.look()
    assert (await other.apply("metallb"))["metallb-ingress-back"] == "done"
    assert other.world.names("service") == []
    assert other.world.names("ipaddresspool") == ["apps"]
    await other.look()
    assert whole.plan(other.site, only="metallb").empty


async def test_a_webhook_that_is_not_ready_is_waited_for(bench: Bench) -> None:
    there = bench.world
    there.faults["IPAddressPool"] = ['failed calling webhook "ipaddresspoolvalidationwebhook.metallb.io": EOF'] * 2
    there.save()
    assert (await bench.apply("metallb"))["metallb-addresses"] == "done"


async def test_metallb_goes_with_all_that_was_applied(bench: Bench) -> None:
    await bench.apply("metallb")
    said: list[str] = []
    for _ in range(2):
        await remove.remove(bench.site, bench.host, said.append)
        assert bench.world.objects == {}
    assert "Service ingress-nginx/rancher-wizard-ingress loses its address" in said


def test_metallb_s_images_come_from_the_site_s_registry(make_site: MakeSite) -> None:
    registry = "registries: {system_default_registry: reg.example.com}\n"
    bgp = "bgp: {peers: [{name: r, my_asn: 64512, peer_asn: 64512, address: 10.0.0.1}]}"
    spec = make_site(MEDIUM + METALLB.replace("expose_ingress: {}", bgp) + registry).spec
    assert spec.metallb
    values = applied_values(spec, spec.metallb)
    assert values["controller"]["image"]["repository"] == "reg.example.com/quay.io/metallb/controller"
    assert values["frr-k8s"]["frrk8s"]["image"]["repository"] == "reg.example.com/quay.io/metallb/frr-k8s"
    assert values["frr-k8s"]["frrk8s"]["frr"]["image"]["repository"] == "reg.example.com/quay.io/frrouting/frr"


async def test_rancher_comes_by_helm_through_a_tunnel_and_goes_by_it(bench: Bench) -> None:
    ended = await bench.apply("rancher")
    assert ended == {
        "rancher-backup": "unchanged",
        "rancher-secrets": "done",
        "cert-manager": "done",
        "rancher": "done",
        "rancher-answers": "done",
    }
    values = bench.world.objects["deployment cattle-system rancher"]["spec"]["values"]
    assert values["ingress"] == {"ingressClassName": "nginx", "tls": {"source": "rancher"}}
    await bench.look()
    assert whole.plan(bench.site, only="rancher").empty
    rancher = bench.site.spec.rancher
    assert rancher
    assert (await status.status(bench.site, rancher, bench.host)).problems() == ()
    await rancher_remove.remove(bench.site, bench.host, lambda line: None, cert_manager=True)
    assert bench.world.names("deployment") == []


async def test_another_rancher_comes_after_a_snapshot_by_rke(
    bench: Bench, make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = bench.world
    there.put(
        {"kind": "Deployment", "metadata": {"name": "rancher", "labels": {"chart": "rancher-2.11.3"}}, "spec": {}},
        "cattle-system",
    )
    there.save()
    saved: list[str] = []

    async def save(site: Site, work: Work, at: Any, name: str) -> None:
        saved.append(name)

    monkeypatch.setitem(whole.DISTRIBUTIONS, "rke1", _with(save))
    site = make_site(MEDIUM + RANCHER.replace("2.11.3", "2.11.4") + FOLDER)
    (stage,) = whole.plan(site, only="rancher").stages
    work = Work("mgmt-1", bench.host("mgmt-1"), bench.host, lambda percent, doing: None, print)
    assert await stage.steps[0].carry_out(work) == "done"
    assert saved == ["before-rancher-2.11.4"]


def _with(save: Any) -> Any:
    from dataclasses import replace

    return replace(DISTRIBUTIONS["rke1"], save=save)


async def test_a_control_plane_that_is_away_is_passed_over(bench: Bench) -> None:
    first, second, *_ = bench.site.spec.api_nodes
    bench.away.add(first.name)
    assert (await ready_door(bench.site, bench.host)).name == second.name
    bench.away |= set(bench.nodes)
    with pytest.raises(WizardError, match="no server's API is ready"):
        await ready_door(bench.site, bench.host)


async def test_without_kubectl_or_kubeconfig_it_is_said_what_is_missing(
    bench: Bench, make_site: MakeSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    bare = make_site(MEDIUM + METALLB + RANCHER, secrets={KUBECONFIG: CONFIG})
    notes = whole.plan(bare).notes
    assert "MetalLB can not be applied yet: there is no helm on this machine" in notes
    assert any("Rancher can not be installed yet: there is no kubectl on this machine" in note for note in notes)
    with pytest.raises(WizardError, match="there is no kubectl on this machine") as missing:
        await ready_door(bare, bench.host)
    assert "rke1.kubectl" in missing.value.hint
    bench.site.vault.put(KUBECONFIG, Secret("no: kubeconfig"))
    with pytest.raises(WizardError, match="the kubeconfig that is kept of rke is none"):
        await ready_door(bench.site, bench.host)


async def test_what_kubectl_is_given_stays_where_it_belongs(bench: Bench) -> None:
    echo = Script("echo", 'cat; printf "%s|" "$@"; env | grep -c HOME; exit 3')
    here = Here(bench.site, bench.host("mgmt-1"))
    hostile = "a'b\"c$(touch x)\nd"
    result = await here.run(echo, hostile, stdin=Secret("s3cret\n"), timeout_s=10, check=False)
    assert (result.exit_status, result.lines[0]) == (3, "s3cret")
    assert "\n".join(result.lines[1:]).startswith(f"{hostile}|1")
    assert not [path for path in bench.site.state.iterdir() if path.name.startswith(".kubectl-")]
    with pytest.raises(WizardError, match="no answer in 0"):
        await here.run(Script("sleep", "sleep 60"), timeout_s=0.2)


async def test_a_step_fails_with_the_name_of_its_node_where_no_api_is_ready(bench: Bench) -> None:
    bench.away |= set(bench.nodes)
    with pytest.raises(StepFailed, match="no server's API is ready"):
        await bench.apply("metallb")
