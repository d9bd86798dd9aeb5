"""What comes into a cluster: kube-vip, MetalLB, cert-manager and Rancher, by the product's own path, on real nodes.

No pod runs in the lab: the API, RKE2's controllers, the charts and helm are stand-ins, and a workload is ready when its
object says so. `RANCHER_WIZARD_LAB_HELM=/path/to/helm` takes a real helm instead.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT
from typing import Any

import pytest

from tests.lab import balancers, charts, helm, network
from tests.lab.lab import Lab
from tests.lab.operator import Operator, changed_spec, cluster_nodes

NODES = 2
VIP = f"{network.NET}.210"
POOL = f"{network.NET}.220-{network.NET}.225"
KUBECTL = "/var/lib/rancher/rke2/bin/kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml"
MANIFESTS = "/var/lib/rancher/rke2/server/manifests"
METALLB = {
    "version": "0.16.1",
    "chart": "charts/metallb-0.16.1.tgz",
    "pools": [{"name": "apps", "addresses": [POOL]}],
}
RANCHER = {
    "version": "2.13.3",
    "hostname": "rancher.example.com",
    "replicas": 1,
    "cert_manager": "v1.19.6",
    "charts": "charts",
}


@pytest.fixture(scope="module")
def spec(lab: Lab, operator: Operator) -> Path:
    """One server and an agent, brought up behind an address that kube-vip carries."""
    front = {"kind": "kube-vip", "vip": VIP}
    path = lab.spec(servers=1, agents=1, registration=None, balancer=front)
    done = operator.apply(path)
    assert done.returncode == 0, done.stdout + done.stderr
    folder = lab.home / "charts"
    charts.metallb(folder, "0.16.1")
    charts.cert_manager(folder, "v1.19.6")
    charts.rancher(folder, "2.13.3")
    program = os.environ.get("RANCHER_WIZARD_LAB_HELM")
    (folder / "helm").write_text(f'#!/bin/sh\nexec {program or f"{sys.executable} -I {helm.__file__}"} "$@"\n')
    (folder / "helm").chmod(0o755)
    return path


def kubectl(lab: Lab, words: str) -> Any:
    return json.loads(lab["n1"].run(f"{KUBECTL} {words} -o json").stdout)


def names(lab: Lab, kind: str, namespace: str) -> list[str]:
    return [each["metadata"]["name"] for each in kubectl(lab, f"-n {namespace} get {kind}")["items"]]


def nothing_to_do(operator: Operator, *command: str | Path) -> None:
    done = operator.run(*command, "--yes", "--headless")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing to do" in done.stdout.lower()


def test_kube_vip_is_deployed_and_the_agent_joins_by_its_address(lab: Lab, operator: Operator, spec: Path) -> None:
    assert cluster_nodes(lab["n1"]) == {"n1": "Ready", "n2": "Ready"}
    assert balancers.carries(lab["n1"], VIP)
    assert f"server: https://{VIP}:9345" in lab["n2"].run("cat /etc/rancher/rke2/config.yaml").stdout
    assert names(lab, "daemonset", "kube-system") == ["kube-vip"]


def test_metallb_comes_up_with_its_addresses_and_an_ingress_behind_one(
    lab: Lab, operator: Operator, spec: Path
) -> None:
    changed_spec(spec, metallb=METALLB | {"expose_ingress": {}})
    done = operator.run("metallb", "apply", spec, "--yes", "--headless", "--output")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"rke2-ingress-nginx-controller: {network.NET}.220" in done.stdout
    assert names(lab, "ipaddresspools", "metallb-system") == ["apps"]
    assert names(lab, "l2advertisements.metallb.io", "metallb-system") == ["l2-1"]
    nothing_to_do(operator, "metallb", "apply", spec)


def test_an_address_that_the_ingress_is_not_to_have_any_more_goes(lab: Lab, operator: Operator, spec: Path) -> None:
    changed_spec(spec, metallb=METALLB)
    done = operator.run("metallb", "apply", spec, "--yes", "--headless", "--output")
    assert done.returncode == 0, done.stdout + done.stderr
    assert names(lab, "services", "kube-system") == []
    assert names(lab, "ipaddresspools", "metallb-system") == ["apps"]
    nothing_to_do(operator, "metallb", "apply", spec)
    changed_spec(spec, metallb=METALLB | {"expose_ingress": {}})
    done = operator.run("metallb", "apply", spec, "--yes", "--headless", "--output")
    assert f"rke2-ingress-nginx-controller: {network.NET}.220" in done.stdout


def test_rancher_comes_up_by_helm_and_is_reached_by_its_name(lab: Lab, operator: Operator, spec: Path) -> None:
    balancers.ingresses(lab["n2"])
    changed_spec(spec, rancher=RANCHER)
    done = operator.run("rancher", "apply", spec, "--yes", "--headless", "--output")
    assert done.returncode == 0, done.stdout + done.stderr
    assert names(lab, "deployments", "cattle-system") == ["rancher", "rancher-webhook"]
    assert kubectl(lab, "-n cattle-system get ingress rancher")["spec"]["rules"][0]["host"] == "rancher.example.com"
    told = operator.run("rancher", "status", spec)
    assert told.returncode == 0, told.stdout + told.stderr
    assert operator.run("rancher", "password", spec).stdout.strip()
    nothing_to_do(operator, "rancher", "apply", spec)


def test_helm_that_was_killed_half_way_is_gone_on_from(lab: Lab, operator: Operator, spec: Path) -> None:
    stops = lab.home / "charts" / helm.PAUSE
    charts.rancher(lab.home / "charts", "2.13.4")
    changed_spec(spec, rancher=RANCHER | {"version": "2.13.4"})
    stops.touch()
    begun = lab.jump_start(
        *operator.words("rancher", "upgrade", spec, "--yes", "--headless", "--output"),
        env=operator.environment,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
    )
    end = time.monotonic() + 120
    while states(lab, "rancher")[-1] != "pending-upgrade":
        assert time.monotonic() < end, operator.tail()
        time.sleep(0.5)
    engine = operator.engine()
    assert engine is not None
    os.kill(engine, signal.SIGKILL)
    begun.communicate(timeout=60)
    stops.unlink()
    done = operator.run("rancher", "apply", spec, "--yes", "--headless", "--output")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the helm that made it was ended half-way; its lock is taken away" in done.stdout
    assert states(lab, "rancher")[-1] == "deployed"
    assert "before-rancher-2.13.4" in lab["n1"].run("/usr/local/bin/rke2 etcd-snapshot list").stdout


def test_a_webhook_that_is_not_ready_fails_helm_with_its_name_and_the_next_apply_goes_on(
    lab: Lab, operator: Operator, spec: Path
) -> None:
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "cattle-lab"}}
    charts.rancher(lab.home / "charts", "2.13.5", space, ready_after="15")
    changed_spec(spec, rancher=RANCHER | {"version": "2.13.5"})
    done = operator.run("rancher", "apply", spec, "--yes", "--headless", "--output")
    assert done.returncode == 1, done.stdout + done.stderr
    assert 'failed calling webhook "rancher.cattle.io.namespaces"' in done.stdout + done.stderr
    assert states(lab, "rancher")[-1] == "failed"
    time.sleep(15)
    done = operator.run("rancher", "apply", spec, "--yes", "--headless", "--output")
    assert done.returncode == 0, done.stdout + done.stderr
    assert kubectl(lab, "get namespace cattle-lab")["metadata"]["name"] == "cattle-lab"
    nothing_to_do(operator, "rancher", "apply", spec)


def test_rancher_is_taken_away_and_comes_again_by_rke2_itself(lab: Lab, operator: Operator, spec: Path) -> None:
    removed(operator, "rancher", "remove", spec, "--with-cert-manager")
    assert states(lab, "rancher") == []
    assert names(lab, "deployments", "cattle-system") + names(lab, "deployments", "cert-manager") == []
    changed_spec(spec, rancher=RANCHER | {"how": "manifests"})
    done = operator.run("rancher", "apply", spec, "--yes", "--headless", "--output")
    assert done.returncode == 0, done.stdout + done.stderr
    assert states(lab, "rancher") == ["deployed"]
    nothing_to_do(operator, "rancher", "apply", spec)
    removed(operator, "rancher", "remove", spec, "--with-cert-manager")
    assert states(lab, "rancher") == []


def test_metallb_is_taken_away_with_all_that_came_with_it(lab: Lab, operator: Operator, spec: Path) -> None:
    said = removed(operator, "metallb", "remove", spec)
    assert "Service kube-system/rke2-ingress-nginx-controller loses its address" in said
    assert names(lab, "namespaces", "default").count("metallb-system") == 0
    assert names(lab, "services", "kube-system") == []
    assert lab["n1"].run(f"ls {MANIFESTS}").stdout.split() == ["rancher-wizard-kube-vip.yaml"]
    removed(operator, "metallb", "remove", spec)


def removed(operator: Operator, *command: str | Path) -> str:
    done = operator.run(*command, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def states(lab: Lab, release: str) -> list[str]:
    """The states of a release's revisions, as helm keeps them."""
    found = kubectl(lab, f"-n cattle-system get secrets -l owner=helm,name={release}")["items"]
    labels = sorted((each["metadata"]["labels"] for each in found), key=lambda each: int(each["version"]))
    return [each["status"] for each in labels]
