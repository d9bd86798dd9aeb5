"""Machines as sites have them: behind a bastion, with firewalls, hardening and swap; the release from a mirror."""

from pathlib import Path

import pytest

from tests.lab.base import SHELF
from tests.lab.lab import Lab
from tests.lab.nodes import LabNode
from tests.lab.operator import Operator, cluster_nodes, listing, overruled
from tests.lab.specs import login

NODES = 5
BASTION = "n5"  # of the cluster are n1 to n4
CIS = {"vm/panic_on_oom": "0", "vm/overcommit_memory": "1", "kernel/panic": "10", "kernel/panic_on_oops": "1"}
DROPS = (
    "table inet own { chain in { type filter hook input priority 0; policy drop; iif lo accept; "
    "ct state established,related accept; tcp dport { 22, 9099, 10250 } accept; udp dport 8472 accept; }; }"
)
# A node's disk is 1 GiB: enough for the stand-in release, too small for the real one.
OVERRULED = overruled("disk.room")
NETWORK_MANAGER = """
[Service]
ExecStart=sleep infinity
ExecReload=touch /run/reloaded
"""


def only_through_the_bastion(lab: Lab, node: LabNode) -> None:
    gate = f"ip saddr != {lab[BASTION].address} tcp dport 22 drop"
    node.run(f"nft 'table inet gate {{ chain in {{ type filter hook input priority -10; {gate}; }}; }}'")


def settable_kernel(node: LabNode) -> None:
    """A container may not set these four; what it sets and reads instead are files in their places."""
    for name in CIS:
        fake = f"/run/{name.replace('/', '-')}"
        node.run(f"echo 7 >{fake}; mount --bind {fake} /proc/sys/{name}")


def furnish(lab: Lab) -> None:
    """Make each node as some site has it."""
    for name in ("n1", "n2", "n3", "n4"):
        settable_kernel(lab[name])
        only_through_the_bastion(lab, lab[name])
    lab["n1"].run(f"cd {SHELF}; dpkg -i $(ls *.deb | grep -v ufw) 2>&1; systemctl start firewalld; userdel etcd")
    lab["n1"].write("/etc/fstab", "/dev/sda1 / ext4 defaults 0 1\n/dev/sdb none swap sw 0 0\n", mode=0o644)
    lab["n2"].run(f"dpkg -i {SHELF}/ufw*.deb 2>&1; ufw allow ssh; ufw --force enable")
    lab["n3"].run(f"nft '{DROPS}'")
    lab["n4"].write("/etc/systemd/system/NetworkManager.service", NETWORK_MANAGER, mode=0o644)
    lab["n4"].run("systemctl daemon-reload; systemctl start NetworkManager")


@pytest.fixture(scope="module")
def spec(lab: Lab) -> Path:
    bastion = {"address": lab[BASTION].address, "user": "ops", "key": str(lab.key)}
    return lab.spec(
        servers=1,
        agents=3,
        ssh=login(lab, "ops", bastion=bastion),
        source={"kind": "online", "mirror": lab.mirror()},
        security={"profile": "cis"},
        prepare={"swap_off": True, "firewall": "open"},
        rollout={"workers": {"at_once": "100%", "max_failed": "100%"}},
    )


@pytest.fixture(scope="module")
def said(lab: Lab, operator: Operator, spec: Path) -> str:
    """What a rollout on such machines printed."""
    furnish(lab)
    done = operator.apply(spec, *OVERRULED)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_every_node_behind_the_bastion_is_ready(lab: Lab, said: str) -> None:
    assert cluster_nodes(lab["n1"]) == dict.fromkeys(("n1", "n2", "n3", "n4"), "Ready")
    assert lab["n2"].ssh(check=False).returncode == 255


def test_the_release_came_from_the_mirror(lab: Lab, said: str) -> None:
    for name in ("n1", "n2", "n3", "n4"):
        assert f"{name} | [INFO]  downloading tarball at {lab.mirror()}/v1.34.2%2Brke2r1/rke2.linux" in said


def test_firewalld_and_ufw_let_the_cluster_in_now_and_after_a_restart(lab: Lab, said: str) -> None:
    for kept in ("", "--permanent"):
        lab["n1"].run(f"firewall-cmd {kept} --query-port=9345/tcp && firewall-cmd {kept} --query-port=8472/udp")
        lab["n1"].run(f"firewall-cmd {kept} --zone=trusted --query-source=10.42.0.0/16")
    rules = lab["n2"].run("ufw status").stdout.split("\n")
    assert any(rule.split() == ["10250/tcp", "ALLOW", "Anywhere"] for rule in rules)
    assert any(rule.split() == ["Anywhere", "ALLOW", "10.42.0.0/16"] for rule in rules)


def test_rules_of_the_sites_own_are_told_of_and_left_alone(lab: Lab, said: str) -> None:
    assert "n3: nftables drops what comes in by rules of your own; it must let in 10250/tcp" in said
    assert "10.42.0.0" not in lab["n3"].run("nft list ruleset").stdout


def test_a_hardened_node_has_the_kernel_settings_and_a_server_the_etcd_user(lab: Lab, said: str) -> None:
    for name in ("n1", "n2"):
        for setting, value in CIS.items():
            assert lab[name].run(f"cat /proc/sys/{setting}").stdout.strip() == value
    lab["n1"].run("getent passwd etcd && getent group etcd")


def test_swap_does_not_come_back_at_the_next_boot(lab: Lab, said: str) -> None:
    fstab = lab["n1"].run("cat /etc/fstab").stdout.splitlines()
    assert fstab == ["/dev/sda1 / ext4 defaults 0 1", "# /dev/sdb none swap sw 0 0"]


def test_network_manager_is_kept_off_pod_interfaces_where_it_runs(lab: Lab, said: str) -> None:
    path = "/etc/NetworkManager/conf.d/rke2-canal.conf"
    assert "interface-name:cali*" in lab["n4"].run(f"cat {path} && ls /run/reloaded").stdout
    assert lab["n2"].run(f"ls {path}", check=False).returncode != 0


def test_applied_again_nothing_is_to_do(lab: Lab, operator: Operator, spec: Path, said: str) -> None:
    before = listing(lab)
    done = operator.apply(spec, *OVERRULED)
    assert "nothing to do" in done.stdout, done.stdout + done.stderr
    assert listing(lab) == before
