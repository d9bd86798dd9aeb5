"""2 GiB to 9 lab nodes over links of 100 Mbit/s: from the jump host alone, from node to node, and cut 20 times.

Needs root, some 45 minutes and 20 GiB under the lab's folder; figures only, nothing is asserted.
"""

import argparse
import asyncio
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.lab import network
from tests.lab.lab import Lab
from tests.lab.machine import run
from wizard.bundle.format.manifest import Role
from wizard.distros.rke2.install import prober
from wizard.distros.rke2.release import STAGING
from wizard.distros.rke2.supply import Supply
from wizard.hosts.target import Credentials
from wizard.hosts.upload import PIECE, Delivery, Extent
from wizard.hosts.wire import Wire
from wizard.rollout import events as ev
from wizard.rollout.engine import Engine
from wizard.rollout.plan import Plan, Stage
from wizard.rollout.step import Survey
from wizard.rollout.survey import Reach
from wizard.site import Identity, Site, targets
from wizard.spec.load import load_spec
from wizard.vault.vault import Vault

NODES, MIB, MBIT, CUTS = 9, 2048, 100, 20
NAME = "bundle.bin"
DEST = f"{STAGING}/{NAME}"


@dataclass(frozen=True)
class OneFile:
    """A release of one file."""

    path: Path
    sha256: str

    async def artifacts(self, arch: str, role: Role) -> tuple[Delivery, ...]:
        return (Delivery(Extent.whole(self.path), DEST, self.sha256),)

    def images(self, arch: str, role: Role) -> dict[str, int]:
        return {}

    def size_bytes(self, arch: str, role: Role) -> int:
        return self.path.stat().st_size


@dataclass(frozen=True)
class Measured:
    """One transfer to all nodes."""

    way: str
    took_s: float
    memory_mib: int
    received_bytes: int
    right: int

    def __str__(self) -> str:
        per_node = self.received_bytes / (1 << 20)
        return (
            f"{self.way}: {self.took_s:.0f} s, {per_node:.0f} MiB came in on {self.right} nodes whose hash is right, "
            f"{self.memory_mib} MiB of memory here"
        )


def main() -> None:
    """Print what each way takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=NODES)
    parser.add_argument("--mib", type=int, default=MIB)
    parser.add_argument("--mbit", type=int, default=MBIT, help="that each link carries each way")
    parser.add_argument("--cuts", type=int, default=CUTS)
    parser.add_argument("--runs", type=int, default=1, help="of each way")
    parser.add_argument("--only", choices=("star", "fan-out", "cut"), help="this way alone")
    parser.add_argument("--carry-out", nargs=3, metavar=("SPEC", "FILE", "SHA256"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.carry_out:
        print(json.dumps(asyncio.run(carried_out(*given.carry_out))))
        return
    with Lab(given.nodes) as lab:
        measure(lab, given)


def measure(lab: Lab, given: argparse.Namespace) -> None:
    file, digest = made(lab.home / NAME, given.mib)
    limited(lab, given.mbit)
    took: dict[str, list[Measured]] = {}
    for way in ("fan-out", "cut", "star") if given.only is None else (given.only,):
        for _ in range(given.runs):
            one = transferred(lab, way, file, digest, given.cuts if way == "cut" else 0)
            print(one, flush=True)
            took.setdefault(way, []).append(one)
    medians = {way: median(each.took_s for each in all_) for way, all_ in took.items()}
    print(f"medians of {given.runs}: " + ", ".join(f"{way} {seconds:.0f} s" for way, seconds in medians.items()))
    if {"fan-out", "cut"} <= took.keys():
        more = median(each.received_bytes for each in took["cut"]) - median(
            each.received_bytes for each in took["fan-out"]
        )
        print(
            f"{given.cuts} cuts: {more / (1 << 20):.1f} MiB more came in, pieces have {PIECE >> 20} MiB, "
            f"and a cut node has two transfers: its own and the one behind it"
        )


def made(path: Path, mib: int) -> tuple[Path, str]:
    """Write random data, a part of it over and over; return it with its sha256."""
    digest, block = hashlib.sha256(), random.Random(1).randbytes(16 << 20)
    with path.open("wb") as file:
        for number in range(mib // 16):
            piece = number.to_bytes(8, "big") + block[8:]
            digest.update(piece)
            file.write(piece)
    return path, digest.hexdigest()


def limited(lab: Lab, mbit: int) -> None:
    """Let every link carry so much each way, the jump host's own too."""
    limit = ("root", "tbf", "rate", f"{mbit}mbit", "burst", "128k", "latency", "100ms")
    for name, node in lab.nodes.items():
        node.run(f"tc qdisc add dev eth0 {' '.join(limit)}")
        lab.jump("tc", "qdisc", "add", "dev", name, *limit)
    lab.jump("tc", "qdisc", "add", "dev", network.BRIDGE, *limit)


