"""A site out of a signed bundle, the wizard included, with every packet that would leave the site counted: none."""

import shutil
from collections.abc import Iterator
from subprocess import CompletedProcess

import pytest
import yaml

from tests.lab import network
from tests.lab.carried import create, publisher
from tests.lab.lab import Lab
from tests.lab.machine import install_packages
from tests.lab.nodes import LabNode
from tests.lab.operator import WATCHED, cluster_nodes
from tests.lab.outside import demand_none, drop
from tests.lab.specs import VERSION, login, node
from tests.lab.test_upgrade import versions
from wizard.upgrade.beforehand import beforehand

NODES = 5
JUMP, SERVER, AGENT, MACHINES = "n1", "n2", "n3", ("n4", "n5")
VIP = f"{network.NET}.200"
NEW = "v1.36.2+rke2r1"
BETWEEN, _ = beforehand(VERSION, NEW)
SITE = "/root/site"


@pytest.fixture(scope="module")
def outside(lab: Lab) -> Iterator[None]:
    """Count and drop on each node, and between them, what would go outside; in the end, none must have come."""
    drop(lab)
    yield
    demand_none(lab)


@pytest.fixture(scope="module")
def jump(lab: Lab, outside: None, tmp_path_factory: pytest.TempPathFactory) -> LabNode:
    """The jump host: the bundle, the program beside it and the operator's files were carried there."""
    host, folder = lab[JUMP], tmp_path_factory.mktemp("site")
    own = {"key": f"{SITE}/key", "known_hosts": f"{SITE}/known_hosts"}
    written = lab.spec(
        servers=0,
        agents=0,
        nodes=[node(SERVER, "server"), node(AGENT, "agent")],
        registration={"address": VIP},
        balancer={"kind": "haproxy", "nodes": [{"name": n, "address": lab[n].address} for n in MACHINES], "vip": VIP},
        ssh=login(lab, **own),
        source={"kind": "bundle", "path": "site.rwb", "key": "signer.pub"},
    )
    shutil.copy(written, folder / "cluster.yaml")
    install_packages({"gpg": "gnupg", "gpgv": "gpgv"})
    debian = publisher(folder / "debian", host)
    create(folder, [lab.release], debian)
    later = yaml.safe_load(written.read_text()) | {"version": NEW}
    later["source"]["path"] = "next.rwb"
    (folder / "next.yaml").write_text(yaml.safe_dump(later, sort_keys=False))
    way = [lab.release_of(version) for version in (BETWEEN, NEW)]
    create(folder, way, debian, "--upgrade-from", VERSION, spec="next", output="next")
    debian.close()
    there = host.home / f"root{SITE}"
    there.mkdir()
    for name in ("cluster.yaml", "site.rwb", "site.rwb.install.py", "signer.pub", "next.yaml", "next.rwb"):
        shutil.copy(folder / name, there / name)
    for source, name in ((lab.key, "key"), (lab.known_hosts, "known_hosts")):
        host.write(f"{SITE}/{name}", source.read_text())
    return host


