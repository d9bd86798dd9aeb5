"""Every check: silent on a healthy machine, helpful on a sick one, unharmed by whatever a node prints."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.checks.machines import HEALTHY, machine, site
from tests.unit.checks.specs import spec
from wizard.checks.check import GROUPS
from wizard.checks.finding import Finding
from wizard.checks.known import CHECKS, chosen
from wizard.errors import BadUsage
from wizard.hosts.facts import Facts, read_facts
from wizard.spec.models import Spec

KEYS = sorted({line.partition("=")[0] for line in HEALTHY.splitlines()})
WORDS = st.text() | st.sampled_from(("-", "0", "-1", "9" * 40, "10.0.0.0/33", "[bold]", "\x1b[2J", "a b c d e f g h"))


def findings(facts: dict[str, Facts], wanted: Spec | None = None) -> list[Finding]:
    """Return what all checks say of all nodes."""
    wanted = wanted or spec()
    return [found for check in CHECKS for found in check.judge(wanted, facts).values()]


def bad(facts: dict[str, Facts], wanted: Spec | None = None) -> dict[str, Finding]:
    """Return what is not as wanted, by check."""
    return {found.check: found for found in findings(facts, wanted) if not found.good}


def test_there_are_many_checks_each_with_an_id_of_its_own() -> None:
    ids = [check.id for check in CHECKS]
    assert len(ids) == len(set(ids)) >= 60


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_check_says_what_it_is_for_and_where_that_comes_from(check: object) -> None:
    for text in (check.title, check.why, check.source):  # type: ignore[attr-defined]
        assert len(text) > 2
    assert check.group in GROUPS  # type: ignore[attr-defined]
    assert re.fullmatch(r"[a-z0-9_]+\.[a-z0-9_]+", check.id)  # type: ignore[attr-defined]


def test_a_healthy_site_raises_no_alarm() -> None:
    assert bad(site()) == {}
    assert [found for found in findings(site()) if found.verdict == "skipped"] == []


@given(st.lists(st.builds("{}={}".format, st.sampled_from(KEYS), WORDS), max_size=60))
def test_no_facts_make_a_check_raise_and_every_bad_word_names_the_next_move(lines: list[str]) -> None:
    hostile = read_facts(lines)
    for found in findings({"cp-1": hostile, "worker-1": read_facts([*HEALTHY.splitlines(), *lines])}):
        assert found.verdict == "ok" or found.next_move
        assert found.verdict in ("ok", "skipped") or found.wanted


def test_a_node_that_tells_nothing_is_judged_all_the_same() -> None:
    assert {found.check for found in findings({"cp-1": Facts(), "worker-1": Facts()})} >= {"system.init", "disk.room"}


SICK: list[tuple[str, str, dict[str, str | tuple[str, ...]]]] = [
    ("cpu.architecture", "riscv64", {"arch": "riscv64"}),
    ("cpu.count", "1", {"cpus": "1"}),
    ("memory.size", "1800 MiB", {"memory_mib": "1800"}),
    ("memory.swap", "2048 MiB on (/dev/sda2)", {"swap_mib": "2048", "x_swap": "/dev/sda2"}),
    ("system.init", "init", {"x_init": "init"}),
    ("system.tools", "modprobe", {"without": "x.tool=modprobe"}),
    ("kernel.controllers", "memory", {"without": "x.controller=memory"}),
    ("kernel.modules", "vxlan", {"without": "module=vxlan"}),
    ("disk.room", "1000 MiB free", {"x_fs": "xfs 0 0 rw 40000 1000 /var/lib/rancher/rke2"}),
    ("disk.pressure", "1 % free", {"x_fs": "xfs 0 0 rw 900000 10000 /var/lib/rancher/rke2"}),
    ("disk.inodes", "12 of 6500000", {"x_fs": "ext2/ext3 6500000 12 rw 90000 80000 /var/lib/rancher/rke2"}),
    ("disk.writable", "read-only: /", {"x_fs": "ext2/ext3 6500000 6400000 ro 90000 80000 /"}),
    ("disk.exec", "noexec: /var", {"mount": ("ext4 9 9 rw /", "ext4 9 9 rw,noexec /var")}),
    ("disk.local", "nfs", {"x_fs": "nfs 0 0 rw 90000 80000 /var/lib/rancher/rke2"}),
    ("disk.xfs", "ftype=0", {"x_xfs": "ftype=0"}),
    ("disk.fsync", "p99 45.0 ms", {"x_fsync": "fio 300 9000 45000 90000"}),
    ("security.apparmor", "apparmor_parser", {"x_apparmor": "Y"}),
    ("security.fapolicyd", "without rules", {"unit": "fapolicyd.service active enabled"}),
    ("firewall.manager", "firewalld", {"x_firewall__active": "firewalld"}),
    ("firewall.policy", "inet filter input", {"x_nft__policy": "input inet filter input"}),
    ("firewall.iptables", "not there", {"x_iptables": ""}),
    ("network_manager.cloud_setup", "nm-cloud-setup", {"unit": "nm-cloud-setup.service active enabled"}),
    ("time.sync", "nobody", {"x_time__synced": "", "unit": "sshd.service active enabled"}),
    ("names.hostname", "Web_1", {"hostname": "Web_1"}),
    ("names.hostname", "localhost", {"hostname": "localhost"}),
    ("names.localhost", "10.9.9.9", {"x_name__localhost": "1 10.9.9.9"}),
    ("names.own", "192.0.2.7", {"x_name__self": "1 192.0.2.7"}),
    ("dns.servers", "none", {"without": "x.dns.server"}),
    ("dns.answer", "10 s from 10.0.0.2", {"x_dns__answer": "10004 -"}),
    ("dns.wildcard", "192.0.2.9, by example.com", {"x_dns__answer": "3 192.0.2.9", "x_dns__search": "example.com"}),
    ("routes.default", "none", {"default_route": ""}),
    ("routes.overlap", "10.42.8.0/24 by tun9", {"x_route": "10.42.8.0/24 tun9"}),
    ("mtu.least", "1280", {"x_link": "1280 up 1000 52:54:00:00:00:99 card ens18"}),
    ("reach.release", "github.com: refused", {"x_reach": "000 7 https://github.com/rancher/rke2/releases"}),
    ("leftovers.rke2", "another", {"x_left__marker": "# another", "x_left__path": "/var/lib/rancher/rke2/server"}),
    ("leftovers.k3s", "/usr/local/bin/k3s", {"x_left__path": "/usr/local/bin/k3s"}),
    ("leftovers.kubeadm", "/opt/rke", {"x_left__path": "/opt/rke"}),
    ("leftovers.cni", "10-weave.conf", {"x_left__cni": "/etc/cni/net.d/10-weave.conf"}),
    ("leftovers.links", "cni0", {"x_left__link": "cni0"}),
    ("leftovers.processes", "kubelet", {"x_left__process": "kubelet"}),
    ("leftovers.agent", "runs", {"unit": "rancher-system-agent.service active enabled"}),
    ("ports.free", "6443 by haproxy", {"listener": "tcp 6443 haproxy"}),
    ("ports.ingress", "443 by nginx", {"listener": "tcp 443 nginx"}),
    ("packages.whole", "interrupted", {"x_packages__broken": "dpkg"}),
]


@pytest.mark.parametrize(("id", "saw", "changed"), SICK, ids=[f"{row[0]}-{row[1]}" for row in SICK])
def test_what_is_wrong_is_named_on_its_node(id: str, saw: str, changed: dict[str, str | tuple[str, ...]]) -> None:
    found = bad(site(**changed))
    assert found[id].verdict == "fail"
    assert saw in found[id].saw


@pytest.mark.parametrize(
    ("id", "key"),
    [
        ("identity.machine_id", "machine_id"),
        ("identity.product", "x_product_uuid"),
        ("identity.host_keys", "x_host_key"),
        ("identity.addresses", "x_address"),
        ("names.unique", "hostname"),
    ],
)
def test_clones_are_named_with_each_other(id: str, key: str) -> None:
    facts = {name: machine(name, **{key: "one eth0"}) for name in ("cp-1", "worker-1")}
    check = next(each for each in CHECKS if each.id == id)
    said = check.judge(spec(), facts)
    assert [said["cp-1"].verdict, said["worker-1"].verdict] == ["fail", "fail"]
    assert "worker-1" in said["cp-1"].saw
    assert "cp-1" in said["worker-1"].saw


@pytest.mark.parametrize(("ahead_s", "verdict"), [(0.4, "ok"), (-4.0, "warn"), (20.0, "fail"), (-1e9, "fail")])
def test_a_clock_is_measured_against_the_middle_of_all(ahead_s: float, verdict: str) -> None:
    from dataclasses import replace

    names = ("cp-1", "worker-1", "worker-2")
    # The jump host's own clock is an hour off.
    facts = {name: replace(machine(), clock_s=1.0, clock_ahead_s=3600.0) for name in names}
    facts["cp-1"] = replace(facts["cp-1"], clock_ahead_s=3600.0 + ahead_s)
    said = next(each for each in CHECKS if each.id == "time.skew").judge(spec(), facts)
    assert {name: found.verdict for name, found in said.items()} == dict.fromkeys(names, "ok") | {"cp-1": verdict}


@pytest.mark.parametrize(("version", "fails"), [("v1.34.2+rke2r1", False), ("v1.35.0+rke2r1", True)])
def test_control_groups_v1_stop_the_kubelets_that_refuse_them(version: str, fails: bool) -> None:
    assert ("kernel.cgroups" in bad(site(cgroup="v1"), spec(version=version))) is fails


def test_a_wider_route_hides_only_a_part_and_stops_nothing() -> None:
    assert bad(site(x_route="10.0.0.0/8 ens18"))["routes.overlap"].verdict == "warn"
    assert bad(site(x_route="10.43.0.0/16 ens18"))["routes.overlap"].verdict == "fail"


def test_what_apply_will_do_is_no_fault() -> None:
    sick = site(
        swap_mib="2048",
        x_firewall__active="ufw",
        unit=("NetworkManager.service active enabled", "nm-cloud-setup.timer active enabled", "chrony active -"),
    )
    wanted = spec(prepare={"swap_off": True, "firewall": "open", "nm_cloud_setup_off": True})
    assert bad(sick, wanted) == {}
    assert set(bad(sick)) == {"memory.swap", "firewall.manager", "network_manager.cloud_setup"}


def test_a_node_of_the_cluster_itself_may_hold_what_rke2_left() -> None:
    marker = "# Written by rancher-wizard for cluster prod (0123456789abcdef); apply writes it anew."
    running: dict[str, str | tuple[str, ...]] = {
        "x_left__path": ("/etc/rancher/rke2", "/var/lib/rancher/rke2/server", "/var/lib/kubelet"),
        "x_left__cni": "/etc/cni/net.d/10-canal.conflist",
        "x_left__link": ("cni0", "flannel.1"),
        "x_left__process": ("etcd", "kubelet"),
        "x_left__chain": "KUBE-SERVICES",
        "listener": ("tcp 6443 kube-apiserver", "tcp 9345 rke2", "tcp 443 nginx"),
        "x_route": ("10.42.1.0/24 flannel.1", "10.42.0.0/24 cni0"),
    }
    assert bad(site(x_left__marker=marker, **running)) == {}
    assert "leftovers.rke2" in bad(site(x_left__marker=marker.replace("prod", "other"), **running))


def test_a_disk_that_etcd_works_on_is_not_measured() -> None:
    assert "disk.fsync" not in bad(site(x_fsync="busy"))
    assert bad(site(without="x.fsync")) == {}


def test_a_virtual_address_that_servers_carry_is_of_their_network() -> None:
    balancer = {"kind": "kube-vip", "vip": "10.0.0.9"}
    assert bad(site(), spec(balancer=balancer)) == {}
    outside = bad(site(), spec(balancer=balancer | {"vip": "10.0.9.9"}))
    assert {name: each.saw for name, each in outside.items()} == {
        "registration.subnet": "10.0.9.9 is in none of 10.0.0.0/24"
    }


def test_a_virtual_address_that_somebody_has_is_told_with_who() -> None:
    balancer = {"kind": "kube-vip", "vip": "10.0.0.9"}
    taken = bad(site(x_registration__taken="52:54:00:aa:bb:cc"), spec(balancer=balancer))
    assert taken["registration.taken"].saw == "10.0.0.9 is held by 52:54:00:aa:bb:cc"


def test_logs_beside_etcd_on_a_small_file_system_are_a_warning() -> None:
    small: dict[str, str | tuple[str, ...]] = {"x_fs": "ext2/ext3 0 0 rw 30000 25000 /var/lib/rancher/rke2"}
    assert bad(site(**small))["disk.separate"].saw == "/var/lib/rancher/rke2 and /var/log share /, of 30000 MiB"
    own = small | {"mount": ("ext4 30000 25000 rw /", "ext4 30000 25000 rw /var/lib/rancher")}
    assert bad(site(**own)) == {}


def test_a_disk_that_turns_is_a_warning_unless_it_syncs_as_an_ssd_does() -> None:
    turning: dict[str, str | tuple[str, ...]] = {"x_disk": "turning sda /var/lib/rancher/rke2"}
    assert bad(site(**turning)) == {}
    assert bad(site(**turning, x_fsync="fio 300 9000 15000 90000"))["disk.kind"].saw == "sda is a turning disk"


def test_a_name_chooses_a_check_or_a_group_and_others_are_refused() -> None:
    assert [check.id for check in chosen(["memory.swap"])] == ["memory.swap"]
    assert {check.group for check in chosen(["disk"])} == {"disk"}
    assert chosen([]) == CHECKS
    with pytest.raises(BadUsage, match=r"memory\.swop") as caught:
        chosen(["memory.swop"])
    assert "memory.swap" in caught.value.hint
