"""The later days of an RKE1 cluster on real nodes, by stand-ins for `rke` and Docker: cut short, and gone on with."""

import json
from pathlib import Path

import pytest

from tests.lab import network
from tests.lab.lab import Lab
from tests.lab.operator import Operator
from tests.lab.rke1.later import DATA
from tests.lab.rke1.site import VERSION, Bench, bring_docker
from wizard.rollout import events as ev
from wizard.spec.edit import drop_nodes

NODES = 6
SERVERS, AGENTS = 3, 1
NEWER = "v1.31.14-rancher1-1"
STORED = "what etcd stored on Monday"
LAST = "ingress controller nginx deployed"
"""What `rke up` says last but one: an engine that is killed there does not see its end."""
HALF = "half of the state file"
GOES = ("--confirm", "lab", "--headless", "--output")
STARTS = ("--yes", "--headless", "--output")


@pytest.fixture(scope="module")
def bench(lab: Lab, operator: Operator) -> Bench:
    bring_docker(lab)
    return Bench(lab, operator)


@pytest.fixture(scope="module")
def spec(bench: Bench, operator: Operator, lab: Lab) -> Path:
    path = bench.spec(SERVERS, AGENTS)
    done = operator.apply(path)
    assert done.returncode == 0, done.stdout + done.stderr
    store(lab, STORED)
    return path


def store(lab: Lab, text: str) -> None:
    """Let the stand-in for etcd store a text."""
    for name in ("n1", "n2", "n3"):
        lab[name].write(DATA, text)


def listed(lab: Lab, server: str) -> dict[str, str]:
    """The nodes that a control plane lists, with their versions."""
    found: dict[str, str] = json.loads(lab[server].run("cat /var/lib/docker/nodes.json").stdout)
    return found


def test_a_snapshot_comes_home_with_what_opens_it(bench: Bench, operator: Operator, spec: Path, lab: Lab) -> None:
    saves = ("snapshot", "save", spec, "--name", "monday", *STARTS)
    bench.cut("both", "Running snapshot save once", *saves)
    (failed,) = (event for event in operator.events() if isinstance(event, ev.StepEnded) and event.outcome == "failed")
    assert "rke was killed before it had ended" in failed.saw
    bench.cut("engine", "Finished saving/uploading", *saves)
    there = operator.run(*saves)
    assert (there.returncode, "snapshot fetch SPEC monday brings home" in there.stderr) == (3, True), there.stderr
    done = operator.run("snapshot", "fetch", spec, "monday", *STARTS)
    assert done.returncode == 0, done.stdout + done.stderr
    home = operator.state / "snapshots" / "monday"
    kept = sorted(path.name for path in home.iterdir())
    assert kept == ["cluster.rkestate.sealed", "cluster.yml.sealed", "snapshot.zip.sealed"]
    assert STORED.encode() not in b"".join(path.read_bytes() for path in home.iterdir())
    found = json.loads(operator.run("snapshot", "list", spec, "--json").stdout)
    assert [(each["name"], each["release"], each["node"]) for each in found] == [("monday", VERSION, None)]
    store(lab, "what it stored on Tuesday")


def test_a_node_comes_and_goes_again_and_leaves_nothing_behind(
    bench: Bench, operator: Operator, spec: Path, lab: Lab
) -> None:
    adds = ("nodes", "add", spec, "n5", "--address", network.address("n5"), *STARTS)
    bench.cut("engine", LAST, *adds)
    added = operator.run(*adds)
    assert added.returncode == 0, added.stdout + added.stderr
    assert set(listed(lab, "n1")) == {"n1", "n2", "n3", "n4", "n5"}
    gone = lab["n5"]
    gone.run(
        "mkdir -p /var/lib/kubelet/pods/a/token /var/lib/cni /opt/rke; touch /var/lib/cni/x /opt/rke/y; "
        "mount -t tmpfs tmpfs /var/lib/kubelet/pods/a/token; ip link add flannel.1 type veth peer name cali12345"
    )
    asked = operator.run("nodes", "remove", spec, "n5", "--headless")
    assert (asked.returncode, "--confirm lab" in asked.stderr) == (2, True)
    for word in ("n5 loses containers kubelet, kube-proxy", "/var/lib/cni", "flannel.1", "mounts below"):
        assert word in asked.stderr, asked.stderr
    removes = ("nodes", "remove", spec, "n5", *GOES)
    bench.cut("both", r"\[hosts\] Deleting host", *removes)
    assert "n5" not in spec.read_text()
    bench.cut("engine", LAST, *removes)
    removed = operator.run(*removes)
    assert removed.returncode == 0, removed.stdout + removed.stderr
    assert set(listed(lab, "n1")) == {"n1", "n2", "n3", "n4"}
    still = gone.run("docker ps -a; ls /sys/class/net; grep kubelet /proc/mounts", check=False).stdout
    assert not {"kubelet", "flannel.1", "cali12345", "tmpfs"} & set(still.split())
    kept = gone.run("find /var/lib/kubelet /var/lib/cni /opt/rke /etc/kubernetes -type f", check=False).stdout
    assert kept == ""
    assert gone.run("ls /var/lib/rancher-wizard", check=False).stdout == ""
    cleaned = [e.outcome for e in operator.events() if isinstance(e, ev.StepEnded) and e.step == "clean"]
    assert cleaned == ["done"]


def test_etcd_is_not_left_without_its_majority(operator: Operator, spec: Path, lab: Lab) -> None:
    lab["n3"].run("docker rm -f etcd")
    refused = operator.run("nodes", "remove", spec, "n2", *GOES)
    assert refused.returncode == 3, refused.stdout + refused.stderr
    assert "n2 can not be taken out" in refused.stderr
    wiped = spec.with_name("without.yaml")
    wiped.write_text(drop_nodes(spec.read_text(), ("n3",)))
    assert "`rke` would wipe it" in operator.run("plan", wiped).stderr
    assert operator.apply(spec).returncode == 0


