"""The restore drill: every machine lost, and out of the bundle and the sealed copy at home the cluster stands again."""

import shutil
from pathlib import Path

import pytest
import yaml

from tests.lab.carried import create, publisher
from tests.lab.conftest import renew
from tests.lab.lab import Lab
from tests.lab.machine import install_packages
from tests.lab.operator import Operator, cluster_nodes, etcd_members
from tests.lab.specs import VERSION
from tests.lab.test_restore import keys, put
from tests.lab.test_upgrade import versions

NODES = 4


@pytest.fixture(scope="module")
def spec(lab: Lab, operator: Operator, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """3 servers and an agent out of a signed bundle."""
    folder = tmp_path_factory.mktemp("site")
    source = {"kind": "bundle", "path": "site.rwb", "key": "signer.pub"}
    shutil.copy(lab.spec(servers=3, agents=1, source=source), folder / "cluster.yaml")
    install_packages({"gpg": "gnupg", "gpgv": "gpgv"})
    debian = publisher(folder / "debian", lab["n1"])
    create(folder, [lab.release], debian)
    debian.close()
    path = folder / "cluster.yaml"
    done = operator.apply(path)
    assert done.returncode == 0, done.stdout + done.stderr
    return path


def test_all_machines_lost_the_former_data_stands_again_out_of_bundle_and_sealed_copy(
    lab: Lab, operator: Operator, spec: Path
) -> None:
    put(lab, "n1", "kept")
    saved = operator.run("snapshot", "save", spec, "--yes", "--headless", "--name", "drill")
    assert saved.returncode == 0, saved.stdout + saved.stderr
    put(lab, "n2", "later")
    (sealed,) = (operator.state / "snapshots").glob("drill-*.sealed")
    assert sealed.stat().st_mode & 0o777 == 0o600
    renew(lab, *lab.nodes)
    assert all("rke2" not in node.run("ls /usr/local/bin").stdout for node in lab.nodes.values())
    done = operator.run("restore", spec, "--confirm", "lab", "--headless", "--output", timeout_s=500)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
    assert keys(lab, "n2") == {"/lab/kept"}
    assert etcd_members(lab["n1"]) == 3
    assert cluster_nodes(lab["n1"]) == dict.fromkeys(lab.nodes, "Ready")
    assert versions(lab) == {VERSION}


def test_then_there_is_nothing_left_to_do(operator: Operator, spec: Path) -> None:
    assert yaml.safe_load(spec.read_text())["source"]["kind"] == "bundle"
    again = operator.apply(spec)
    assert (again.returncode, "nothing to do" in again.stdout) == (0, True), again.stdout + again.stderr
