"""RKE1 by a stand-in for `rke` on real nodes: up, killed wherever it hurts, and never on with a wrong state file."""

import json
import subprocess
import time
from pathlib import Path

import pytest

from tests.lab.lab import Lab
from tests.lab.operator import Operator
from tests.lab.rke1.site import VERSION, Bench, bring_docker, kill, parent
from tests.unit.rke1 import states
from wizard.rollout import events as ev
from wizard.rollout.process import runs

NODES = 7
SERVERS, AGENTS = 3, 4
# Where the engine, rke, or rke with its keeper is killed, one after the other, on the way of one cluster. It begins
# with three servers and a worker, and has all nodes from the ninth point on, right after a kill of rke.
FEW, ALL_FROM = 1, 8
POINTS = (
    (r"half of the state file", "rke"),
    (r"Setup tunnel for host", "engine"),
    (r"Running etcd <-> etcd port checks", "rke"),
    (r"Deploying kubernetes certificates", "both"),
    (r"Pulling image .* on host", "engine"),
    (r"Successfully started \[etcd\] container", "rke"),
    (r"Successfully started \[kube-apiserver\] container", "engine"),
    (r"Creating rke-job-deployer", "rke"),
    (r"(started|updated) \[kubelet\] container", "both"),
    (r"Executing deploy job", "engine"),
)


@pytest.fixture(scope="module")
def bench(lab: Lab, operator: Operator) -> Bench:
    bring_docker(lab)
    return Bench(lab, operator)


@pytest.fixture(scope="module")
def spec(bench: Bench) -> Path:
    return bench.spec(SERVERS, AGENTS)


def apply(operator: Operator, spec: Path) -> "subprocess.CompletedProcess[str]":
    return operator.apply(spec)


def state(operator: Operator) -> Path:
    return operator.state / "rke1" / "cluster.rkestate"


def following(operator: Operator, engine: "subprocess.Popen[str]", rollouts: int) -> None:
    """Wait until the engine of a further rollout follows rke."""
    end = time.monotonic() + 120
    while len(runs(operator.state)) == rollouts:
        assert engine.poll() is None, engine.communicate()[0]
        assert time.monotonic() < end
        time.sleep(0.1)
    operator.wait_for(ev.StepProgress, timeout_s=120)


def test_killed_at_ten_points_the_cluster_comes_up_all_the_same(bench: Bench, operator: Operator) -> None:
    for number, (pattern, what) in enumerate(POINTS):
        spec = bench.spec(SERVERS, FEW if number < ALL_FROM else AGENTS)
        bench.stop_at(pattern)
        rollouts = len(runs(operator.state))
        engine = operator.begin(spec)
        pid = bench.wait_stopped()
        following(operator, engine, rollouts)
        working = operator.engine()
        assert working, operator.tail()
        kill(*{"engine": (working,), "rke": (pid,), "both": (parent(pid), pid)}[what])
        if what != "engine":
            assert operator.wait_for_end().outcome == "failed"
        engine.communicate(timeout=60)
    # Each kill of rke asks for another run; none of the engine does.
    assert bench.runs == 1 + sum(what != "engine" for _, what in POINTS[:-1])
    bench.stop_at("")
    done = apply(operator, spec)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(json.loads(bench.lab["n1"].run("cat /var/lib/docker/nodes.json").stdout)) == NODES
    told = [event for event in operator.events() if isinstance(event, ev.NodeEnded)]
    assert {event.outcome for event in told} <= {"done", "unchanged"}


def test_a_cluster_that_is_up_is_left_alone(bench: Bench, operator: Operator, spec: Path) -> None:
    before = bench.runs
    done = apply(operator, spec)
    assert (done.returncode, bench.runs) == (0, before), done.stdout + done.stderr
    kubeconfig = operator.state / "kubeconfig"
    assert kubeconfig.stat().st_mode & 0o777 == 0o600
    assert "kind: Config" in kubeconfig.read_text()
    assert b"PRIVATE KEY" not in b"".join(path.read_bytes() for path in (operator.state / "rke1" / "kept").iterdir())


@pytest.mark.parametrize("harm", ["lost", "damaged", "foreign"])
def test_no_rke_starts_with_a_wrong_state_file_and_the_sealed_copy_brings_it_back(
    bench: Bench, operator: Operator, spec: Path, harm: str
) -> None:
    place, ours, before = state(operator), state(operator).read_bytes(), bench.runs
    match harm:
        case "lost":
            place.unlink()
        case "damaged":
            place.write_bytes(ours[: len(ours) // 3])
        case _:
            place.write_bytes(states.text("theirs"))
    refused = apply(operator, spec)
    assert refused.returncode == 3, refused.stdout + refused.stderr
    assert "cluster.rkestate" in refused.stderr
    assert "rke1 state restore" in refused.stderr
    assert bench.runs == before
    listed = operator.run("rke1", "state", "list", spec)
    assert f"{VERSION}, {NODES} nodes\n" in listed.stdout, listed.stdout + listed.stderr
    restored = operator.run("rke1", "state", "restore", spec, "--yes")
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert place.read_bytes() == ours
    assert apply(operator, spec).returncode == 0


def test_a_node_that_lost_its_kubelet_is_named_and_rke_mends_it(bench: Bench, operator: Operator, spec: Path) -> None:
    bench.lab["n6"].run(
        "python3 -c \"import json,pathlib; p=pathlib.Path('/var/lib/docker/containers.json'); "
        "c=json.loads(p.read_text()); del c['kubelet']; p.write_text(json.dumps(c))\""
    )
    planned = operator.run("plan", spec)
    assert "n6" in planned.stdout
    done = apply(operator, spec)
    assert done.returncode == 0, done.stdout + done.stderr
    worked = [e for e in operator.events() if isinstance(e, ev.StepEnded) and e.step == "worker"]
    assert {(e.node, e.outcome) for e in worked} == {("n6", "done")}


def test_a_failed_run_names_host_cause_and_remedy(bench: Bench, lab: Lab, operator: Operator, spec: Path) -> None:
    lab["n5"].run("systemctl mask --now docker.socket 2>/dev/null; rm -f /var/lib/docker/containers.json")
    bench.stop_at("Running RKE version")
    running = operator.begin(spec)
    bench.wait_stopped()
    lab["n5"].run("systemctl stop docker; rm -f /var/run/docker.sock")
    bench.stop_at("")
    operator.wait_for_end()
    running.communicate(timeout=60)
    failed = [e for e in operator.events() if isinstance(e, ev.StepEnded) and e.outcome == "failed"]
    told = next(e for e in failed if e.node == "n5")
    assert "10.77.0.15" in told.saw
    assert told.cause
    assert "apply" in told.next_move
    lab["n5"].run("systemctl start docker")
    time.sleep(0.5)
    assert apply(operator, spec).returncode == 0


def test_an_upgrade_saves_a_snapshot_first(bench: Bench, lab: Lab, operator: Operator) -> None:
    newer = bench.spec(SERVERS, AGENTS, version="v1.31.14-rancher1-1")
    done = apply(operator, newer)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("n1", "n2", "n3"):
        assert "before-v1.31.14-rancher1-1" in lab[name].run("ls /opt/rke/etcd-snapshots").stdout
    assert set(json.loads(lab["n1"].run("cat /var/lib/docker/nodes.json").stdout).values()) == {"v1.31.14"}
    stages = [event.stage for event in operator.events() if isinstance(event, ev.StageStarted)]
    assert stages.index("snapshot") < stages.index("start")
