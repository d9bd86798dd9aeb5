"""Each mend on a real node: shown, brought about, found in place, and taken back without a trace."""

import difflib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.lab.base import SHELF
from tests.lab.lab import Lab
from tests.lab.nodes import LabNode
from tests.lab.operator import Operator
from wizard.mend.mend import MENDS, Doing, read

NODES = 3
PORTS = ("6443/tcp", "9345/tcp", "30000-32767/tcp", "8472/udp", "10.42.0.0/16", "fd42::/56")
NFT = """flush ruleset
table inet filter {
    chain input {
        type filter hook input priority 0; policy drop;
        ct state established,related accept
        iif "lo" accept
        tcp dport 22 accept
        ip protocol icmp accept
    }
}
"""
CLOUD = """[Unit]
Description=cloud setup
[Service]
ExecStart=/bin/sleep 600
[Install]
WantedBy=multi-user.target
"""
# Everything that a mend could leave behind: files with their times, rules, units, kernel settings, packages.
TRACES = (
    "find /etc /usr/local /var/lib/rancher-wizard /root -xdev -type f -printf '%m %u %T@ %p\\n' 2>/dev/null | "
    "grep -v -e ' /etc/firewalld/' -e ' /etc/ufw/' -e '/cache' | sort",
    "find /etc -xdev -type f ! -name '*-cache*' -exec sha256sum {} + | sort",
    "find /etc -xdev -type d | sort",
    # firewalld orders its own table anew at each change; what it says of its zones is compared instead.
    "nft list tables | grep -v firewalld | while read -r _ family name; do nft list table $family $name; done | "
    "sed 's/counter packets [0-9]* bytes [0-9]*//'",
    "systemctl list-unit-files --no-legend --no-pager",
    "systemctl list-units --no-legend --no-pager --type=service --state=active | awk '$1 !~ /@|timedated/ {print $1}'",
    "sysctl -n net.ipv4.ip_forward net.ipv4.conf.all.forwarding net.ipv6.conf.all.forwarding",
    "dpkg-query -W; firewall-cmd --list-all-zones; ufw status",
)


def traces(node: LabNode) -> list[str]:
    """Return all that is compared, line by line."""
    return [line for command in TRACES for line in node.run(command, check=False).stdout.splitlines()]


def changes(node: LabNode, before: list[str]) -> list[str]:
    """Return the lines that came or went since `before`."""
    return [line for line in difflib.ndiff(before, traces(node)) if line[:1] in "+-"]


