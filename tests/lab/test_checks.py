"""Checks on real nodes: silent on healthy ones, which they leave as they were; each ill named on its node, alone."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.lab import faults, network
from tests.lab.lab import Lab
from tests.lab.nodes import LabNode
from tests.lab.operator import Operator
from tests.lab.specs import login

NODES = 4
DATA = "/var/lib/rancher"
HOSTILE = r'import socket; socket.sethostname(b"[bold]\x1b[2Jx\xff")'
# All that a check could have left; logs and the traces of a login itself are not its.
LISTING = r"""
find / /var/lib/rancher -xdev \( -path /proc -o -path /sys -o -path /run -o -path /dev -o -path /var/log \) -prune \
  -o -printf '%p %T@ %m %U:%G %s\n' | sort
systemctl list-unit-files --no-legend; systemctl list-units --plain --no-legend |
  awk '{print $1}' | grep -Ev '^(session|user|run-|systemd-tmpfiles-clean|systemd-journal)' | sort
ss -Hlntu | awk '{print $1, $5}' | sort; nft list ruleset; dpkg-query -W; ip -o link; ip route; lsmod; ls /run
"""
Alarms = set[tuple[str, str]]


def checked(operator: Operator, spec: Path, *more: str) -> tuple[int, dict[str, list[dict[str, str]]]]:
    """Run `check --json`; return its exit code, and what is not ok by node."""
    done = operator.run("check", spec, "--json", *more)
    assert done.stdout, done.stderr
    assert "\x1b" not in done.stdout
    found = json.loads(done.stdout)["findings"]
    return done.returncode, {
        node: [each for each in findings if each["verdict"] in ("warn", "fail")] for node, findings in found.items()
    }


def alarms(operator: Operator, spec: Path) -> Alarms:
    """Return (node, check) of all that is not ok; every one must name its next move."""
    _, found = checked(operator, spec)
    assert all(each["next_move"] for findings in found.values() for each in findings)
    return {(node, each["check"]) for node, findings in found.items() for each in findings}


def listing(lab: Lab) -> dict[str, list[str]]:
    return {name: node.run(LISTING, timeout=120).stdout.splitlines() for name, node in lab.nodes.items()}


def test_healthy_nodes_raise_no_alarm_and_are_left_as_they_were(lab: Lab, operator: Operator) -> None:
    spec = lab.spec(servers=3, agents=1)
    # A first login makes what every login makes.
    assert alarms(operator, spec) == set()
    before = listing(lab)
    assert checked(operator, spec)[0] == 0
    after = listing(lab)
    assert {name: set(before[name]) ^ set(after[name]) for name in lab.nodes} == {name: set() for name in lab.nodes}


@contextmanager
def written(node: LabNode, path: str, text: str, *, mode: int = 0o644) -> Iterator[None]:
    """Another text in a file, or a file where there was none."""
    before = node.run(f"cat {path} 2>/dev/null", check=False)
    node.write(path, text, mode=mode)
    try:
        yield
    finally:
        if before.returncode:
            node.run(f"rm {path}")
        else:
            node.write(path, before.stdout, mode=mode)


@contextmanager
def covered(node: LabNode, path: str, command: str) -> Iterator[None]:
    """What `command` prints of a kernel's file in its place."""
    copy = f"/root/{path.replace('/', '-')}"
    node.run(f"{command} >{copy}; mount --bind {copy} {path}")
    try:
        yield
    finally:
        node.run(f"umount {path}; rm {copy}")


@contextmanager
def done(node: LabNode, command: str, undo: str) -> Iterator[None]:
    """A command, and the one that takes it back."""
    node.run(command)
    try:
        yield
    finally:
        node.run(undo)


def test_disks_ports_and_leftovers(lab: Lab, operator: Operator) -> None:
    n1, n2, n3, n4 = lab.nodes.values()
    with ExitStack() as ills:
        for ill in (
            faults.occupied_port(n1, 6443),
            done(n2, f"mount -o remount,bind,noexec {DATA}", f"mount -o remount,bind,exec {DATA}"),
            done(n3, "mkdir -p /etc/cni/net.d; touch /etc/cni/net.d/10-weave.conflist", "rm -r /etc/cni"),
            faults.full_disk(n4),
        ):
            ills.enter_context(ill)
        code, found = checked(operator, lab.spec(servers=3, agents=1))
    assert code == 3
    assert {node: [each["check"] for each in findings] for node, findings in found.items()} == {
        "n1": ["ports.free"],
        "n2": ["disk.exec"],
        "n3": ["leftovers.cni"],
        "n4": ["disk.room", "disk.pressure"],
    }
    said = {each["check"]: each for findings in found.values() for each in findings}
    assert said["ports.free"]["saw"] == "6443 by nc"
    assert "remount,exec /var/lib/rancher" in said["disk.exec"]["next_move"]
    assert "10-weave.conflist" in said["leftovers.cni"]["saw"]


