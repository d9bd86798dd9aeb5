"""Each fault does what it says, and its undo undoes it."""

import pytest

from tests.lab import faults
from tests.lab.conftest import renew
from tests.lab.lab import Lab

NODES = 2


def pings(lab: Lab, name: str, *, count: int = 1) -> int:
    """Return how many of `count` pings of a node from the jump host come back; each may take half a second."""
    words = ("ping", "-n", "-i", "0.05", "-W", "0.5", "-c", str(count), lab[name].address)
    return lab.jump(*words).stdout.count("bytes from")


def talks(lab: Lab, source: str, target: str, port: int) -> bool:
    """Return whether one node can open a TCP connection to another's port."""
    return lab[source].run(f"nc -z -w 1 {lab[target].address} {port}", check=False).returncode == 0


def test_a_cut_node_is_silent_until_its_cable_is_back(lab: Lab) -> None:
    with faults.cut(lab["n1"]):
        assert pings(lab, "n1") == 0
        assert pings(lab, "n2") == 1
    # The jump host asks for a neighbour that did not answer again only after a moment.
    assert pings(lab, "n1", count=100) > 0


def test_a_power_cut_ends_everything_and_keeps_the_disk(lab: Lab) -> None:
    node = lab["n1"]
    node.run("echo kept >/etc/kept; echo kept >/var/lib/rancher/kept; sync")
    before = node.boot_id()
    faults.power_cut(node)
    assert node.leader() is None
    assert pings(lab, "n1") == 0
    faults.power_on(node)
    assert node.boot_id() != before
    assert node.ssh("cat /etc/kept /var/lib/rancher/kept").stdout.split() == ["kept", "kept"]


def test_a_reboot_is_a_new_boot_of_the_same_machine(lab: Lab) -> None:
    node = lab["n1"]
    machine, boot = node.ssh("cat /etc/machine-id").stdout, node.boot_id()
    faults.reboot(node)
    assert node.boot_id() != boot
    assert node.ssh("cat /etc/machine-id").stdout == machine


def test_a_dropped_port_is_silent_and_the_others_answer(lab: Lab) -> None:
    with faults.occupied_port(lab["n1"], 6443), faults.drop(lab["n1"], 6443):
        assert not talks(lab, "n2", "n1", 6443)
        assert talks(lab, "n2", "n1", 22)
        assert talks(lab, "n1", "n2", 22)
    assert not talks(lab, "n2", "n1", 6443)
    with faults.occupied_port(lab["n1"], 6443):
        assert talks(lab, "n2", "n1", 6443)


def test_a_port_dropped_outwards_stops_the_node_alone(lab: Lab) -> None:
    with faults.drop(lab["n1"], 22, direction="out"):
        assert not talks(lab, "n1", "n2", 22)
        assert talks(lab, "n2", "n1", 22)
    assert talks(lab, "n1", "n2", 22)


def test_loss_takes_some_frames_and_leaves_some(lab: Lab) -> None:
    with faults.loss(lab["n1"], 30):
        assert 2 <= pings(lab, "n1", count=40) <= 38
    assert pings(lab, "n1", count=10) == 10


def test_a_full_disk_has_just_what_was_left(lab: Lab) -> None:
    node = lab["n1"]
    write = "dd if=/dev/zero of=/var/lib/rancher/file bs=1M count={} status=none"
    with faults.full_disk(node, leave_mib=8):
        node.run(write.format(6))
        refused = node.run(write.format(12), check=False)
        assert "No space left on device" in refused.stderr
    node.run(write.format(64) + " && rm /var/lib/rancher/file")


def test_an_occupied_port_can_not_be_taken_twice(lab: Lab) -> None:
    node = lab["n1"]
    listen = "python3 -c 'import socket; socket.create_server((str(), 9345))'"
    with faults.occupied_port(node, 9345):
        assert "Address already in use" in node.run(listen, check=False).stderr
    node.run(listen)


@pytest.mark.parametrize("way", ["ping", "bulk"])
def test_a_delayed_node_answers_late_and_whole(lab: Lab, way: str) -> None:
    node = lab["n1"]
    with faults.delay(node, 80):
        if way == "ping":
            assert fastest_ping_ms(lab, "n1") >= 160
            assert fastest_ping_ms(lab, "n2") < 80
        else:
            sent = node.ssh("head -c 2000000 /dev/zero | tee /dev/stderr | sha256sum; true", timeout=30)
            assert len(sent.stderr) == 2_000_000
    assert fastest_ping_ms(lab, "n1") < 80


def fastest_ping_ms(lab: Lab, name: str) -> float:
    """Return the fastest of three round trips."""
    out = lab.jump("ping", "-n", "-i", "0.05", "-W", "2", "-c", "3", lab[name].address).stdout
    return min(float(word.removeprefix("time=")) for word in out.split() if word.startswith("time="))


def test_a_renewed_node_is_another_machine_at_the_same_address(lab: Lab) -> None:
    node = lab["n2"]
    node.run("touch /etc/old /var/lib/rancher/old")
    machine, known = node.ssh("cat /etc/machine-id").stdout, lab.known_hosts.read_text()
    renew(lab, "n2")
    assert node.ssh("cat /etc/machine-id").stdout != machine
    assert node.ssh("ls -d /etc/old /var/lib/rancher/*", check=False).stdout == ""
    assert lab.known_hosts.read_text().count(node.address + " ") == 1
    assert lab.known_hosts.read_text() != known


def test_the_mirror_serves_versions_and_the_install_script(lab: Lab) -> None:
    url = lab.mirror("v1.34.2+rke2r1")
    fetched = lab["n1"].ssh(f"curl -sSf {url}/v1.34.2%2Brke2r1/sha256sum-amd64.txt {url}/install.sh").stdout
    assert "rke2.linux-amd64.tar.gz" in fetched
    assert "#!/bin/sh" in fetched
