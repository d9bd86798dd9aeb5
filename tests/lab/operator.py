"""The operator at the jump host: the product's own command line, with a state folder of its own."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml

from tests.lab.lab import Lab
from tests.lab.nodes import LabNode
from wizard.rollout import events as ev
from wizard.rollout.journal import read_whole
from wizard.rollout.lock import holder
from wizard.rollout.process import runs
from wizard.rollout.progress import Progress

# What must be as it was when nothing was to be done; logs, leases and etcd's data move by themselves.
WATCHED = (
    "find /etc /usr/local /opt /var/lib/rancher /var/lib/rancher-wizard /root -xdev -type f "
    "-not -path '*/db/etcd/*' -not -path '*/etc/rke2-*-load-balancer.json' "
    "-printf '%p %T@ %m %u\\n' 2>/dev/null | sort; "
    "for unit in rke2-server rke2-agent; do systemctl show $unit -p ExecMainStartTimestamp -p ExecMainPID; done"
)


class Operator:
    """Runs `rancher-wizard` on the jump host."""

    def __init__(self, lab: Lab, home: Path) -> None:
        self.lab = lab
        self.home = home
        self.environment = os.environ | {"XDG_STATE_HOME": str(home), "HOME": str(home), "TERM": "dumb"}

    @property
    def state(self) -> Path:
        """Where the lab cluster's state is kept."""
        return self.home / "rancher-wizard" / "lab"

    def words(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-m", "wizard.cli.main", *map(str, arguments)]

    def run(self, *arguments: str | Path, timeout_s: float = 300, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return self.lab.jump(*self.words(*arguments), env=self.environment, timeout=timeout_s, **options)

    def apply(self, spec: Path, *more: str | Path, timeout_s: float = 400) -> subprocess.CompletedProcess[str]:
        """Run `apply --yes --headless --output`."""
        return self.run("apply", spec, "--yes", "--headless", "--output", *more, timeout_s=timeout_s)

    def begin(self, spec: Path, *more: str | Path, **options: Any) -> "subprocess.Popen[str]":
        """Start `apply` and leave it running."""
        return self.start("apply", spec, "--yes", "--headless", "--output", *more, **options)

    def start(self, *arguments: str | Path, **options: Any) -> "subprocess.Popen[str]":
        """Start a command and leave it running."""
        return self.lab.jump_start(
            *self.words(*arguments),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            **({"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} | options),
        )

    def engine(self) -> int | None:
        """The pid of the engine that runs, None when there is none."""
        found = holder(self.state)
        return found.pid if found else None

    def events(self) -> list[ev.Event]:
        """The events of the latest rollout."""
        found = runs(self.state)
        return read_whole(found[-1] / "journal.jsonl") if found else []

    def progress(self) -> Progress:
        """The state of the latest rollout."""
        progress = Progress()
        for event in self.events():
            progress.apply(event)
        return progress

    def wait_for(self, kind: type[ev.Event], *, timeout_s: float = 120, **fields: object) -> ev.Event:
        """Wait until the latest rollout tells such an event."""
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            for event in self.events():
                if isinstance(event, kind) and all(getattr(event, key) == value for key, value in fields.items()):
                    return event
            time.sleep(0.1)
        raise TimeoutError(f"no {kind.__name__} with {fields} in {timeout_s} s:\n{self.tail()}")

    def wait_for_end(self, timeout_s: float = 300) -> ev.RolloutEnded:
        """Wait until the latest rollout has ended."""
        event = self.wait_for(ev.RolloutEnded, timeout_s=timeout_s)
        assert isinstance(event, ev.RolloutEnded)
        return event

    def tail(self) -> str:
        """The last events, and what the engine wrote, for a failed test."""
        log = runs(self.state)[-1] / "engine.log" if runs(self.state) else None
        return "\n".join(map(str, self.events()[-15:])) + (log.read_text()[-3000:] if log else "")


def overruled(*checks: str) -> list[str]:
    """Words of `apply` that start it in spite of failed checks."""
    return [word for check in checks for word in ("--force-check", check, "--reason", "to see it fail")]


def cluster_nodes(server: LabNode) -> dict[str, str]:
    """What `kubectl get nodes` says: status by name."""
    said = server.run(
        "/var/lib/rancher/rke2/bin/kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml get nodes --no-headers", check=False
    ).stdout
    rows = [line.split() for line in said.splitlines() if line.strip()]
    return {row[0]: row[1] for row in rows if len(row) > 1}


def etcd_members(server: LabNode) -> int:
    """How many members etcd counts."""
    tls = "/var/lib/rancher/rke2/server/tls/etcd"
    said = server.run(
        f"ETCDCTL_API=3 etcdctl --endpoints=https://127.0.0.1:2379 --cacert {tls}/server-ca.crt "
        f"--cert {tls}/server-client.crt --key {tls}/server-client.key member list"
    ).stdout
    return len(said.strip().splitlines())


def listing(lab: Lab) -> dict[str, str]:
    """Every watched file's time, and each unit's start time, by node."""
    return {name: node.run(WATCHED).stdout for name, node in lab.nodes.items()}


def changed_spec(path: Path, **changes: Any) -> Path:
    """Replace top-level fields of a spec in place."""
    spec = yaml.safe_load(path.read_text()) | changes
    path.write_text(yaml.safe_dump(spec, sort_keys=False))
    return path