def transferred(lab: Lab, way: str, file: Path, digest: str, cuts: int) -> Measured:
    for node in lab.nodes.values():
        node.run(f"rm -rf {STAGING}")
    servers = min(3, len(lab.nodes))
    spread = "star" if way == "star" else "fan-out"
    source = {"kind": "folder", "path": str(file.parent), "spread": spread}
    spec = lab.spec(servers=servers, agents=len(lab.nodes) - servers, source=source)
    before = received(lab)
    words = (sys.executable, "-m", "tests.bench.spread", "--carry-out", spec, file, digest)
    process = lab.jump_start(*words, stdout=subprocess.PIPE, env=os.environ | {"XDG_STATE_HOME": str(lab.home)})
    cut(lab, process, cuts, file.stat().st_size)
    said, _ = process.communicate()
    sums = [node.run(f"sha256sum <{DEST}", check=False, timeout=300).stdout[:64] for node in lab.nodes.values()]
    if process.returncode:
        raise SystemExit(f"{way}: exit {process.returncode}")
    told = json.loads(said)
    return Measured(way, told["took_s"], told["memory_mib"], received(lab) - before, sums.count(digest))


def received(lab: Lab) -> int:
    return sum(int(node.run("cat /sys/class/net/eth0/statistics/rx_bytes").stdout) for node in lab.nodes.values())


def cut(lab: Lab, process: "subprocess.Popen[str]", cuts: int, size: int) -> None:
    """Abort all connections of a random node, so many times, spread at random over the transfer."""
    chance = random.Random(5)
    for share in sorted(chance.uniform(0.02, 0.95) for _ in range(cuts)):
        first = lab["n1"]
        while process.poll() is None and have(first.run) < share * size:
            time.sleep(0.1)
        name = chance.choice(sorted(lab.nodes))
        run("ip", "netns", "exec", network.namespace(name), "ss", "--kill", "--tcp", "state", "established")


def have(shell: Callable[..., "subprocess.CompletedProcess[str]"]) -> int:
    return max(
        map(int, shell(f"stat -c %s {STAGING}/.*.part {DEST} 2>/dev/null", check=False).stdout.split()), default=0
    )


async def carried_out(spec_path: str, file: str, digest: str) -> dict[str, float]:
    """On the jump host: the product's own stage, by the product's own engine."""
    path = Path(spec_path)
    spec, survey = load_spec(path).spec, Survey()
    state = path.parent / "bench"
    state.mkdir(exist_ok=True)
    site = Site(spec, path.parent, state, Vault.open(state), survey, Identity("0" * 16, ("n1",)))
    wire = Wire(targets(spec, path.parent).values(), credentials=Credentials())
    names = [node.name for node in spec.nodes]
    supply = Supply.of(site, OneFile(Path(file), digest), names)
    reach = Reach(survey, prober(), again=True)
    stage = supply.stage(None, reach, key="spread", title="Files")
    if stage is None:
        stage = Stage("star", "Files", "nodes", (tuple(names),), (reach, supply.send(len(names))), at_once=len(names))
    ended: list[ev.Event] = []
    began = time.monotonic()
    engine = Engine(Plan("bench", (stage,)), survey=survey, hosts=wire.host, emit=lambda event: note(ended, event))
    outcome = await engine.run()
    took_s = time.monotonic() - began
    await wire.close()
    if outcome != "done":
        raise SystemExit(f"{outcome}: {ended}")
    return {"took_s": took_s, "memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10}


def note(ended: list[ev.Event], event: ev.Event) -> None:
    if isinstance(event, ev.StepEnded) and event.outcome == "failed":
        ended.append(event)
    if isinstance(event, ev.NodeOutput | ev.NodeWaiting):
        print(event, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
