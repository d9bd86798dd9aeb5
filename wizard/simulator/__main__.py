"""The simulated site as a process: writes what the operator would have, says where, lives while its stdin is open."""

import argparse
import asyncio
import json
import os
import resource
import sys
from pathlib import Path

import asyncssh

from wizard.files import write_private
from wizard.simulator.layout import Layout
from wizard.simulator.server import Doors
from wizard.simulator.site import Site


def main() -> int:
    """Read the command line and be the site."""
    parser = argparse.ArgumentParser(prog="wizard.simulator", description="Started by demo; simulates machines.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--nodes", type=int, required=True)
    parser.add_argument("--servers", type=int, required=True)
    parser.add_argument("--balancers", choices=("True", "False"), default="False")
    parser.add_argument("--speed", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--fail", type=json.loads, default={}, help="node -> step key, as JSON")
    given = parser.parse_args()
    _more_files()
    asyncio.run(_be(given))
    return 0


async def _be(given: argparse.Namespace) -> None:
    layout = Layout.of(given.nodes, given.servers, balancers=given.balancers == "True")
    site = Site.of(layout, seed=given.seed, speed=given.speed, fail=given.fail)
    client, host = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    doors = Doors(site, host, client.convert_to_public())
    await doors.open()
    try:
        spec = _write(given.folder, layout, doors.port, client, host)
        print(json.dumps({"ready": True, "spec": str(spec)}), flush=True)
        await _stdin_closed()
    finally:
        doors.close()
        site.close()


def _write(folder: Path, layout: Layout, port: int, client: asyncssh.SSHKey, host: asyncssh.SSHKey) -> Path:
    key = host.export_public_key().decode().strip()
    known = "".join(f"[{place.address}]:{port} {key}\n" for place in (*layout.places, *layout.front))
    write_private(folder / "known_hosts", known.encode())
    write_private(folder / "id_ed25519", client.export_private_key())
    write_private(folder / "cluster.yaml", layout.spec(port).encode())
    return folder / "cluster.yaml"


async def _stdin_closed() -> None:
    """Wait for the end of stdin: it comes however the process ends that started us."""
    closed, loop = asyncio.Event(), asyncio.get_running_loop()

    def look() -> None:
        if not os.read(0, 4096):
            closed.set()

    loop.add_reader(0, look)
    await closed.wait()
    loop.remove_reader(0)


def _more_files() -> None:
    """A thousand nodes are two thousand sockets."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    sys.exit(main())
