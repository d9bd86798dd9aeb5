"""A lab for each test module that asks for one, and the reason why it is left out elsewhere."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import network
from tests.lab.base import base
from tests.lab.daemon import running
from tests.lab.lab import Lab
from tests.lab.machine import install_packages, unfit
from tests.lab.operator import Operator

SWITCH = "RANCHER_WIZARD_LAB_TESTS"
HERE = Path(__file__).parent
LONG = (
    *("test_on_top", "test_rke1_later", "test_crashes", "test_rotations", "test_rke1", "test_suc", "test_membership"),
    *("test_balancers", "test_network_proof", "test_offline", "test_restore", "test_apply", "test_upgrade"),
    *("test_checks", "test_mid_rollout", "test_images", "test_mends", "test_upgrade_faults", "test_restore_bundle"),
)
"""Files that take minutes, the longest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests below this folder; pytest hands over those of other folders too."""
    # Begun last, one of these would run on alone while the other workers have nothing left to do.
    items.sort(key=lambda item: LONG.index(item.path.stem) if item.path.stem in LONG else len(LONG))
    why = unfit() or (None if os.environ.get(SWITCH) == "1" else f"the lab boots real nodes: set {SWITCH}=1")
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.lab)
            if why:
                item.add_marker(pytest.mark.skip(reason=why))


@pytest.fixture(scope="module")
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A lab of as many nodes as the test module's `NODES` says; it is shared by the module's tests."""
    with Lab(request.module.NODES) as lab:
        yield lab


@pytest.fixture(scope="module")
def operator(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Operator:
    """A jump host that the module's tests share."""
    return Operator(lab, tmp_path_factory.mktemp("operator"))


@pytest.fixture
def new_operator(lab: Lab, tmp_path: Path) -> Iterator[Operator]:
    """A jump host of the test's own; an engine that still runs on it ends with the test."""
    operator = Operator(lab, tmp_path)
    yield operator
    if pid := operator.engine():
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def containerd(tmp_path: Path) -> Iterator[Path]:
    """The socket of Debian's own containerd. Docker would give one that it starts itself 15 s, too few here."""
    install_packages({"/usr/sbin/dockerd": "docker.io"})
    socket = tmp_path / "containerd.sock"
    (tmp_path / "containerd.toml").write_text('version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n')
    words = ["containerd", "--config", tmp_path / "containerd.toml", "--address", socket]
    words += ["--root", tmp_path / "containerd", "--state", tmp_path / "containerd-run"]
    with running([*map(str, words)], tmp_path / "containerd.log", ["ctr", "--address", str(socket), "version"]):
        yield socket


def bare(lab: Lab, servers: int, agents: int) -> Path:
    """Put bare machines in the places of the first nodes; return the spec of a cluster on them."""
    renew(lab, *[f"n{k}" for k in range(1, servers + agents + 1)])
    return lab.spec(servers=servers, agents=agents)


def renew(lab: Lab, *names: str) -> None:
    """Put fresh machines with bare disks in the places of nodes (all, without names); about a second each.

    Their addresses stay, their host keys and machine ids are new and the lab's `known_hosts` has the new keys alone.
    """
    nodes = [lab[name] for name in names or lab.nodes]
    for node in nodes:
        node.remove()
        network.unplug(node.name)
        node.forget()
        shutil.rmtree(node.home)
    for node in nodes:
        node.create(base())
        node.start()
    for node in nodes:
        node.wait_up()