def test_certificates_are_listed_and_made_anew_by_an_authority_of_their_own(
    bench: Bench, operator: Operator, spec: Path, lab: Lab
) -> None:
    before = json.loads(operator.run("certs", "list", spec, "--json").stdout)
    assert {each["node"] for each in before} == {"n1", "n2", "n3", "n4", "this machine"}
    assert any("kube-admin" in each["path"] for each in before)
    stands = operator.run("status", spec, "--headless")
    assert "4 of 4 nodes Ready; etcd: 3 of 3 vote" in stands.stdout, stands.stdout + stands.stderr
    authority = "cat /etc/kubernetes/ssl/kube-ca.pem"
    old = lab["n4"].run(authority).stdout
    some = operator.run("certs", "rotate", spec, "--service", "kubelet", *STARTS)
    assert some.returncode == 0, some.stdout + some.stderr
    assert lab["n4"].run(authority).stdout == old
    renews = ("certs", "rotate", spec, "--rotate-ca", *GOES)
    bench.cut("both", HALF, *renews)
    refused = operator.run(*renews)
    assert (refused.returncode, "rke1 state restore" in refused.stderr) == (3, True), refused.stderr
    assert operator.run("rke1", "state", "restore", spec, "--yes").returncode == 0
    bench.cut("rke", r"Successfully restarted container", *renews)
    refused = operator.apply(spec)
    assert (refused.returncode, "certs rotate SPEC --rotate-ca" in refused.stderr) == (3, True), refused.stderr
    bench.cut("engine", "Restarting network, ingress", *renews)
    new, runs = lab["n4"].run(authority).stdout, bench.runs
    assert new != old
    done = operator.run(*renews)
    assert done.returncode == 0, done.stdout + done.stderr
    # What `rke` had ended is kept, not made once more.
    assert (lab["n4"].run(authority).stdout, bench.runs) == (new, runs)
    assert operator.apply(spec).stdout.startswith("nothing to do")
    assert "PRIVATE KEY" not in done.stdout + done.stderr


def test_an_upgrade_goes_by_its_way_and_takes_a_snapshot_first(
    bench: Bench, operator: Operator, spec: Path, lab: Lab
) -> None:
    spec.write_text(spec.read_text().replace(VERSION, NEWER))
    assert operator.run("upgrade", "plan", spec).stdout.startswith(f"1. {VERSION} -> {NEWER}")
    upgrades = ("upgrade", "apply", spec, *STARTS)
    bench.cut("rke", r"updated \[kube-apiserver\]", *upgrades)
    assert set(listed(lab, "n1").values()) == {"v1.30.14"}
    bench.cut("engine", LAST, *upgrades)
    assert set(listed(lab, "n1").values()) == {"v1.31.14"}
    kept = [path.name for path in (operator.state / "snapshots").iterdir()]
    assert any(name.startswith(f"before-{NEWER}") for name in kept)
    assert operator.run(*upgrades).stdout.startswith("nothing to do")
    done = operator.apply(spec)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_cluster_comes_back_on_other_machines_without_its_state_file(
    bench: Bench, operator: Operator, spec: Path, lab: Lab
) -> None:
    (operator.state / "rke1" / "cluster.rkestate").unlink()
    nodes = [
        {"name": "n5", "address": network.address("n5"), "role": "server"},
        {"name": "n6", "address": network.address("n6"), "role": "agent"},
    ]
    path = bench.spec(0, 0, nodes=nodes)
    shown = operator.run("restore", path, "--snapshot", "monday", "--plan")
    assert "New machines, or wiped ones: n5, n6" in shown.stdout, shown.stdout + shown.stderr
    restores = ("restore", path, "--snapshot", "monday", *GOES)
    bench.cut("both", HALF, *restores)
    refused = operator.apply(path)
    assert (refused.returncode, "rancher-wizard restore SPEC" in refused.stderr) == (3, True), refused.stderr
    bench.cut("engine", "Finished restoring snapshot", *restores)
    runs = bench.runs
    done = operator.run(*restores)
    assert (done.returncode, bench.runs) == (0, runs), done.stdout + done.stderr
    assert lab["n5"].run(f"cat {DATA}").stdout == STORED
    assert listed(lab, "n5") == {"n5": "v1.30.14", "n6": "v1.30.14"}
    back = operator.state / "rke1" / "cluster.rkestate"
    assert (back.stat().st_mode & 0o777, network.address("n5") in back.read_text()) == (0o600, True)
    assert operator.apply(path).stdout.startswith("nothing to do")


def test_a_whole_cluster_is_taken_off_its_machines(operator: Operator, lab: Lab) -> None:
    path = operator.home / "cluster.yaml"
    done = operator.run("remove", path, *GOES)
    assert done.returncode == 0, done.stdout + done.stderr
    kept = Path(done.stdout.partition("kept here: ")[2].splitlines()[0])
    plain = [path.name for path in kept.rglob("*") if path.is_file() and b"PRIVATE KEY" in path.read_bytes()]
    assert plain == []
    assert not (kept / "kubeconfig").exists()
    for name in ("n5", "n6"):
        left = "docker ps -a; find /var/lib/etcd /etc/kubernetes /var/lib/kubelet -type f 2>/dev/null"
        assert lab[name].run(left, check=False).stdout == ""
    kept.rename(operator.state)  # as the command's last line has it
    assert operator.run("rke1", "state", "restore", path, "--yes").returncode == 0
    assert network.address("n5") in (operator.state / "rke1" / "cluster.rkestate").read_text()
