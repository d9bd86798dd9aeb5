"""The page of nodes while 120 of them are tried, 20 silent: how long a key takes, and how long the loop was held up.

The servers run the real probe in a process of their own.
"""

import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.trials import NODES, SILENT, TICK_S, stalls
from wizard.design.draft import Draft, Place


async def slices(found: list[float]) -> None:
    """Note how much CPU the loop took between its turns, in seconds: what others do on this machine does not count."""
    while True:
        before = time.thread_time()
        await asyncio.sleep(TICK_S)
        found.append(time.thread_time() - before)


def listed(folder: Path, ports: list[int]) -> Draft:
    """Return a draft that lists the servers and as many silent ones as are wanted."""
    ssh = {"user": "root", "key": str(folder / "id"), "agent": False, "config": "none"}
    ssh["known_hosts"] = str(folder / "known_hosts")
    text = "\n" + "".join(f"127.0.0.1:{port}\n" for port in ports)
    return Draft(nodes_text=text, carried={"ssh": ssh}, place=Place("nodes"))


async def shown(draft: Draft) -> tuple[list[float], list[float]]:
    """Show the page and type into it until every try is over; return late ticks and times of keys, in s."""
    from screens.nodes import NodesPage
    from screens.wizard import WizardApp

    late: list[float] = []
    busy: list[float] = []
    keys: list[float] = []
    app = WizardApp(draft)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        page = app.screen
        assert isinstance(page, NodesPage)
        meters = [asyncio.create_task(stalls(late)), asyncio.create_task(slices(busy))]
        begun = time.perf_counter()
        while not page.tried or not all(one.over for one in page.tried.values()):
            for key in ("#", "backspace"):
                before = time.perf_counter()
                await pilot.press(key)
                keys.append(time.perf_counter() - before)
            await asyncio.sleep(0.1)
        for meter in meters:
            meter.cancel()
        good = sum(one.state == "ok" for one in page.tried.values())
        took = time.perf_counter() - begun
        print(f"tried: {NODES} nodes beside {SILENT} silent ones: {good} read, the last try over after {took:.1f} s")
    print(f"work between two turns of the loop: at most {max(busy) * 1000:.0f} ms of CPU")
    return late, keys


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_STATE_HOME"] = str(folder / "state")
        silent = [socket.create_server(("127.0.0.1", 0)) for _ in range(SILENT)]
        servers = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.hosts", name, str(NODES)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        with servers:
            servers.stdout.readline()
            ports = [one.getsockname()[1] for one in silent]
            ports += [int(port) for port in (folder / "ports").read_text().split()]
            late, keys = asyncio.run(shown(listed(folder, ports)))
            servers.stdin.close()
    late.sort()
    median, longest = statistics.median(keys) * 1000, max(keys) * 1000
    print(f"key: median {median:.0f} ms, longest {longest:.0f} ms")
    print(f"loop: longest stall {late[-1] * 1000:.0f} ms, 99 % under {late[int(len(late) * 0.99)] * 1000:.0f} ms")


if __name__ == "__main__":
    main()