def test_clones(lab: Lab, operator: Operator) -> None:
    machine = lab["n1"].run("cat /etc/machine-id").stdout
    with (
        written(lab["n2"], "/etc/machine-id", machine, mode=0o444),
        done(lab["n4"], "hostname n3", "hostname n4"),
    ):
        assert alarms(operator, lab.spec(servers=3, agents=1)) == {
            ("n1", "identity.machine_id"),
            ("n2", "identity.machine_id"),
            ("n3", "names.unique"),
            ("n4", "names.unique"),
        }


def test_clock_dns_swap_and_root(lab: Lab, operator: Operator) -> None:
    n1, n2, n3, n4 = lab.nodes.values()
    late = '#!/bin/sh\nexec /bin/date -d "20 seconds" "$@"\n'
    with ExitStack() as ills:
        for ill in (
            written(n1, "/usr/local/bin/date", late, mode=0o755),
            written(n2, "/etc/resolv.conf", "nameserver 10.77.0.250\n"),
            covered(n3, "/proc/meminfo", "sed 's/^SwapTotal: .*/SwapTotal: 2097152 kB/' /proc/meminfo"),
            # A root whose journal is being written can't be remounted.
            done(n4, "mount --bind /etc /etc; mount -o remount,bind,ro /etc", "umount /etc"),
        ):
            ills.enter_context(ill)
        code, found = checked(operator, lab.spec(servers=3, agents=1))
    assert code == 3
    assert {node: [each["check"] for each in findings] for node, findings in found.items()} == {
        "n1": ["time.skew"],
        "n2": ["dns.answer"],
        "n3": ["memory.swap"],
        "n4": ["disk.writable"],
    }
    said = {each["check"]: each for findings in found.values() for each in findings}
    assert said["time.skew"]["saw"] == "20 s ahead of the others"
    assert (said["memory.swap"]["fix"], said["time.skew"]["fix"]) == ("swap", "time")


def test_ways_in_modules_filters_and_a_hostile_name(lab: Lab, operator: Operator) -> None:
    n1, n2, n3, _ = lab.nodes.values()
    rules = (
        "table inet own { chain in { type filter hook input priority 0; policy drop; "
        "iif lo accept; ct state established accept; tcp dport 22 accept; }; }"
    )
    hang = "Match User root\n  ForceCommand sleep 600\n"
    with ExitStack() as ills:
        for ill in (
            done(n2, "true", "systemctl reload ssh; pkill -x sleep || true"),
            written(n2, "/etc/ssh/sshd_config.d/hang.conf", hang),
            done(n2, "systemctl reload ssh", "true"),
            done(n3, f"nft '{rules}'", "nft delete table inet own"),
            covered(n1, "/proc/kallsyms", "grep -v vxlan /proc/kallsyms"),
            done(n1, f"python3 -c '{HOSTILE}'", "hostname n1"),
        ):
            ills.enter_context(ill)
        spec = lab.spec(servers=3, agents=1)
        user = {"user": "opspw"}
        nodes = [node | ({"ssh": user} if node["name"] == "n4" else {}) for node in _nodes(spec)]
        found = alarms(operator, lab.spec(servers=3, agents=1, nodes=nodes))
    assert found == {
        ("n1", "kernel.modules"),
        ("n1", "kernel.modules_folder"),
        ("n1", "names.hostname"),
        ("n1", "names.own"),
        ("n2", "login.commands"),
        ("n3", "firewall.policy"),
        # The proof meets the same policy.
        ("n3", "network.jump_host"),
        ("n3", "network.ports"),
        ("n4", "login.sudo"),
    }


def test_what_longhorn_lacks_on_nodes_is_named_with_the_fix(lab: Lab, operator: Operator) -> None:
    storage = {"kind": "longhorn", "path": f"{DATA}/volumes"}
    code, found = checked(operator, lab.spec(servers=3, agents=1, storage=storage), "--only", "storage")
    assert code == 0
    for findings in found.values():
        missed = {each["check"]: each for each in findings}
        # The kernel and the disk are this machine's.
        assert missed.keys() - {"storage.modules", "storage.file_system"} == {"storage.iscsi", "storage.disk"}
        assert missed["storage.iscsi"]["saw"] == "iscsiadm is not there"
        assert missed["storage.iscsi"]["fix"] == "packages"
        assert "as RKE2's own data" in missed["storage.disk"]["saw"]


