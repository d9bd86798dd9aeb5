"""How long clients wait when the active balancer dies, and how long a shell through it stays up.

`python -m tests.bench.way_in [TIMES [MINUTES]]` boots a lab of its own (root, Debian).
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from subprocess import PIPE

from tests.lab import balancers, faults, network, websocket
from tests.lab.balancers import asking
from tests.lab.lab import Lab
from tests.lab.nodes import LabNode
from tests.lab.operator import Operator
from tests.lab.specs import node

VIP = f"{network.NET}.200"
PAIR, SERVER, ALONE = ("n1", "n2"), "n3", "n4"
DEATHS: dict[str, Callable[[LabNode], AbstractContextManager[None]]] = {
    "kill -9": balancers.killed,
    "power-off": balancers.without_power,
    "link cut": faults.cut,
}


def main(times: int = 5, minutes: float = 10) -> None:
    """Print each figure and the median."""
    with tempfile.TemporaryDirectory() as home, Lab(4) as lab:
        operator = Operator(lab, Path(home))
        balancers.offered(*(lab[name] for name in (*PAIR, ALONE)))
        balancers.ingresses(lab[SERVER], ports={80: False, 443: True, 6443: True, 9345: True})
        _takeovers(lab, operator, times)
        _shell(lab, operator, minutes)


def _takeovers(lab: Lab, operator: Operator, times: int) -> None:
    front = {"kind": "haproxy", "nodes": [balancers.machine(name) for name in PAIR], "vip": VIP}
    spec = _applied(lab, operator, front)
    for death, dies in DEATHS.items():
        gaps = [_gap(lab, operator, spec, dies) for _ in range(times)]
        shown = ", ".join(f"{gap:.2f}" for gap in gaps)
        print(f"{death}: median {statistics.median(gaps):.2f} s without an answer on 6443 ({shown})", flush=True)


def _gap(lab: Lab, operator: Operator, spec: Path, dies: Callable[[LabNode], AbstractContextManager[None]]) -> float:
    while operator.run("balancer", "status", spec).returncode != 0:
        time.sleep(1)
    active = balancers.carrier(*(lab[name] for name in PAIR), address=VIP)
    other = next(lab[name] for name in PAIR if name != active.name)
    with asking(lab, VIP) as asked, dies(active):
        balancers.taken_over(other, VIP)
        time.sleep(1)
    return asked.gap_s


def _shell(lab: Lab, operator: Operator, minutes: float) -> None:
    """A websocket through HTTP mode, spoken through every 30 s, as a browser's is."""
    front = {"kind": "haproxy", "mode": "http", "nodes": [balancers.machine(ALONE)], "hosts": ["*.example.com"]}
    _applied(lab, operator, front)
    words = (sys.executable, "-I", websocket.__file__, network.address(ALONE), "a.example.com")
    client = lab.jump_start(*words, operator.state / "balancer-ca.crt", stdin=PIPE, stdout=PIPE)
    begun = time.monotonic()
    told = client.stdout.readline().strip()
    while time.monotonic() < begun + minutes * 60:
        time.sleep(min(30, max(1, begun + minutes * 60 - time.monotonic())))
        client.stdin.write("still there\n")
        client.stdin.flush()
        told = client.stdout.readline().strip() or "it was closed"
        if told != "still there":
            break
    print(f"websocket: up for {time.monotonic() - begun:.0f} s, last answer: {told}", flush=True)
    client.kill()
    client.communicate()


def _applied(lab: Lab, operator: Operator, front: dict[str, object]) -> Path:
    spec = lab.spec(nodes=[node(SERVER, "server")], registration=None, balancer=front)
    done = operator.run("balancer", "apply", spec, "--yes", "--headless")
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return spec


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 5, float(sys.argv[2]) if sys.argv[2:] else 10)
