"""A list of 120 nodes, 20 of them silent, is read and tried: how long it takes, and how long the loop was held up.

The servers run the real probe in a process of their own, at the lowest priority: nodes have processors of their own.
"""

import asyncio
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from wizard.design.nodes.entry import NodeEntry
from wizard.design.nodes.trial import Trials
from wizard.design.nodes.understand import understand

NODES, SILENT = 100, 20
TICK_S = 0.005
MESSY = """# servers
10.{n}.0.11 cp-{n}-1 server zone=a
admin@10.{n}.0.12:2222\tcp-{n}-2 server zone: b

10.{n}.0.[20-24] worker   # five
10.{n}.0.30-32, 10.{n}.0.40; 10.{n}.0.41 agent
fd00:{n}::1
10.{n}.0.300
10.{n}.0.11
[fd00:{n}::2]:2222 zone-b
what is this
"""


async def stalls(found: list[float]) -> None:
    """Note how late each tick of the loop comes, in seconds."""
    while True:
        before = time.perf_counter()
        await asyncio.sleep(TICK_S)
        found.append(time.perf_counter() - before - TICK_S)


async def tried(folder: Path, ports: list[int]) -> list[float]:
    """Try all; return by how many seconds the loop's ticks came too late."""
    silent = [socket.create_server(("127.0.0.1", 0)) for _ in range(SILENT)]
    entries = [NodeEntry("127.0.0.1", port=one.getsockname()[1]) for one in silent]
    entries += [NodeEntry("127.0.0.1", port=port) for port in ports]
    late: list[float] = []
    meter = asyncio.create_task(stalls(late))
    ssh = {"user": "root", "key": "id", "agent": False, "config": "none", "known_hosts": "known_hosts"}
    trials = Trials(ssh, lambda key: None, base=folder, settle_s=0)
    begun = time.perf_counter()
    trials.update(entries)
    while not all(row.over for row in trials.rows[SILENT:]):
        await asyncio.sleep(0.02)
    took = time.perf_counter() - begun
    meter.cancel()
    good = sum(row.state == "ok" for row in trials.rows)
    await trials.close()
    print(f"tried: {NODES} nodes beside {SILENT} silent ones: {good} read, the last after {took:.1f} s")
    return late


def main() -> None:
    """Print the figures."""
    text = "".join(MESSY.replace("{n}", str(number)) for number in range(11))
    begun = time.perf_counter()
    understood = understand(text)
    took = (time.perf_counter() - begun) * 1000
    print(f"understand: {len(understood.lines)} messy lines, {len(understood.entries)} nodes: {took:.1f} ms")
    with tempfile.TemporaryDirectory() as folder:
        servers = subprocess.Popen(
            ["nice", "-n", "19", sys.executable, "-m", "tests.bench.hosts", folder, str(NODES)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        with servers:
            servers.stdout.readline()
            ports = [int(port) for port in (Path(folder) / "ports").read_text().split()]
            late = asyncio.run(tried(Path(folder), ports))
            servers.stdin.close()
    late.sort()
    print(f"loop: longest stall {late[-1] * 1000:.0f} ms, 99 % under {late[int(len(late) * 0.99)] * 1000:.0f} ms")


if __name__ == "__main__":
    main()
