"""The engine killed at random moments, terminals closed, and the operator's words in mid-rollout."""

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.conftest import renew
from tests.lab.lab import Lab
from tests.lab.machine import run
from tests.lab.operator import Operator, cluster_nodes, etcd_members
from wizard.rollout import events as ev
from wizard.vault import Vault

NODES = 4
# (servers, agents, kills in one rollout, longest wait before a kill in seconds): 20 kills in all.
ROUNDS = [(3, 1, 2, 9.0)] * 2 + [(1, 1, 2, 9.0)] * 8


@pytest.fixture
def operator(lab: Lab, tmp_path: Path) -> Iterator[Operator]:
    operator = Operator(lab, tmp_path)
    yield operator
    if pid := operator.engine():
        os.kill(pid, signal.SIGKILL)


def bare(lab: Lab, operator: Operator, servers: int, agents: int) -> Path:
    """Bare machines, and the spec of a cluster on them."""
    renew(lab, *[f"n{k}" for k in range(1, servers + agents + 1)])
    return lab.spec(servers=servers, agents=agents)


@pytest.mark.parametrize("number", range(len(ROUNDS)))
def test_an_engine_killed_at_a_random_moment_is_gone_on_from(lab: Lab, operator: Operator, number: int) -> None:
    servers, agents, kills, longest_s = ROUNDS[number]
    spec, chance = bare(lab, operator, servers, agents), random.Random(number)
    for _ in range(kills):
        process = operator.begin(spec, stdout=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while not operator.engine() and process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(chance.uniform(0, longest_s))
        if pid := operator.engine():
            os.kill(pid, signal.SIGKILL)
        process.wait(60)
    tokens = {name: Vault.open(operator.state).get(name) for name in ("server-token", "agent-token")}
    done = operator.apply(spec)
    assert done.returncode == 0, done.stdout + done.stderr
    names = [f"n{k}" for k in range(1, servers + agents + 1)]
    assert cluster_nodes(lab["n1"]) == dict.fromkeys(names, "Ready")
    assert etcd_members(lab["n1"]) == servers
    assert {name: Vault.open(operator.state).get(name) for name in tokens} == tokens
    for name in names:
        left = lab[name].run(
            "ls -A /run/rancher-wizard 2>/dev/null; systemctl list-units --no-legend 'rancher-wizard*'"
        )
        assert left.stdout.replace(".guard", "").strip() == ""
    assert "nothing to do" in operator.apply(spec).stdout


def test_a_rollout_goes_on_when_the_terminal_closes_and_attach_shows_all_of_it(lab: Lab, operator: Operator) -> None:
    process = operator.begin(bare(lab, operator, 1, 1), start_new_session=True, stdout=subprocess.DEVNULL)
    operator.wait_for(ev.StepStarted, node="n1", step="install")
    os.killpg(process.pid, signal.SIGHUP)
    assert process.wait(10) != 0
    assert operator.wait_for_end().outcome == "done"
    shown = operator.run("attach", "lab", "--headless")
    assert shown.returncode == 0
    assert "looking at 2 nodes" in shown.stdout
    assert "n1: Install RKE2: done" in shown.stdout
    assert "n2: DONE" in shown.stdout


def test_pause_resume_status_and_abort_are_obeyed_and_apply_goes_on(lab: Lab, operator: Operator) -> None:
    spec = bare(lab, operator, 1, 2)
    process = operator.begin(spec, stdout=subprocess.DEVNULL)
    operator.wait_for(ev.StepStarted, node="n1", step="install")
    assert operator.run("pause").returncode == 0
    assert operator.run("status").returncode == 4
    time.sleep(4)
    quiet = len(operator.events())
    time.sleep(2)
    assert len(operator.events()) == quiet
    assert operator.progress().phase == "paused"
    assert operator.run("resume").returncode == 0
    operator.wait_for(ev.StepStarted, node="n2", step="install")
    refused = operator.run("retry", "n3")
    assert refused.returncode == 1
    assert "only a node that has failed" in refused.stderr
    assert operator.run("abort").returncode == 0
    assert process.wait(60) == 4
    progress = operator.progress()
    assert progress.ending is not None
    assert progress.ending.outcome == "aborted"
    assert progress.nodes["n2"].state == "interrupted"
    assert progress.nodes["n3"].state == "waiting"
    assert operator.run("status").returncode == 4
    done = operator.apply(spec)
    assert done.returncode == 0, done.stdout
    assert cluster_nodes(lab["n1"]) == {"n1": "Ready", "n2": "Ready", "n3": "Ready"}


def test_a_second_apply_while_one_runs_is_refused_and_names_who_holds_the_cluster(lab: Lab, operator: Operator) -> None:
    spec = bare(lab, operator, 1, 1)
    process = operator.begin(spec, stdout=subprocess.DEVNULL)
    operator.wait_for(ev.StepStarted, node="n1", step="install")
    second = operator.apply(spec)
    assert second.returncode == 1
    assert "is under way" in second.stderr
    assert f"pid {operator.engine()}" in second.stderr
    assert process.wait(120) == 0


def test_another_jump_host_is_kept_off_while_one_works_on_the_cluster(lab: Lab, tmp_path: Path) -> None:
    first, second = Operator(lab, tmp_path / "first"), Operator(lab, tmp_path / "second")
    spec = bare(lab, first, 1, 1)
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
    spec = bare(lab, operator, 1, 1)
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
