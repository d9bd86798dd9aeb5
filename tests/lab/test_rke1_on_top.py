"""MetalLB and Rancher in a cluster of RKE1, end to end: rke, kubectl and helm on the jump host, SSH to the nodes.

What they bring is a stand-in, and so is the API behind the control plane's port; all that asks it is the product's own.
`RANCHER_WIZARD_LAB_HELM=/path/to/helm` takes a real helm instead.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.lab import balancers, charts, helm, network
from tests.lab.lab import Lab
from tests.lab.operator import Operator, changed_spec
from tests.lab.rke1.api import KUBECTL, bring_api
from tests.lab.rke1.site import Bench, bring_docker

NODES = 3
METALLB = {
    "version": "0.16.1",
    "chart": "charts/metallb-0.16.1.tgz",
    "pools": [{"name": "apps", "addresses": [f"{network.NET}.220-{network.NET}.225"]}],
    "expose_ingress": {},
}
RANCHER = {
    "version": "2.11.3",
    "hostname": "rancher.example.com",
    "replicas": 1,
    "cert_manager": "v1.18.6",
    "charts": "charts",
}


@pytest.fixture(scope="module")
def bench(lab: Lab, operator: Operator) -> Bench:
    bring_docker(lab)
    bench = Bench(lab, operator)
    bring_api(lab, "n1", "n3", bench.folder)
    folder = operator.home / "charts"
    charts.metallb(folder, "0.16.1")
    charts.cert_manager(folder, "v1.18.6")
    for version in ("2.11.3", "2.11.4"):
        charts.rancher(folder, version)
    program = os.environ.get("RANCHER_WIZARD_LAB_HELM") or f"{sys.executable} -I {helm.__file__}"
    (bench.folder / "helm").write_text(f'#!/bin/sh\nexec {program} "$@"\n')
    (bench.folder / "helm").chmod(0o755)
    return bench


@pytest.fixture(scope="module")
def spec(bench: Bench, operator: Operator) -> Path:
    """A cluster whose ingress is behind an address of MetalLB's, brought up in one go."""
    path = bench.spec(1, 1, metallb=METALLB)
    done = operator.apply(path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"rancher-wizard-ingress: {network.NET}.220" in done.stdout
    return path


def kubectl(lab: Lab, words: str) -> Any:
    return json.loads(lab["n3"].run(f"{KUBECTL} {words} -o json").stdout)


def names(lab: Lab, kind: str, namespace: str) -> list[str]:
    return [each["metadata"]["name"] for each in kubectl(lab, f"-n {namespace} get {kind}")["items"]]


def run(operator: Operator, *command: str | Path) -> str:
    done = operator.run(*command)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_metallb_comes_with_the_cluster_and_then_nothing_is_to_be_done(
    lab: Lab, bench: Bench, operator: Operator, spec: Path
) -> None:
    assert names(lab, "ipaddresspools", "metallb-system") == ["apps"]
    assert names(lab, "deployments", "metallb-system") == ["metallb-controller"]
    service = kubectl(lab, "-n ingress-nginx get service rancher-wizard-ingress")
    assert service["spec"]["selector"] == {"app": "ingress-nginx"}
    for command in (("apply",), ("metallb", "apply")):
        assert "nothing to do" in run(operator, *command, spec, "--yes", "--headless").lower()
    assert bench.runs == 1


def test_rancher_comes_by_helm_and_an_upgrade_is_backed_up_by_rke(
    lab: Lab, bench: Bench, operator: Operator, spec: Path
) -> None:
    balancers.ingresses(lab["n2"])
    changed_spec(spec, rancher=RANCHER)
    assert "hostname: rancher.example.com" in run(operator, "plan", spec)
    run(operator, "rancher", "apply", spec, "--yes", "--headless", "--output")
    assert names(lab, "deployments", "cattle-system") == ["rancher", "rancher-webhook"]
    assert run(operator, "rancher", "password", spec).strip()
    assert "nothing to do" in run(operator, "apply", spec, "--yes", "--headless").lower()
    changed_spec(spec, rancher=RANCHER | {"version": "2.11.4"})
    run(operator, "rancher", "upgrade", spec, "--yes", "--headless", "--output")
    assert "before-rancher-2.11.4-" in lab["n1"].run("ls /opt/rke/etcd-snapshots").stdout
    assert "all is well" in run(operator, "rancher", "status", spec)
    secrets = [path.read_text() for path in operator.state.rglob("*.jsonl")]
    assert secrets
    assert "client-key-data" not in "".join(secrets)


def test_the_way_out_is_planned_from_what_the_api_says_through_a_node(
    bench: Bench, operator: Operator, spec: Path
) -> None:
    runs, out = bench.runs, operator.home / "way-out"
    done = operator.run("migrate", "plan", spec, "--tunnel", "--out", out)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "API: read: 1 node\n" in done.stderr
    assert "not read" not in done.stderr
    plan = (out / "plan.md").read_text()
    for words in (
        "Move Rancher v2.11.4",
        "cattle-system/rancher (revision 2, deployed)",
        "ingress-nginx/rancher-wizard-ingress (LoadBalancer",
        "metallb.io",
    ):
        assert words in plan.replace("\\", "")
    assert "client-key-data" not in plan + (out / "plan.json").read_text()
    assert "server-1.invalid" in run(operator, "plan", out / "cluster.yaml")
    assert bench.runs == runs


def test_both_are_taken_away_again(lab: Lab, operator: Operator, spec: Path) -> None:
    run(operator, "rancher", "remove", spec, "--with-cert-manager", "--yes")
    assert names(lab, "deployments", "cattle-system") + names(lab, "deployments", "cert-manager") == []
    assert "rancher-wizard-ingress loses its address" in run(operator, "metallb", "remove", spec, "--yes")
    assert "metallb-system" not in names(lab, "namespaces", "default")
    assert names(lab, "services", "ingress-nginx") == []
    run(operator, "metallb", "remove", spec, "--yes")