# Says what a Docker of 27.5 would, and nothing else.
DOCKER = """#!/bin/sh
case $* in
  *ServerVersion*) echo "x.docker.engine=27.5.1 overlay2 systemd /var/lib/docker" ;;
  *DriverStatus*) echo "Supports d_type=true" ;;
  *) exit 1 ;;
esac
"""
SOCKET = (
    "groupadd -f docker; systemd-run -q --collect --unit=docker-socket "
    "socat UNIX-LISTEN:/run/docker.sock,fork,mode=660,group=docker EXEC:/bin/true; "
    "until [ -S /run/docker.sock ]; do sleep 0.1; done"
)


def test_what_rke1_lacks_of_docker_and_sshd_is_told_of_the_user_that_logs_in(lab: Lab, operator: Operator) -> None:
    n1, n2, n3, _ = lab.nodes.values()
    closed = "Match User ops\n  AllowStreamLocalForwarding no\nMatch all\n"
    with ExitStack() as parts:
        for node in (n1, n2, n3):
            parts.enter_context(written(node, "/usr/local/bin/docker", DOCKER, mode=0o755))
            parts.enter_context(done(node, SOCKET, "systemctl stop docker-socket; groupdel -f docker"))
        for node in (n1, n2):
            node.run("usermod -aG docker ops")
        parts.enter_context(written(n2, "/etc/ssh/sshd_config.d/closed.conf", closed))
        rke1 = {"distribution": "rke1", "version": "v1.30.14-rancher1-1", "registration": None, "source": None}
        spec = lab.spec(servers=3, agents=1, ssh=login(lab, "ops"), **rke1)
        code, found = checked(operator, spec, "--only", "login,docker.engine,docker.socket,docker.driver")
    assert code == 3
    assert {node: [each["check"] for each in findings] for node, findings in found.items()} == {
        "n1": [],
        "n2": ["login.forwarding"],
        "n3": ["docker.socket"],
        "n4": ["docker.engine", "docker.socket"],
    }
    assert found["n2"][0]["saw"] == "AllowStreamLocalForwarding no"
    assert "usermod -aG docker ops" in found["n3"][0]["next_move"]


def test_balancers_are_judged_by_their_own_network_and_by_what_they_reach(lab: Lab, operator: Operator) -> None:
    pair = [{"name": f"lb-{k}", "address": lab[f"n{k + 2}"].address} for k in (1, 2)]
    taken = network.address("n2").rpartition(".")[0] + ".201"
    rule = "table inet own { chain in { type filter hook input priority 0; "
    rule += f"ip saddr {pair[1]['address']} tcp dport 9345 drop; }}; }}"

    def found(vip: str, *more: str) -> dict[str, list[str]]:
        balancer = {"kind": "haproxy", "vip": vip, "nodes": pair}
        spec = lab.spec(servers=2, agents=0, registration=None, balancer=balancer)
        only = ",".join(("login", "balancer.subnet", "balancer.taken", "balancer.ports", *more))
        bad = checked(operator, spec, "--only", only)[1]
        return {name: [f"{each['check']}: {each['saw']}" for each in all] for name, all in bad.items() if all}

    assert {name: len(all) for name, all in found("10.99.0.1").items()} == {"lb-1": 1, "lb-2": 1}
    with (
        done(lab["n2"], f"ip address add {taken}/24 dev eth0", f"ip address delete {taken}/24 dev eth0"),
        done(lab["n1"], f"nft '{rule}'", "nft delete table inet own"),
    ):
        told = found(taken, "network.balancers")
    assert told.keys() == {"n1", "lb-1", "lb-2"}
    assert told["n1"][0].startswith("network.balancers: 9345/tcp from lb-2: no answer, blocked by nftables on n1")
    assert told["lb-1"][0].startswith(f"balancer.taken: {taken} is held by ")


def _nodes(spec: Path) -> list[dict[str, Any]]:
    import yaml

    nodes: list[dict[str, Any]] = yaml.safe_load(spec.read_text())["nodes"]
    return nodes


def test_all_ills_gone_no_alarm_is_left_and_apply_checks_first(lab: Lab, operator: Operator) -> None:
    spec = lab.spec(servers=3, agents=1)
    assert alarms(operator, spec) == set()
    before = listing(lab)["n2"]
    with faults.occupied_port(lab["n1"], 9345):
        refused = operator.apply(spec)
    assert refused.returncode == 3
    assert "n1: ports.free must hold: 9345 by nc" in refused.stderr
    assert listing(lab)["n2"] == before
