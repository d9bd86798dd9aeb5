"""The engine killed at random moments of a rollout."""

import os
import random
import signal
import subprocess
import time

import pytest

from tests.lab.conftest import bare
from tests.lab.lab import Lab
from tests.lab.operator import Operator, cluster_nodes, etcd_members
from wizard.vault.vault import Vault

NODES = 4
# (servers, agents, kills in one rollout, longest wait before a kill in seconds): 20 kills in all.
ROUNDS = [(3, 1, 4, 9.0)] + [(1, 1, 4, 5.0)] * 4


@pytest.mark.parametrize("number", range(len(ROUNDS)))
def test_an_engine_killed_at_a_random_moment_is_gone_on_from(lab: Lab, new_operator: Operator, number: int) -> None:
    servers, agents, kills, longest_s = ROUNDS[number]
    spec, chance = bare(lab, servers, agents), random.Random(number)
    for _ in range(kills):
        process = new_operator.begin(spec, stdout=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while not new_operator.engine() and process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(chance.uniform(0, longest_s))
        if pid := new_operator.engine():
            os.kill(pid, signal.SIGKILL)
        process.wait(60)
    tokens = {name: Vault.open(new_operator.state).get(name) for name in ("server-token", "agent-token")}
    done = new_operator.apply(spec)
    assert done.returncode == 0, done.stdout + done.stderr
    names = [f"n{k}" for k in range(1, servers + agents + 1)]
    assert cluster_nodes(lab["n1"]) == dict.fromkeys(names, "Ready")
    assert etcd_members(lab["n1"]) == servers
    assert {name: Vault.open(new_operator.state).get(name) for name in tokens} == tokens
    for name in names:
        left = lab[name].run(
            "ls -A /run/rancher-wizard 2>/dev/null; systemctl list-units --no-legend 'rancher-wizard*'"
        )
        assert left.stdout.replace(".guard", "").strip() == ""
    assert "nothing to do" in new_operator.apply(spec).stdout
