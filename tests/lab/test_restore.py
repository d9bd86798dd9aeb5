"""The way back on real nodes: machines made anew out of a sealed snapshot, and one server left out of three."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.lab import faults
from tests.lab.conftest import renew
from tests.lab.lab import Lab
from tests.lab.operator import Operator, changed_spec, cluster_nodes, etcd_members
from tests.lab.test_upgrade import ETCDCTL, versions
from tests.lab.tokens import tell_of, token
from wizard.rollout import events as ev
from wizard.upgrade.restore.begun import unfinished

NODES = 4
OLD, NEW = "v1.34.9+rke2r1", "v1.35.6+rke2r1"


@pytest.fixture(scope="module")
def spec(lab: Lab, operator: Operator) -> Path:
    """3 servers and an agent on the old release; an upgrade was ended after its snapshot and the first server."""
    for version in (OLD, NEW):
        lab.release_of(version)
    source = {"kind": "folder", "path": str(lab.release_of(OLD).parent)}
    path = lab.spec(servers=3, agents=1, version=OLD, source=source, upgrade={"drain": "none"})
    done = operator.apply(path)
    assert done.returncode == 0, done.stdout + done.stderr
    put(lab, "n1", "kept")
    changed_spec(path, version=NEW)
    words = operator.words("upgrade", "apply", path, "--yes", "--headless")
    process = lab.jump_start(
        *words, env=operator.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    operator.wait_for(ev.StepStarted, stage="servers-1.35.6-rke2r1", step="ready")
    assert operator.run("abort").returncode == 0
    process.communicate(timeout=120)
    put(lab, "n2", "later")
    return path


def put(lab: Lab, name: str, key: str) -> None:
    lab[name].run(f"{ETCDCTL} put /lab/{key} {key}")


def keys(lab: Lab, name: str) -> set[str]:
    return set(lab[name].run(f"{ETCDCTL} get --prefix /lab/ --keys-only").stdout.split())


def restore(operator: Operator, spec: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    return operator.run("restore", spec, "--confirm", "lab", "--headless", "--output", *more, timeout_s=400)


def test_the_snapshot_is_listed_and_the_plan_says_what_is_lost(operator: Operator, spec: Path) -> None:
    listed = operator.run("restore", spec, "--list")
    assert listed.returncode == 0, listed.stderr
    (line,) = listed.stdout.splitlines()
    assert line.startswith(f"before-{NEW.replace('+', '-')}-n1-")
    assert OLD in line
    assert line.endswith("here, sealed")
    plan = operator.run("restore", spec, "--plan")
    assert plan.returncode == 0, plan.stderr
    assert "what came after it is lost" in plan.stdout
    assert f"comes back on {OLD}" in plan.stdout
    unwilling = operator.run("restore", spec, "--headless")
    assert unwilling.returncode == 2
    assert "--confirm lab" in unwilling.stderr


def test_on_machines_made_anew_the_former_data_and_release_stand_again_though_the_engine_was_killed(
    lab: Lab, operator: Operator, spec: Path
) -> None:
    renew(lab, "n1", "n2", "n3")
    words = operator.words("restore", spec, "--confirm", "lab", "--headless")
    process = lab.jump_start(
        *words, env=operator.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    )
    operator.wait_for(ev.StepStarted, node="n1", step="reset")
    pid = operator.engine()
    assert pid
    os.kill(pid, signal.SIGKILL)
    process.wait(60)
    assert unfinished(operator.state)
    done = restore(operator, spec)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
    assert "goes on where it was" in done.stderr
    assert keys(lab, "n2") == {"/lab/kept"}
    assert cluster_nodes(lab["n1"]) == dict.fromkeys(lab.nodes, "Ready")
    assert etcd_members(lab["n1"]) == 3
    assert versions(lab) == {OLD}
    assert unfinished(operator.state) is None
    changed_spec(spec, version=OLD)
    again = operator.apply(spec)
    assert (again.returncode, "nothing to do" in again.stdout) == (0, True), again.stdout + again.stderr


def test_with_one_server_left_all_that_it_has_is_kept(lab: Lab, operator: Operator, spec: Path) -> None:
    put(lab, "n3", "last")
    # The cluster is told of a new token, and nobody here knows how far that came.
    lab["n1"].run("touch /etc/rke2-standin-cut")
    cut = operator.run("token", "rotate", spec, "--yes", "--headless")
    assert cut.returncode == 1, cut.stdout + cut.stderr
    following, holds = token(operator, "server-token-next"), token(operator)
    tell_of(lab["n1"], holds, following)
    half = operator.run("status", spec, "--headless")
    assert (half.returncode, "token rotate SPEC goes on with it" in half.stdout) == (1, True), half.stdout
    for name in ("n1", "n2"):
        faults.power_cut(lab[name])
    refused = restore(operator, spec, "--data-of", "n3")
    assert refused.returncode == 3
    assert "--without n1" in refused.stderr
    changed_spec(spec, registration={"address": lab["n3"].address})
    done = restore(operator, spec, "--data-of", "n3", "--without", "n1", "--without", "n2")
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
    assert keys(lab, "n3") == {"/lab/kept", "/lab/last"}
    assert etcd_members(lab["n3"]) == 1
    assert token(operator) == following
    # Those given up are listed until the cluster has missed them for long enough.
    assert {name for name, status in cluster_nodes(lab["n3"]).items() if status == "Ready"} >= {"n3", "n4"}
