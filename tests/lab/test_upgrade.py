"""An upgrade over two minors on real nodes: a snapshot first, quorum at every instant, pods given back, data kept."""

import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.lab import Lab
from tests.lab.operator import Operator, changed_spec, cluster_nodes, etcd_members
from wizard.rollout import events as ev
from wizard.vault.pieces import header_of, sha256_of
from wizard.vault.vault import Vault

NODES = 5
OLD, BETWEEN, NEW = "v1.33.10+rke2r3", "v1.34.9+rke2r1", "v1.35.6+rke2r1"
KUBECTL = "/var/lib/rancher/rke2/bin/kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml"
ETCDCTL = (
    "ETCDCTL_API=3 etcdctl --endpoints=https://127.0.0.1:2379 --cacert {0}/server-ca.crt --cert {0}/server-client.crt "
    "--key {0}/server-client.key"
).format("/var/lib/rancher/rke2/server/tls/etcd")


@pytest.fixture(scope="module")
def spec(lab: Lab, operator: Operator) -> Path:
    """A cluster of 3 servers and 2 agents on the old release, its source a folder with one folder a release."""
    for version in (OLD, BETWEEN, NEW):
        lab.release_of(version)
    source = {"kind": "folder", "path": str(lab.release_of(OLD).parent)}
    path = lab.spec(servers=3, agents=2, version=OLD, source=source)
    done = operator.apply(path)
    assert done.returncode == 0, done.stdout + done.stderr
    return path


def upgrade(operator: Operator, spec: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    return operator.run("upgrade", "apply", spec, "--yes", "--headless", "--output", *more, timeout_s=600)


class Writer:
    """Writes a key into etcd all the time, by whichever server takes it, and counts what none of them took."""

    def __init__(self, lab: Lab) -> None:
        self._lab, self._stop = lab, threading.Event()
        self.written: list[int] = []
        self.failed: list[str] = []
        self._thread = threading.Thread(target=self._write)

    def __enter__(self) -> "Writer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _write(self) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            said = [self._lab[name].run(f"{ETCDCTL} put /lab/{number} {number}", check=False) for name in ("n3",)]
            if any(each.returncode == 0 for each in said):
                self.written.append(number)
                continue
            again = [self._lab[name].run(f"{ETCDCTL} put /lab/{number} {number}", check=False) for name in ("n1", "n2")]
            (self.written if any(each.returncode == 0 for each in again) else self.failed).append(number)  # type: ignore[arg-type]
            time.sleep(0.2)


def versions(lab: Lab, server: str = "n1") -> set[str]:
    said = lab[server].run(
        f"{KUBECTL} get nodes -o jsonpath='{{range .items[*]}}{{.status.nodeInfo.kubeletVersion}}{{\"\\n\"}}{{end}}'"
    )
    return set(said.stdout.split())


def test_apply_does_not_go_to_another_release(operator: Operator, spec: Path) -> None:
    changed_spec(spec, version=NEW)
    done = operator.apply(spec)
    assert done.returncode == 3
    assert f"runs {OLD}, the spec wants {NEW}" in done.stderr
    assert "rancher-wizard upgrade" in done.stderr


def test_the_way_is_told_from_what_the_nodes_run(operator: Operator, spec: Path) -> None:
    changed_spec(spec, version=NEW)
    done = operator.run("upgrade", "plan", spec)
    assert done.returncode == 0, done.stderr
    hops = [line for line in done.stdout.splitlines() if line[0].isdigit()]
    assert hops == [f"1. {OLD} -> {BETWEEN}", f"2. {BETWEEN} -> {NEW}"]


def test_two_minors_are_crossed_with_etcd_at_work_and_nothing_lost(lab: Lab, operator: Operator, spec: Path) -> None:
    changed_spec(spec, version=NEW)
    lab["n1"].run(f"{KUBECTL} cordon n5")
    with Writer(lab) as writer:
        done = upgrade(operator, spec)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
    assert versions(lab) == {NEW}
    assert set(cluster_nodes(lab["n1"]).values()) <= {"Ready", "Ready,SchedulingDisabled"}
    assert cluster_nodes(lab["n1"])["n4"] == "Ready"
    # What the operator cordoned stays so.
    assert cluster_nodes(lab["n1"])["n5"] == "Ready,SchedulingDisabled"
    assert etcd_members(lab["n1"]) == 3
    assert writer.failed == []
    assert len(writer.written) > 20
    kept = lab["n2"].run(f"{ETCDCTL} get --prefix /lab/ --keys-only").stdout.split()
    assert {f"/lab/{number}" for number in writer.written} <= set(kept)


def test_servers_went_one_at_a_time_after_a_snapshot_each_hop(operator: Operator, spec: Path) -> None:
    events = operator.events()
    begun = next(each for each in events if isinstance(each, ev.RolloutStarted))
    kinds = [stage.key.partition("-")[0] for stage in begun.stages]
    assert kinds == [*["snapshot", "servers", "agents"] * 2, "credentials"]
    assert all(len(batch) == 1 for stage in begun.stages for batch in stage.batches if stage.noun == "servers")
    assert {each.outcome for each in events if isinstance(each, ev.StepEnded)} <= {"done", "unchanged"}
    proofs = [each for each in events if isinstance(each, ev.StepEnded) and each.step.startswith("quorum")]
    assert len(proofs) == 2 * 3 * 2


def test_the_snapshots_are_at_home_sealed_and_whole(operator: Operator, spec: Path) -> None:
    vault = Vault.open(operator.state)
    found = sorted((operator.state / "snapshots").glob("*.sealed"))
    assert [header_of(path)["release"] for path in found] == [OLD, BETWEEN]
    for path in found:
        assert path.stat().st_mode & 0o777 == 0o600
        assert sha256_of(path, vault) == header_of(path)["sha256"]


def test_again_there_is_nothing_to_do(operator: Operator, spec: Path) -> None:
    done = upgrade(operator, spec)
    assert (done.returncode, "nothing to do" in done.stdout) == (0, True), done.stdout + done.stderr
    again = operator.apply(spec)
    assert (again.returncode, "nothing to do" in again.stdout) == (0, True), again.stdout + again.stderr


def test_no_mark_or_job_is_left(lab: Lab, spec: Path) -> None:
    left: Iterator[str] = (
        node.run("ls -A /var/lib/rancher-wizard 2>/dev/null; systemctl list-units --no-legend 'rancher-wizard*'").stdout
        for node in lab.nodes.values()
    )
    assert set(left) == {""}
