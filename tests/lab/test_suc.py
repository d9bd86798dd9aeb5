"""An upgrade by the system-upgrade-controller on real nodes: the same stages, states and proofs as over SSH."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.lab import Lab
from tests.lab.operator import Operator, changed_spec, cluster_nodes, etcd_members, overruled
from tests.lab.suc import KUBECTL, Controller, manifests
from tests.lab.test_upgrade import versions
from wizard.rollout import events as ev

NODES = 5
FIRST, OLD, BETWEEN, NEW = "v1.33.7+rke2r3", "v1.33.10+rke2r3", "v1.34.9+rke2r1", "v1.35.6+rke2r1"
SERVERS = ("n1", "n2", "n3")
BLOCKER = "standin/blocked-by"


@pytest.fixture(scope="module")
def spec(lab: Lab, operator: Operator, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cluster of 3 servers and 2 agents on the old release, whose upgrades go by the controller."""
    files = manifests(tmp_path_factory.mktemp("controller"))
    path = lab.spec(
        servers=3,
        agents=2,
        version=FIRST,
        source={"kind": "online", "mirror": lab.mirror(FIRST, OLD, BETWEEN, NEW)},
        rollout={"workers": {"max_failed": 0}},
        upgrade={"by": "controller", "controller": files, "drain_timeout_s": 20},
    )
    done = operator.apply(path, *overruled("disk.room"))
    assert done.returncode == 0, done.stdout + done.stderr
    return path


@pytest.fixture(scope="module")
def controller(lab: Lab, spec: Path) -> Iterator[Controller]:
    with Controller(lab, SERVERS, lab.mirror()) as controller:
        yield controller


def upgrade(operator: Operator, spec: Path) -> "subprocess.CompletedProcess[str]":
    more = overruled("disk.room")
    return operator.run("upgrade", "apply", spec, "--yes", "--headless", "--output", *more, timeout_s=600)


def kubectl(lab: Lab, words: str) -> str:
    return str(lab["n1"].run(f"{KUBECTL} {words}").stdout)


def block(lab: Lab, node: str, pod: str | None) -> None:
    """Have a budget protect a pod on a node, or none any more."""
    patch = json.dumps({"metadata": {"annotations": {BLOCKER: pod}}})
    kubectl(lab, f"patch node {node} --patch='{patch}'")


def runs(lab: Lab, node: str) -> str:
    """The release that a node runs, as the server tells whose turn comes last."""
    template = "{.status.nodeInfo.kubeletVersion}"
    return str(lab["n3"].run(f"{KUBECTL} get node {node} -o jsonpath='{template}'").stdout)


def test_paused_it_takes_nobody_more_and_killed_it_goes_on_where_it_was(
    lab: Lab, operator: Operator, spec: Path, controller: Controller
) -> None:
    changed_spec(spec, version=OLD)
    words = operator.words("upgrade", "apply", spec, "--yes", "--headless", *overruled("disk.room"))
    process = lab.jump_start(
        *words, env=operator.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    )
    operator.wait_for(ev.StepStarted, node="n1", step="handover")
    assert operator.run("pause").returncode == 0
    end = time.monotonic() + 120
    while runs(lab, "n1") != OLD:
        # What was handed over the controller ends by itself.
        assert time.monotonic() < end
        time.sleep(1)
    assert controller.taken == ["n1"]
    assert operator.run("resume").returncode == 0
    operator.wait_for(ev.StepStarted, node="n2", step="install", timeout_s=200)
    pid = operator.engine()
    assert pid
    os.kill(pid, signal.SIGKILL)
    process.wait(60)
    done = upgrade(operator, spec)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
    assert versions(lab) == {OLD}
    assert sorted(controller.taken) == sorted(lab.nodes)
    assert cluster_nodes(lab["n1"]) == dict.fromkeys(lab.nodes, "Ready")
    controller.taken.clear()


def test_a_node_that_can_not_be_emptied_is_given_back_and_no_other_is_begun(
    lab: Lab, operator: Operator, spec: Path, controller: Controller
) -> None:
    changed_spec(spec, version=BETWEEN)
    block(lab, "n4", "default/web-1")
    done = upgrade(operator, spec)
    assert done.returncode != 0
    failed = [each for each in operator.events() if isinstance(each, ev.StepEnded) and each.outcome == "failed"]
    assert [(each.node, each.step) for each in failed] == [("n4", "drain")]
    assert "disruption budget" in failed[0].saw
    assert cluster_nodes(lab["n1"]) == dict.fromkeys(lab.nodes, "Ready")
    assert "rancher-wizard/release" not in kubectl(lab, "get node n4 -o json")
    assert controller.taken == ["n1", "n2", "n3", "n4"]
    assert versions(lab) == {OLD, BETWEEN}
    block(lab, "n4", None)


def test_what_is_left_is_done_and_then_the_next_minor(
    lab: Lab, operator: Operator, spec: Path, controller: Controller
) -> None:
    changed_spec(spec, version=NEW)
    kubectl(lab, "cordon n5")
    done = upgrade(operator, spec)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
    assert versions(lab) == {NEW}
    assert etcd_members(lab["n1"]) == 3
    # What the operator cordoned stays so.
    assert cluster_nodes(lab["n1"]) == dict.fromkeys(lab.nodes, "Ready") | {"n5": "Ready,SchedulingDisabled"}
    assert controller.most == {"rancher-wizard-servers": 1, "rancher-wizard-agents": 1}


def test_its_states_are_those_of_the_way_over_ssh(operator: Operator, spec: Path) -> None:
    events = operator.events()
    begun = next(each for each in events if isinstance(each, ev.RolloutStarted))
    kinds = [stage.key.partition("-")[0] for stage in begun.stages]
    hop = ["snapshot", "controller", "servers", "agents"]
    assert kinds == ["controller", "agents", *hop, "plans", "credentials"]
    ended = [each for each in events if isinstance(each, ev.StepEnded)]
    assert {each.outcome for each in ended} <= {"done", "unchanged"}
    last = [each.step for each in ended if each.node == "n2" and each.stage.startswith("servers-")]
    assert last == ["quorum-before", "handover", "drain", "install", "ready", "quorum-after", "uncordon"]
    agent = [each.step for each in ended if each.node == "n4" and each.stage.startswith("agents-1.35")]
    assert agent == ["handover", "drain", "install", "ready", "uncordon"]


def test_nothing_of_it_is_left_and_there_is_nothing_to_do(lab: Lab, operator: Operator, spec: Path) -> None:
    assert "rancher-wizard" not in kubectl(lab, "get plans.upgrade.cattle.io -n system-upgrade")
    assert "rancher-wizard/" not in kubectl(lab, "get nodes -o json")
    assert '"SYSTEM_UPGRADE_JOB_IMAGE_PULL_POLICY": "IfNotPresent"' in kubectl(
        lab, "get configmap default-controller-env -n system-upgrade -o json"
    )
    again = upgrade(operator, spec)
    assert (again.returncode, "nothing to do" in again.stdout) == (0, True), again.stdout + again.stderr
    applied = operator.apply(spec, *overruled("disk.room"))
    assert (applied.returncode, "nothing to do" in applied.stdout) == (0, True), applied.stdout + applied.stderr
