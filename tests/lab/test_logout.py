"""An engine started over SSH on a jump host whose logind ends a user's processes at logout."""

import json
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import pytest

import wizard
from tests.lab.base import SHELF
from tests.lab.lab import Lab
from tests.lab.nodes import LabNode
from tests.lab.operator import cluster_nodes
from tests.lab.specs import login

NODES = 2  # n1 is the jump host, n2 becomes a cluster
DEBIANS_PYTHON = (3, 11)
NEEDED = (
    *("asyncssh", "bcrypt", "cryptography", "cffi", "_cffi_backend*", "jinja2", "markupsafe", "platformdirs"),
    *("pydantic", "pydantic_core", "annotated_types", "typing_extensions.py", "typing_inspection", "yaml", "_yaml"),
    "ruamel",
)
SPEC, KEY = "/home/ops/cluster.yaml", "/home/ops/key"
# A node's disk is 1 GiB: enough for the stand-in release, too small for the real one.
OVERRULED = "--force-check disk.room --reason stand-in"
WIZARD = f"PYTHONPATH=/opt/wizard python3 -m wizard.cli.main apply {SPEC} --yes --headless {OVERRULED}"

pytestmark = pytest.mark.skipif(
    sys.version_info[:2] != DEBIANS_PYTHON, reason="compiled packages of this Python do not fit Debian's"
)


def install_wizard(node: LabNode) -> None:
    """Put the product and the packages it needs onto a node, as `pipx install` would."""
    place = node.home / "root/opt/wizard"
    place.mkdir()
    packages = Path(sysconfig.get_path("platlib"))
    for source in (found for name in NEEDED for found in packages.glob(name)):
        (shutil.copytree if source.is_dir() else shutil.copy)(source, place / source.name)
    for room in ("wizard", "profiles"):
        shutil.copytree(Path(wizard.__file__).parent.parent / room, place / room)


@pytest.fixture(scope="module")
def jump_host(lab: Lab) -> LabNode:
    """n1: it ends processes at logout, and lets users linger when they ask for it (polkit)."""
    node = lab["n1"]
    install_wizard(node)
    node.run(f"cd {SHELF}; dpkg -i $(ls *.deb | grep -v -e ufw -e firewall) 2>&1")
    node.write(
        "/etc/systemd/logind.conf.d/kill.conf", "[Login]\nKillUserProcesses=yes\nUserStopDelaySec=1\n", mode=0o644
    )
    node.run("systemctl restart systemd-logind")
    own = {"key": KEY, "known_hosts": "/home/ops/known_hosts"}
    path = lab.spec(
        servers=0,
        agents=0,
        nodes=[{"name": "n2", "address": lab["n2"].address, "role": "server"}],
        registration=None,
        ssh=login(lab, **own),
        source={"kind": "online", "mirror": lab.mirror()},
    )
    for place, text in (
        (SPEC, path.read_text()),
        (KEY, lab.key.read_text()),
        (own["known_hosts"], lab.known_hosts.read_text()),
    ):
        node.write(place, text)
        node.run(f"chown ops: {place}")
    return node


def events(node: LabNode) -> list[dict[str, object]]:
    """The journal of the one rollout, as far as it is written."""
    said = node.run("cat /home/ops/.local/state/rancher-wizard/lab/rollouts/*/journal.jsonl", check=False).stdout
    return [json.loads(line) for line in said.splitlines() if line.endswith("}")]


def wait_for(node: LabNode, timeout_s: float = 60, **fields: object) -> dict[str, object]:
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        for event in events(node):
            if fields.items() <= event.items():
                return event
        time.sleep(0.2)
    raise TimeoutError(f"{fields}: {events(node)[-5:]}")


def test_an_engine_outlives_the_logout_that_ends_all_else(lab: Lab, jump_host: LabNode) -> None:
    lab["n2"].run("echo 8 >/etc/rke2-standin-pause-s")
    session = subprocess.Popen(
        [*jump_host.ssh_command("ops"), f"sleep 4321 & {WIZARD}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    wait_for(jump_host, kind="StepStarted", step="install", timeout_s=120)
    jump_host.run("pgrep -u ops -f 'sleep 4321'")
    session.kill()
    said = session.communicate(timeout=20)[0]
    assert "the engine runs under systemd-run --user and stays" in said
    assert wait_for(jump_host, kind="RolloutEnded")["outcome"] == "done"
    assert jump_host.run("pgrep -u ops -f 'sleep 4321'", check=False).stdout == ""
    assert cluster_nodes(lab["n2"]) == {"n2": "Ready"}