def do(node: LabNode, mend: str, verb: str, *args: str) -> Doing:
    """Run a mend's script on the node as the wizard would."""
    done = node.run(MENDS[mend].script().command(mend, verb, *args), check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return read(done.stdout.splitlines())


def nothing_prepared(node: LabNode) -> None:
    """The node is as it is."""


def swap_in_fstab(node: LabNode) -> None:
    node.write("/etc/fstab", "/dev/vda1 / ext4 defaults 0 1\n/dev/vda2 none swap sw 0 0\n", mode=0o640)


def strict_nft(node: LabNode) -> None:
    node.write("/etc/nftables.conf", NFT, mode=0o755)
    node.run("systemctl enable -q --now nftables")


def running_firewalld(node: LabNode) -> None:
    node.run(f"cd {SHELF}; dpkg -i $(ls *.deb | grep -v ufw) 2>&1; systemctl start firewalld")


def running_ufw(node: LabNode) -> None:
    node.run(f"dpkg -i {SHELF}/ufw*.deb 2>&1; ufw allow ssh; ufw --force enable")


def strict_iptables(node: LabNode) -> None:
    node.run("iptables -A INPUT -i lo -j ACCEPT; iptables -A INPUT -p tcp --dport 22 -j ACCEPT; iptables -P INPUT DROP")


def cloud_setup(node: LabNode) -> None:
    node.write("/etc/systemd/system/nm-cloud-setup.service", CLOUD, mode=0o644)
    node.run("systemctl daemon-reload; systemctl enable -q --now nm-cloud-setup.service")


def idle_chrony(node: LabNode) -> None:
    # A container may not set the clock: chronyd runs without doing so.
    node.write("/etc/systemd/system/chrony.service.d/lab.conf", "[Unit]\nConditionCapability=\n", mode=0o644)
    node.write("/etc/default/chrony", 'DAEMON_OPTS="-F 0 -x"\n', mode=0o644)
    node.run("systemctl daemon-reload; systemctl disable -q --now chrony")


INDEX = """
import hashlib, pathlib, subprocess
for deb in sorted(pathlib.Path(".").glob("*.deb")):
    control = subprocess.run(["dpkg-deb", "-f", deb], capture_output=True, text=True, check=True).stdout
    digest = hashlib.sha256(deb.read_bytes()).hexdigest()
    print(f"{control}Filename: ./{deb}\\nSize: {deb.stat().st_size}\\nSHA256: {digest}\\n")
"""


def a_package_source(node: LabNode) -> None:
    """The shelf of the lab's base as the distribution's own source."""
    node.write("/etc/apt/sources.list", f"deb [trusted=yes] file:{SHELF} ./\n", mode=0o644)
    node.run(f"rm -f /etc/apt/sources.list.d/*; cd {SHELF}; python3 - >Packages; apt-get -q update", input=INDEX)


@dataclass(frozen=True)
class Case:
    """A mend on a node prepared to need it; `mended` is a command that succeeds once it was mended."""

    mend: str
    mended: str
    args: tuple[str, ...] = ()
    prepare: Callable[[LabNode], None] = nothing_prepared
    node: str = "n1"


CASES = {
    "swap": Case("swap", "! grep -q '^[^#].* swap ' /etc/fstab", prepare=swap_in_fstab),
    "modules": Case(
        "modules",
        "grep -qx overlay /etc/modules-load.d/rke2.conf",
        ("/etc/modules-load.d/rke2.conf", "br_netfilter", "overlay"),
    ),
    "sysctls": Case(
        "sysctls",
        "[ $(sysctl -n net.ipv6.conf.all.forwarding) = 1 ] && grep -qx 'net.ipv4.ip_forward = 1' /etc/sysctl.d/91.conf",
        ("/etc/sysctl.d/91.conf", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1", "net.no.such=1"),
    ),
    "network_manager": Case(
        "network_manager",
        "grep -q cali /etc/NetworkManager/conf.d/rke2-canal.conf",
        ("/etc/NetworkManager/conf.d/rke2-canal.conf", "[keyfile]", "unmanaged-devices=interface-name:cali*"),
    ),
    "cloud_setup": Case(
        "cloud_setup",
        "! systemctl is-active -q nm-cloud-setup && ! systemctl is-enabled -q nm-cloud-setup",
        ("nm-cloud-setup.service", "nm-cloud-setup.timer"),
        cloud_setup,
    ),
    "nft": Case(
        "firewall",
        "nft list chain inet filter input | grep -q 'tcp dport.*6443' && grep -q '^insert rule' /etc/nftables.conf",
        PORTS,
        strict_nft,
    ),
    "iptables": Case(
        "firewall",
        "iptables-save | grep -q -- '--dport 30000:32767' && iptables-save | grep -q -- '-s 10.42.0.0/16'",
        PORTS,
        strict_iptables,
    ),
    "firewalld": Case(
        "firewall",
        "firewall-cmd -q --query-port=8472/udp && firewall-cmd -q --permanent --query-port=30000-32767/tcp",
        PORTS,
        running_firewalld,
        "n2",
    ),
    "ufw": Case("firewall", "ufw status | grep -q '30000:32767/tcp *ALLOW'", PORTS, running_ufw, "n3"),
    "time": Case(
        "time",
        "systemctl is-active -q chrony && systemctl is-enabled -q chrony",
        ("chrony", "chrony", "chronyd"),
        idle_chrony,
    ),
    "packages": Case("packages", "dpkg-query -W ufw", ("ufw",), a_package_source),
}


@pytest.mark.parametrize("name", CASES)
def test_a_mend_is_shown_brought_about_and_taken_back_without_a_trace(lab: Lab, name: str) -> None:
    case = CASES[name]
    node = lab[case.node]
    case.prepare(node)
    try:
        before = traces(node)
        shown = do(node, case.mend, "look", *case.args)
        assert not shown.nothing
        assert changes(node, before) == []
        done = do(node, case.mend, "apply", *case.args)
        assert (done.commands, done.changes) == (shown.commands, shown.changes)
        assert node.run(case.mended, check=False).returncode == 0
        assert do(node, case.mend, "apply", *case.args).nothing
        do(node, case.mend, "undo")
        assert changes(node, before) == []
        assert do(node, case.mend, "undo").nothing
    finally:
        if case.node == "n1":
            node.run("nft flush ruleset; iptables -P INPUT ACCEPT; systemctl disable -q --now nftables", check=False)


def test_the_rules_of_a_mended_firewall_let_in_what_was_asked_for_and_no_more(lab: Lab) -> None:
    node = lab["n1"]
    strict_nft(node)
    try:
        do(node, "firewall", "apply", "6443/tcp")
        node.run("for port in 6443 6444; do systemd-run -q --unit=l$port --collect nc -lk $port; done")
        asked = "nc -z -w 1 {address} {port}"
        answers = {
            port: lab["n2"].run(asked.format(address=node.address, port=port), check=False).returncode == 0
            for port in (6443, 6444)
        }
        assert answers == {6443: True, 6444: False}
    finally:
        do(node, "firewall", "undo")
        node.run("systemctl stop l6443 l6444; nft flush ruleset; systemctl disable -q --now nftables", check=False)


def opened_iptables(node: LabNode) -> None:
    strict_iptables(node)
    node.run("iptables -A INPUT -p icmp -j ACCEPT; iptables -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT")


def closed(operator: Operator, spec: Path) -> dict[str, str]:
    """Return the next move of each node whose ports are closed to others."""
    done = operator.run("check", spec, "--only", "network.ports", "--json")
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)["findings"]
    return {name: each["next_move"] for name, [each] in found.items() if each["verdict"] == "fail"}


def test_the_lines_that_the_network_proof_tells_open_each_kind_of_firewall(lab: Lab, tmp_path: Path) -> None:
    operator, spec = Operator(lab, tmp_path), lab.spec(servers=1, agents=2)
    try:
        for node, close in ((lab["n1"], opened_iptables), (lab["n2"], running_firewalld), (lab["n3"], running_ufw)):
            close(node)
        named = operator.run("check", spec, "--only", "firewall.manager").stdout
        assert "n2: fail should firewall.manager: firewalld runs" in named
        assert "n3: fail should firewall.manager: ufw runs" in named
        told = closed(operator, spec)
        programs = {name: move.removeprefix(f"On {name}: ").split()[0] for name, move in told.items()}
        assert programs == {"n1": "iptables", "n2": "firewall-cmd", "n3": "ufw"}
        for name, move in told.items():
            lab[name].run(move.removeprefix(f"On {name}: "))
        assert closed(operator, spec) == {}
    finally:
        lab["n1"].run("iptables -P INPUT ACCEPT; iptables -F INPUT", check=False)
        lab["n2"].run("systemctl stop firewalld", check=False)
        lab["n3"].run("ufw --force disable", check=False)


def test_a_file_that_somebody_changed_since_is_left_alone(lab: Lab) -> None:
    node = lab["n2"]
    args = ("/etc/sysctl.d/90-rke2.conf", "net.ipv4.ip_forward=1")
    do(node, "sysctls", "apply", *args)
    node.run("echo vm.swappiness=1 >>/etc/sysctl.d/90-rke2.conf")
    refused = node.run(MENDS["sysctls"].script().command("sysctls", "undo"), check=False)
    assert refused.returncode == 1
    assert "was changed since" in refused.stderr
    assert "swappiness" in node.run("cat /etc/sysctl.d/90-rke2.conf").stdout


def test_what_check_found_is_mended_on_consent_and_taken_back(lab: Lab, tmp_path: Path) -> None:
    node, operator = lab["n1"], Operator(lab, tmp_path)
    spec = lab.spec(servers=1, agents=0, prepare={"firewall": "leave"})
    strict_nft(node)
    try:
        before = traces(node)
        found = operator.run("check", spec, "--only", "firewall.policy")
        assert "n1: fail should firewall.policy" in found.stdout, found.stdout + found.stderr
        refused = operator.run("check", spec, "--only", "firewall.policy", "--fix", "all")
        assert (refused.returncode, changes(node, before)) == (2, [])
        assert "nobody can be asked" in refused.stderr
        mended = operator.run("check", spec, "--only", "firewall.policy", "--fix", "all", "--yes")
        assert mended.returncode == 0, mended.stdout + mended.stderr
        assert "insert rule inet filter input tcp dport" in mended.stdout
        assert "firewall.policy" not in mended.stdout.partition("checked again")[2]
        undone = operator.run("check", spec, "--undo", "--yes")
        assert undone.returncode == 0, undone.stdout + undone.stderr
        assert changes(node, before) == []
        assert "nothing to take back" in operator.run("check", spec, "--undo", "--yes").stdout
    finally:
        node.run("nft flush ruleset; systemctl disable -q --now nftables", check=False)
