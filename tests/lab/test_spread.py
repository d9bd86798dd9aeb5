"""Release files handed on from node to node over slow links: cut, with a seed that dies, and a wizard killed."""

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import network
from tests.lab.lab import Lab
from tests.lab.machine import run
from tests.lab.operator import Operator, cluster_nodes
from wizard.hosts.upload import PIECE
from wizard.rollout import events as ev

NODES = 3
MBIT = 60
EXTRA_BYTES = 28 << 20
CUTS = 4
UNIT = "rancher-wizard-spread"
# A listener ends by itself so long after the last byte; then some for a loaded machine.
GONE_S = 75
EXTRA = "rke2-images-extra.linux-amd64.tar.zst"


@pytest.fixture(scope="module")
def spec(lab: Lab) -> Iterator[Path]:
    (lab.release / EXTRA).write_bytes(random.Random(6).randbytes(EXTRA_BYTES))
    source = {"kind": "folder", "path": str(lab.release), "spread": "fan-out"}
    limit = ("root", "tbf", "rate", f"{MBIT}mbit", "burst", "64k", "latency", "100ms")
    for name, node in lab.nodes.items():
        node.run(f"tc qdisc add dev eth0 {' '.join(limit)}")
        assert lab.jump("tc", "qdisc", "add", "dev", name, *limit).returncode == 0
    yield lab.spec(servers=1, agents=2, source=source)
    for name, node in lab.nodes.items():
        node.run("tc qdisc del dev eth0 root")
        lab.jump("tc", "qdisc", "del", "dev", name, "root")


def received(lab: Lab) -> int:
    """Bytes that have come into the nodes, all together."""
    return sum(int(node.run("cat /sys/class/net/eth0/statistics/rx_bytes").stdout) for node in lab.nodes.values())


def cut_connections(name: str) -> None:
    """Abort what is connected to a node or from it; what listens goes on."""
    run("ip", "netns", "exec", network.namespace(name), "ss", "--kill", "--tcp", "state", "established")


def parts(lab: Lab) -> dict[str, int]:
    """How much of the large archive each node has."""
    said = {
        name: node.run(f"stat -c %s /var/lib/rancher/rke2/agent/images/*{EXTRA}* 2>/dev/null", check=False).stdout
        for name, node in lab.nodes.items()
    }
    return {name: max(map(int, lines.split()), default=0) for name, lines in said.items()}


def wait_for_bytes(lab: Lab, name: str, count: int) -> None:
    end = time.monotonic() + 90
    while parts(lab)[name] < count:
        assert time.monotonic() < end, parts(lab)
        time.sleep(0.05)


def open_doors(lab: Lab) -> list[str]:
    """The nodes on which something still gives files."""
    look = f"systemctl is-active -q {UNIT} && echo runs; ls -d /run/{UNIT}; ss -Hltn 'sport = :10250'"
    return [name for name, node in lab.nodes.items() if node.run(look, check=False).stdout.strip()]


def test_cut_again_and_again_no_byte_comes_twice_beyond_a_piece(lab: Lab, operator: Operator, spec: Path) -> None:
    chance, before = random.Random(11), received(lab)
    running = operator.begin(spec)
    operator.wait_for(ev.StepStarted, step="artifacts", stage="spread")
    for cut in range(1, CUTS + 1):
        # Connections to it and from it, SSH and HTTPS alike, die where they are.
        victim = chance.choice(sorted(lab.nodes))
        wait_for_bytes(lab, "n1", cut * EXTRA_BYTES // (CUTS + 2))
        cut_connections(victim)
    wait_for_bytes(lab, "n2", EXTRA_BYTES // 2)
    engine = operator.engine()
    assert engine
    os.kill(engine, signal.SIGKILL)
    running.wait(timeout=60)
    came, had = received(lab) - before, sum(parts(lab).values())
    # Headers and TLS take a few percent; each cut may cost the piece in hand, at the node and at the one behind it.
    others = 12 << 20
    assert came <= 1.08 * (had + NODES * others) + (CUTS * 2 + NODES) * PIECE
    assert any(
        f"from n{k}" in each.doing
        for each in operator.events()
        if isinstance(each, ev.StepProgress)
        for k in range(1, NODES + 1)
    )


def test_killed_it_leaves_nothing_that_listens(lab: Lab) -> None:
    end = time.monotonic() + GONE_S
    while doors := open_doors(lab):
        assert time.monotonic() < end, doors
        time.sleep(1)


def test_a_seed_that_dies_is_made_up_for_and_what_is_there_is_not_sent_again(
    lab: Lab, operator: Operator, spec: Path
) -> None:
    running = operator.begin(spec)
    operator.wait_for(ev.StepProgress, node="n3", step="artifacts")
    operator.wait_for(ev.StepProgress, node="n2", step="artifacts")
    lab["n2"].power_cut()
    lab["n2"].start()
    lab["n2"].wait_up()
    said, _ = running.communicate(timeout=300)
    assert running.returncode == 0, said
    assert set(cluster_nodes(lab["n1"]).values()) == {"Ready"}
    digests = {node.run(f"sha256sum /var/lib/rancher/rke2/agent/images/{EXTRA}").stdout for node in lab.nodes.values()}
    assert len(digests) == 1