@pytest.fixture(scope="module")
def installed(jump: LabNode) -> LabNode:
    """The jump host with the wizard on it, out of the bundle."""
    assert jump.run("python3 -m pip", check=False).returncode != 0
    done = jump.run(f"python3 {SITE}/site.rwb.install.py --key {SITE}/signer.pub", check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return jump


def wizard(host: LabNode, *words: str, timeout: float = 300) -> "CompletedProcess[str]":
    """Run what was installed, as the operator does on the jump host."""
    done: CompletedProcess[str] = host.run(
        f"cd {SITE} && TERM=dumb rancher-wizard {' '.join(words)}", check=False, timeout=timeout
    )
    return done


def apply(host: LabNode) -> "CompletedProcess[str]":
    return wizard(host, "apply", "cluster.yaml", "--yes", "--headless", "--output", timeout=400)


def respec(host: LabNode, **source: str) -> None:
    path = host.home / f"root{SITE}/cluster.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {"source": source}, sort_keys=False))


def test_the_wizard_comes_out_of_the_bundle(installed: LabNode) -> None:
    assert wizard(installed, "--version").stdout.startswith("rancher-wizard ")
    checked = wizard(installed, "bundle", "check", "site.rwb", "cluster.yaml", "--os", "debian-12", "--key signer.pub")
    assert "complete" in checked.stdout, checked.stdout + checked.stderr


def test_one_that_nobody_trusted_signed_is_refused_before_anything_is_sent(lab: Lab, installed: LabNode) -> None:
    respec(installed, kind="bundle", path="site.rwb")
    done = apply(installed)
    assert done.returncode == 3
    assert "is signed by SHA256:" in done.stderr
    assert "trusted is nobody" in done.stderr
    assert lab[SERVER].run("ls /var/lib/rancher-wizard 2>/dev/null", check=False).stdout == ""


def test_a_changed_blob_is_named_and_reaches_no_node(lab: Lab, installed: LabNode) -> None:
    whole = (installed.home / f"root{SITE}/site.rwb").read_bytes()
    at = whole.index((lab.release / "rke2.linux-amd64.tar.gz").read_bytes()[:64]) + 100
    bad = installed.home / f"root{SITE}/bad.rwb"
    bad.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    respec(installed, kind="bundle", path="bad.rwb", key="signer.pub")
    done = apply(installed)
    bad.unlink()
    assert done.returncode != 0
    assert "rke2.linux-amd64.tar.gz: sha256 is" in done.stdout
    assert lab[SERVER].run("ls /usr/local/bin/rke2", check=False).returncode != 0


def test_the_site_comes_up_out_of_the_bundle_balancers_first(lab: Lab, installed: LabNode) -> None:
    respec(installed, kind="bundle", path="site.rwb", key="signer.pub")
    done = apply(installed)
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(cluster_nodes(lab[SERVER]).values()) == {"Ready"}
    for name in MACHINES:
        assert lab[name].run("systemctl is-active haproxy keepalived").stdout.split() == ["active", "active"]
        assert lab[name].run("ls -A /var/lib/rancher-wizard/packages", check=False).stdout == ""


def test_again_there_is_nothing_to_do(lab: Lab, installed: LabNode) -> None:
    before = {name: lab[name].run(WATCHED).stdout for name in (SERVER, AGENT, *MACHINES)}
    done = apply(installed)
    assert (done.returncode, "nothing to do" in done.stdout) == (0, True), done.stdout + done.stderr
    assert {name: lab[name].run(WATCHED).stdout for name in before} == before


def test_two_minors_are_crossed_out_of_one_bundle_each_node_with_the_files_of_one_release_at_a_time(
    lab: Lab, installed: LabNode
) -> None:
    installed.run(f"rm {SITE}/site.rwb")
    shown = wizard(installed, "bundle", "inspect", "next.rwb").stdout
    assert [line.split()[1] for line in shown.splitlines() if line.startswith("release ")] == [f"{BETWEEN}:", f"{NEW}:"]
    assert "an upgrade may go from each of these releases to the next" in shown
    done = wizard(installed, "upgrade", "apply", "next.yaml", "--yes", "--headless", "--output", timeout=500)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
    assert versions(lab, SERVER) == {NEW}
    assert set(cluster_nodes(lab[SERVER]).values()) == {"Ready"}
    # Staged files go after each hop; archives of images take the place of those before them.
    for name in (SERVER, AGENT):
        assert lab[name].run("ls -A /var/lib/rancher-wizard", check=False).stdout == ""
        archives = lab[name].run("cd /var/lib/rancher/rke2/agent/images; sha256sum *.tar.zst").stdout
        assert len(archives.splitlines()) == 3
    again = wizard(installed, "upgrade", "apply", "next.yaml", "--yes", "--headless", "--output")
    assert (again.returncode, "nothing to do" in again.stdout) == (0, True), again.stdout + again.stderr
