"""RancherD of both generations by stand-ins on real nodes: up, killed on the way, left alone, a new admin password."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.lab.conftest import renew
from tests.lab.lab import Lab
from tests.lab.operator import Operator, changed_spec, cluster_nodes, listing, overruled
from tests.lab.rancherd.site import first_release, second_release, spec
from wizard.rollout import events as ev
from wizard.rollout.process import runs

NODES = 3
READY = dict.fromkeys(("n1", "n2", "n3"), "Ready")


@pytest.fixture(scope="module", params=[1, 2], ids=["first", "second"])
def generation(request: pytest.FixtureRequest) -> int:
    number: int = request.param
    return number


@pytest.fixture(scope="module")
def operator(lab: Lab, generation: int, tmp_path_factory: pytest.TempPathFactory) -> Operator:
    if generation == 2:
        renew(lab)
    return Operator(lab, tmp_path_factory.mktemp("operator"))


def wait_begun(operator: Operator, running: "subprocess.Popen[str]") -> None:
    """Wait until there is a rollout; what keeps it from being one is told."""
    end = time.monotonic() + 60
    while not runs(operator.state):
        assert running.poll() is None, running.communicate()[0]
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture(scope="module")
def cluster(lab: Lab, operator: Operator, generation: int) -> Path:
    """One server, one more and an agent: brought up, with the engine killed in the midst."""
    folder = operator.home / "kept"
    (first_release if generation == 1 else second_release)(lab, folder)
    path = spec(lab, operator, folder, generation, servers=2, agents=1)
    running = operator.begin(path, *overruled("disk.room"))
    wait_begun(operator, running)
    operator.wait_for(ev.StepStarted, node="n2", step="start" if generation == 1 else "bootstrap")
    pid = operator.engine()
    assert pid, operator.tail()
    os.kill(pid, signal.SIGKILL)
    running.communicate(timeout=60)
    done = operator.apply(path, *overruled("disk.room"))
    assert done.returncode == 0, done.stdout + done.stderr
    # Once in each view: in the rollout's lines, and in the plan before them.
    assert [view.count("RancherD is discontinued") for view in (done.stdout, done.stderr)] == [1, 1]
    return path


def test_all_nodes_are_ready_and_rancher_answers(lab: Lab, cluster: Path) -> None:
    assert cluster_nodes(lab["n1"]) == READY
    assert "pong" in lab["n1"].run("curl -ks https://127.0.0.1:8443/ping").stdout


def test_a_rerun_changes_nothing(lab: Lab, operator: Operator, cluster: Path) -> None:
    before, units = listing(lab), started(lab)
    again = operator.apply(cluster)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "nothing to do" in (again.stdout + again.stderr).lower()
    assert (listing(lab), started(lab)) == (before, units)


def started(lab: Lab) -> list[str]:
    """When each of RancherD's units was started last, by node."""
    show = "systemctl show rancherd-server rancherd-agent rancherd -p Id -p ExecMainStartTimestamp"
    return [node.run(show).stdout for node in lab.nodes.values()]


def test_tokens_lie_on_nodes_for_root_alone(lab: Lab, cluster: Path, generation: int) -> None:
    place = "/etc/rancher/rke2/config.yaml" if generation == 1 else "/etc/rancher/rancherd/config.yaml"
    for node in lab.nodes.values():
        assert node.run(f"stat -c '%a %U' {place}").stdout.strip() == "600 root"


def test_the_admin_password_goes_to_the_vault_and_nowhere_else(lab: Lab, operator: Operator, cluster: Path) -> None:
    done = operator.run("rancherd", "reset-admin", cluster, "--seal")
    assert done.returncode == 0, done.stdout + done.stderr
    password = lab["n1"].run("cat /var/lib/rancher-standin-admin").stdout.strip()
    assert len(password) > 8
    assert password not in done.stdout + done.stderr
    files = [path for path in operator.home.rglob("*") if path.is_file()]
    assert not [path for path in files if password.encode() in path.read_bytes()]
    assert password not in lab["n1"].run("journalctl -q --no-pager").stdout


def test_what_rancherd_would_not_read_any_more_is_refused(
    lab: Lab, operator: Operator, cluster: Path, generation: int
) -> None:
    if generation == 1:
        refused = operator.run("upgrade", "apply", cluster, "--yes")
        assert "RancherD" in refused.stderr
    else:
        before = cluster.read_text()
        changed_spec(cluster, rancherd={"generation": 2, "rancher_version": "2.8.2"})
        refused = operator.run("plan", cluster)
        cluster.write_text(before)
        assert "reads its configuration no more" in refused.stderr
    assert refused.returncode in (2, 3), refused.stdout + refused.stderr
