"""The screen in an operator's hands: real nodes that fail, and every key that steers a rollout."""

from pathlib import Path

import pytest

from tests.lab import faults
from tests.lab.lab import Lab
from tests.lab.operator import Operator, cluster_nodes, overruled
from tests.lab.terminal import Terminal
from wizard.rollout import events as ev

NODES = 4
WIDE = (200, 50)


# Checks would find both faults before anything starts.
OVERRULED = overruled("leftovers.rke2", "ports.free")


@pytest.fixture(scope="module")
def spec(lab: Lab) -> Path:
    """A server and three agents, one at a time; n2 is in another cluster, n3 has its port taken by the first test."""
    lab["n1"].run("echo 3 >/etc/rke2-standin-pause-s")
    lab["n2"].write("/etc/rancher/rke2/config.yaml", "# somebody else's\n")
    return lab.spec(servers=1, agents=3, rollout={"workers": {"at_once": 1, "max_failed": "100%"}})


def test_on_a_small_terminal_a_rollout_is_paused_and_its_failed_nodes_retried_and_skipped(
    lab: Lab, operator: Operator, spec: Path
) -> None:
    with faults.occupied_port(lab["n3"], 6444), Terminal(operator, "apply", spec, "--yes", *OVERRULED) as screen:
        operator.wait_for(ev.StepStarted, node="n1", step="install")
        screen.press("p")
        screen.wait_for("Paused: steps in hand are finished")
        screen.press("p")
        operator.wait_for(ev.CommandTaken, command="resume")
        operator.wait_for(ev.Held, timeout_s=180)
        screen.press("home", "down")
        screen.wait_for("n2 failed: Make sure the node is free")
        screen.wait_for("Next:")
        lab["n2"].run("rm -r /etc/rancher")
        screen.press("r")
        operator.wait_for(ev.NodeEnded, node="n2", outcome="done")
        screen.press("down")
        screen.wait_for("n3 failed: Start RKE2")
        screen.press("s", "y")
        assert operator.wait_for_end().outcome == "partly"
        screen.wait_for("3 of 4 nodes done; not done: n3")
        screen.press("q")
        assert screen.process.wait(20) == 4
    assert cluster_nodes(lab["n1"]) == dict.fromkeys(("n1", "n2", "n4"), "Ready")


def test_a_screen_is_left_and_another_one_attached_that_aborts(lab: Lab, operator: Operator, spec: Path) -> None:
    lab["n4"].run("systemctl stop rke2-agent; echo 15 >/etc/rke2-standin-pause-s; rm /usr/local/bin/rke2")
    with Terminal(operator, "apply", spec, "--yes", *OVERRULED) as screen:
        screen.wait_for("Detach")
        screen.press("d")
        assert screen.process.wait(20) == 0
        assert "rancher-wizard attach lab" in screen.said
    with Terminal(operator, "attach", "lab", size=WIDE) as screen:
        screen.wait_for("Abort")
        screen.press("a", "y")
        ended = operator.wait_for_end()
        screen.wait_for("q leaves")
        screen.press("q")
        assert screen.process.wait(20) == 4
    assert ended.outcome == "aborted"
    lab["n4"].run("rm /etc/rke2-standin-pause-s")
    done = operator.apply(spec)
    assert done.returncode == 0, done.stdout
    assert cluster_nodes(lab["n1"]) == dict.fromkeys(lab.nodes, "Ready")
