"""An upgrade over two minors under load (root, Debian; some 10 minutes): a client writes through the virtual IP.

Three servers behind a pair of real HAProxy and keepalived, and agents. Told in the end: writes that failed and the
longest wait, how many members of etcd answered at each instant, and how many agents were away at once.
"""

import base64
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from tests.lab import balancers, network, writer
from tests.lab.lab import Lab
from tests.lab.machine import unfit
from tests.lab.operator import Operator, changed_spec, overruled
from wizard.balancers.gap import longest_gap
from wizard.rollout import events as ev
from wizard.times import duration

OLD, NEW = "v1.33.10+rke2r3", "v1.35.6+rke2r1"
SERVERS, AGENTS = ("n1", "n2", "n3"), ("n4", "n5", "n6", "n7", "n8", "n9")
FRONT = {"lb-1": "n10", "lb-2": "n11"}
VIP = f"{network.NET}.200"
LOOK_S = 0.5
TLS = "/var/lib/rancher/rke2/server/tls/etcd"
HEALTH = (
    f"curl -s -m 2 --cacert {TLS}/server-ca.crt --cert {TLS}/server-client.crt --key {TLS}/server-client.key "
    "https://127.0.0.1:2379/health"
)


@dataclass
class Seen:
    """What was looked at all the while: a number at each instant (seconds since the epoch)."""

    members: list[tuple[float, int]] = field(default_factory=list)
    """Members of etcd that answer as healthy: they have a leader, and a majority takes what is written."""
    away: list[tuple[float, int]] = field(default_factory=list)
    """Agents whose service does not run."""


def main() -> None:
    """Run it once and print the figures; exits with 1 where a write was lost or quorum was."""
    if why := unfit():
        sys.exit(why)
    with Lab(11) as lab, tempfile.TemporaryDirectory() as home:
        sys.exit(_measure(lab, Path(home)))


def _measure(lab: Lab, home: Path) -> int:
    operator = Operator(lab, home)
    spec = _brought_up(lab, operator)
    changed_spec(spec, version=NEW)
    with _looking(lab) as seen, _writing(lab, operator) as told:
        began = time.monotonic()
        words = ("upgrade", "apply", spec, "--yes", "--headless")
        done = operator.run(*words, *overruled("disk.room"), timeout_s=1500)
        took_s = time.monotonic() - began
    if done.returncode:
        print(done.stdout[-6000:] + done.stderr)
        return 1
    return _tell(lab, operator, seen, told, took_s)


def _brought_up(lab: Lab, operator: Operator) -> Path:
    balancers.offered(*(lab[node] for node in FRONT.values()))
    for version in (OLD, "v1.34.9+rke2r1", NEW):
        lab.release_of(version)
    machines = [{"name": name, "address": lab[node].address} for name, node in FRONT.items()]
    spec = lab.spec(
        servers=len(SERVERS),
        agents=len(AGENTS),
        version=OLD,
        source={"kind": "folder", "path": str(lab.release_of(OLD).parent)},
        registration={"address": VIP},
        balancer={"kind": "haproxy", "nodes": machines, "vip": VIP},
    )
    done = operator.apply(spec, *overruled("disk.room"), timeout_s=900)
    if done.returncode:
        raise RuntimeError(done.stdout[-6000:] + done.stderr)
    return spec


@contextmanager
def _writing(lab: Lab, operator: Operator) -> Iterator[list[tuple[int, float, float, str]]]:
    """Write through the virtual IP from the jump host; what became of each write is there afterwards."""
    config = yaml.safe_load((operator.state / "kubeconfig").read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    for name, text in (
        ("ca.crt", cluster["certificate-authority-data"]),
        ("client.crt", user["client-certificate-data"]),
        ("client.key", user["client-key-data"]),
    ):
        (operator.home / name).write_bytes(base64.b64decode(text))
    told: list[tuple[int, float, float, str]] = []
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    client = lab.jump_start(sys.executable, "-I", writer.__file__, VIP, operator.home, **pipes)
    try:
        time.sleep(2)
        yield told
        time.sleep(2)
    finally:
        told += [(number, began, ended, said) for number, began, ended, said in json.loads(client.communicate()[0])]


@contextmanager
def _looking(lab: Lab) -> Iterator[Seen]:
    seen, stop = Seen(), threading.Event()

    def every(look: Callable[[], int], found: list[tuple[float, int]]) -> threading.Thread:
        def run() -> None:
            while not stop.wait(LOOK_S):
                found.append((time.time(), look()))

        return threading.Thread(target=run)

    def healthy() -> int:
        return sum('"health":"true"' in str(lab[name].run(HEALTH, check=False).stdout) for name in SERVERS)

    def away() -> int:
        return sum(lab[name].run("systemctl is-active -q rke2-agent", check=False).returncode != 0 for name in AGENTS)

    threads = [every(healthy, seen.members), every(away, seen.away)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _tell(lab: Lab, operator: Operator, seen: Seen, told: list[tuple[int, float, float, str]], took_s: float) -> int:
    events = operator.events()
    failed = [(number, said) for number, _, _, said in told if not said.startswith("20")]
    taken = {f"load-{number}" for number, _, _, said in told if said.startswith("20")}
    command = "/var/lib/rancher/rke2/bin/kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml get configmaps -o name"
    kept = {line.rpartition("/")[2] for line in lab["n1"].run(command).stdout.split()}
    least = min(count for _, count in seen.members)
    most_away = max(count for _, count in seen.away)
    windows = _under_way(events, "servers"), _under_way(events, "agents")
    waits = sorted(ended - began for _, began, ended, _ in told)
    print(f"took {duration(took_s)} over two minors; predicted {duration(operator.progress().predicted_s)}")
    print(f"writes: {len(told)}, failed: {len(failed)}, lost after they were taken: {len(taken - kept)}")
    print(f"longest time without a write taken: {longest_gap(end for _, _, end, s in told if s[:2] == '20'):.2f} s")
    print(f"a write took {waits[len(waits) // 2]:.3f} s in the median, {waits[-1]:.2f} s at most")
    for number, said in failed[:10]:
        print(f"  write {number}: {said}")
    print(f"etcd: {len(seen.members)} looks, never fewer than {least} of {len(SERVERS)} members healthy")
    print(f"servers under way at once, at most: {windows[0]}; agents: {windows[1]}")
    print(f"agents: {len(seen.away)} looks, at most {most_away} of {len(AGENTS)} away at once")
    return 1 if taken - kept or least < 2 or most_away > 1 or windows != (1, 1) else 0


def _under_way(events: list[ev.Event], kind: str) -> int:
    """The most nodes of a kind that were under way at once, as the journal tells."""
    under_way: set[str] = set()
    most = 0
    for event in events:
        if isinstance(event, ev.StepStarted) and event.stage.startswith(kind):
            under_way.add(event.node)
            most = max(most, len(under_way))
        if isinstance(event, ev.NodeEnded) and event.stage.startswith(kind):
            under_way.discard(event.node)
    return most


if __name__ == "__main__":
    main()
