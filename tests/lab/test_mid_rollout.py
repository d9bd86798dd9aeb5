"""Terminals closed, a disk that fills, other operators, and the operator's words in mid-rollout."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.conftest import bare
from tests.lab.lab import Lab
from tests.lab.machine import run
from tests.lab.operator import Operator, cluster_nodes
from wizard.rollout import events as ev

NODES = 3


def test_a_rollout_goes_on_when_the_terminal_closes_and_attach_shows_all_of_it(
    lab: Lab, new_operator: Operator
) -> None:
    process = new_operator.begin(bare(lab, 1, 1), start_new_session=True, stdout=subprocess.DEVNULL)
    new_operator.wait_for(ev.StepStarted, node="n1", step="install")
    os.killpg(process.pid, signal.SIGHUP)
    assert process.wait(10) != 0
    assert new_operator.wait_for_end().outcome == "done"
    shown = new_operator.run("attach", "lab", "--headless")
    assert shown.returncode == 0
    assert "looking at 2 nodes" in shown.stdout
    assert "n1: Install RKE2: done" in shown.stdout
    assert "n2: DONE" in shown.stdout


def test_pause_resume_status_and_abort_are_obeyed_and_apply_goes_on(lab: Lab, new_operator: Operator) -> None:
    spec = bare(lab, 1, 2)
    process = new_operator.begin(spec, stdout=subprocess.DEVNULL)
    new_operator.wait_for(ev.StepStarted, node="n1", step="install")
    assert new_operator.run("pause").returncode == 0
    assert new_operator.run("status").returncode == 4
    time.sleep(4)
    quiet = len(new_operator.events())
    time.sleep(2)
    assert len(new_operator.events()) == quiet
    assert new_operator.progress().phase == "paused"
    assert new_operator.run("resume").returncode == 0
    new_operator.wait_for(ev.StepStarted, node="n2", step="install")
    refused = new_operator.run("retry", "n3")
    assert refused.returncode == 1
    assert "only a node that has failed" in refused.stderr
    assert new_operator.run("abort").returncode == 0
    assert process.wait(60) == 4
    progress = new_operator.progress()
    assert progress.ending is not None
    assert progress.ending.outcome == "aborted"
    assert progress.nodes["n2"].state == "interrupted"
    assert progress.nodes["n3"].state == "waiting"
    assert new_operator.run("status").returncode == 4
    done = new_operator.apply(spec)
    assert done.returncode == 0, done.stdout
    assert cluster_nodes(lab["n1"]) == {"n1": "Ready", "n2": "Ready", "n3": "Ready"}


def test_a_second_apply_while_one_runs_is_refused_and_names_who_holds_the_cluster(
    lab: Lab, new_operator: Operator
) -> None:
    spec = bare(lab, 1, 1)
    process = new_operator.begin(spec, stdout=subprocess.DEVNULL)
    new_operator.wait_for(ev.StepStarted, node="n1", step="install")
    second = new_operator.apply(spec)
    assert second.returncode == 1
    assert "is under way" in second.stderr
    assert f"pid {new_operator.engine()}" in second.stderr
    assert process.wait(120) == 0


def test_another_jump_host_is_kept_off_while_one_works_on_the_cluster(lab: Lab, tmp_path: Path) -> None:
    first, second = Operator(lab, tmp_path / "first"), Operator(lab, tmp_path / "second")
    spec = bare(lab, 1, 1)
    process = first.begin(spec, stdout=subprocess.DEVNULL)
    first.wait_for(ev.StepStarted, node="n1", step="install")
    done = second.apply(spec)
    assert done.returncode == 1
    assert "another jump host works on this cluster" in done.stderr
    # Its checks opened no listeners either, which would have held the ports that RKE2 starts on.
    looked = second.run("check", spec, "--only", "network.ports", "--all")
    assert "another jump host works on this cluster" in looked.stdout
    assert process.wait(120) == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few MiB for the jump host's state."""
    place = tmp_path / "disk"
    place.mkdir()
    run("mount", "-t", "tmpfs", "-o", "size=4m", "small", place)
    yield place
    run("umount", "--lazy", place)


def test_a_full_disk_on_the_jump_host_stops_the_rollout_in_a_sentence_and_apply_goes_on(
    lab: Lab, small_disk: Path
) -> None:
    operator = Operator(lab, small_disk)
    spec = bare(lab, 1, 1)
    process = operator.begin(spec)
    operator.wait_for(ev.StepStarted, node="n1", step="install")
    ballast = small_disk / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(512)):
            pass
    said = process.communicate(timeout=120)[0]
    assert process.returncode == 1, said
    assert "is full" in said
    assert "Make room there, then go on with: rancher-wizard apply" in said
    assert "Traceback" not in said
    ballast.unlink()
    done = operator.apply(spec)
    assert done.returncode == 0, done.stdout + done.stderr
    assert cluster_nodes(lab["n1"]) == {"n1": "Ready", "n2": "Ready"}
