"""A lab's nodes with Docker's stand-in, and a spec for `rke`'s."""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import yaml

from tests.lab import network
from tests.lab.lab import Lab
from tests.lab.operator import Operator
from tests.lab.specs import login
from wizard.distros.rke1.order import running
from wizard.distros.rke1.write import FOLDER

HERE = Path(__file__).parent
VERSION = "v1.30.14-rancher1-1"
UNIT = """[Unit]
Description=Stand-in for Docker
[Service]
ExecStart=/usr/bin/docker daemon
[Install]
WantedBy=multi-user.target
"""


def bring_docker(lab: Lab) -> None:
    """Let Docker's stand-in run on every node."""
    for node in lab.nodes.values():
        node.write("/usr/bin/docker", (HERE / "docker.py").read_text(), mode=0o755)
        node.write("/etc/systemd/system/docker.service", UNIT, mode=0o644)
        node.run("groupadd -f docker; usermod -aG docker ops; systemctl daemon-reload; systemctl enable --now docker")


def sweep(lab: Lab) -> None:
    """Take all of RKE1 off the nodes."""
    for node in lab.nodes.values():
        node.run("rm -rf /etc/kubernetes /var/lib/docker/*.json")


class Bench:
    """The folder of `rke`'s stand-in, and how a test stops it."""

    def __init__(self, lab: Lab, operator: Operator) -> None:
        self.lab, self.operator = lab, operator
        self.folder = operator.home / "source"
        self.folder.mkdir()
        program = self.folder / "rke"
        path = os.pathsep.join(sys.path)
        program.write_text(
            f"#!/bin/sh\nexport STAND_IN_ROOM={self.folder} PYTHONPATH={path}\n"
            f'exec {sys.executable} -m tests.lab.rke1.rke "$@"\n'
        )
        program.chmod(0o755)

    def spec(self, servers: int, agents: int, **changes: Any) -> Path:
        """Write the spec of n1…; `changes` replace fields at its top."""
        roles = ["server"] * servers + ["agent"] * agents
        nodes = [
            {"name": f"n{k}", "address": network.address(f"n{k}"), "role": role} for k, role in enumerate(roles, 1)
        ]
        spec: dict[str, Any] = {
            "apiVersion": "rancher-wizard/v1",
            "name": "lab",
            "distribution": "rke1",
            "version": VERSION,
            "nodes": nodes,
            "ssh": login(self.lab, "ops"),
            "source": {"kind": "folder", "path": str(self.folder)},
            "prepare": {"sysctl": False, "modules": False, "networkmanager": False},
        }
        path = self.operator.home / "cluster.yaml"
        path.write_text(yaml.safe_dump(spec | changes, sort_keys=False))
        return path

    def stop_at(self, pattern: str) -> None:
        """Let `rke` stop after the next line that the pattern matches; "" lets it go on."""
        (self.folder / "stopped").unlink(missing_ok=True)
        new = self.folder / "stop_at.new"
        new.write_text(pattern)
        new.replace(self.folder / "stop_at")

    def wait_stopped(self, timeout_s: float = 120) -> int:
        """Wait until it has stopped; return its process id."""
        end = time.monotonic() + timeout_s
        while not (self.folder / "stopped").exists():
            if time.monotonic() > end:
                raise TimeoutError(f"rke does not come to its stop:\n{self.operator.tail()}")
            time.sleep(0.05)
        return int((self.folder / "stopped").read_text())

    def cut(self, what: str, pattern: str, *words: str | Path) -> None:
        """Begin a command and kill `what` of it after a line of `rke`: the engine, rke, or both rke and its keeper.

        Returns when the command has ended, and `rke` too, which an engine's death does not keep from its end.
        """
        self.stop_at(pattern)
        command = self.operator.start(*words)
        pid, engine = self.wait_stopped(), self.operator.engine()
        assert engine, self.operator.tail()
        kill(*{"engine": (engine,), "rke": (pid,), "both": (parent(pid), pid)}[what])
        self.stop_at("")
        command.communicate(timeout=120)
        end = time.monotonic() + 120
        while running(self.operator.state / FOLDER):
            assert time.monotonic() < end, self.operator.tail()
            time.sleep(0.1)

    @property
    def runs(self) -> int:
        """How often it was started."""
        place = self.folder / "runs"
        return len(place.read_text().splitlines()) if place.exists() else 0


def kill(*pids: int) -> None:
    """Kill processes at once, and wait until they are gone."""
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    for pid in pids:
        while _lives(pid):
            time.sleep(0.02)


def parent(pid: int) -> int:
    """Return a process's parent."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
