"""What can go wrong on a node, one call each; whatever has an undo is a context manager."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Literal

from tests.lab import network, processes, wire
from tests.lab.machine import run
from tests.lab.nodes import LabNode

_tables = count(1)


@contextmanager
def cut(node: LabNode) -> Iterator[None]:
    """Unplug its cable."""
    network.set_link(node.name, "down")
    try:
        yield
    finally:
        network.set_link(node.name, "up")


@contextmanager
def no_ssh(node: LabNode) -> Iterator[None]:
    """End its sessions of SSH and let nobody in: whatever runs on it goes on, and reaches others."""
    node.run("systemctl stop ssh.socket ssh 2>/dev/null; pkill -KILL -f '^sshd(-session)?: '", check=False)
    try:
        yield
    finally:
        node.run("systemctl start ssh.socket ssh 2>/dev/null || systemctl start ssh")


def power_cut(node: LabNode) -> None:
    """Take its power away: every process on it dies at once, and no peer hears of it. `power_on` ends it."""
    # First the cable, or its kernel, which is ours and lives on, would say goodbye for the dead.
    network.set_link(node.name, "down")
    node.power_cut()


def power_on(node: LabNode) -> None:
    """Switch it on and wait until it is up; its disk is as it was."""
    network.forget_connections(node.name)
    network.set_link(node.name, "up")
    node.start()
    node.wait_up()


def reboot(node: LabNode) -> None:
    """Reboot it from inside, as an operator would, and wait until it is up again."""
    node.reboot()


@contextmanager
def drop(
    node: LabNode, port: int, *, proto: Literal["tcp", "udp"] = "tcp", direction: Literal["in", "out"] = "in"
) -> Iterator[None]:
    """Lose without a word what comes to a port of the node (`in`), or what it sends to that port elsewhere (`out`)."""
    with _filter(node, {direction: f"{proto} dport {port} drop"}):
        yield


@contextmanager
def loss(node: LabNode, percent: int) -> Iterator[None]:
    """Lose that share of its frames, each way."""
    rule = f"numgen random mod 100 < {percent} drop"
    with _filter(node, {"in": rule, "out": rule}):
        yield


@contextmanager
def _filter(node: LabNode, rules: dict[str, str]) -> Iterator[None]:
    """At the device rather than in `output`, where a drop is an error that the sender sees."""
    table = f"netdev fault_{os.getpid()}_{next(_tables)}"
    hooks = {"in": "ingress", "out": "egress"}
    chains = "\n".join(
        f"  chain {way} {{ type filter hook {hooks[way]} device eth0 priority 0; {rule}; }}"
        for way, rule in rules.items()
    )
    _nft(network.namespace(node.name), f"table {table} {{\n{chains}\n}}\n")
    try:
        yield
    finally:
        # `add` first: the node may have flushed its rules meanwhile.
        _nft(network.namespace(node.name), f"add table {table}\ndelete table {table}\n")


def _nft(namespace: str, rules: str) -> None:
    run("ip", "netns", "exec", namespace, "nft", "-f", "-", input=rules)


@contextmanager
def full_disk(node: LabNode, *, leave_mib: int = 0) -> Iterator[None]:
    """Fill the filesystem under its /var/lib/rancher up to what shall be left."""
    disk = node.home / "data"
    ballast = disk / ".ballast"
    free = os.statvfs(disk)
    size = free.f_bavail * free.f_frsize - (leave_mib << 20)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, size)
    try:
        yield
    finally:
        ballast.unlink(missing_ok=True)


@contextmanager
def occupied_port(node: LabNode, port: int) -> Iterator[None]:
    """Let a foreign program listen at a TCP port of the node, on all its addresses."""
    unit = f"occupied-{port}"
    node.run(f"systemd-run --quiet --collect --unit={unit} nc -lk 0.0.0.0 {port}")
    node.run(f"until ss -Hltn sport = :{port} | grep -q .; do sleep 0.02; done", timeout=10)
    try:
        yield
    finally:
        # A node that is off, or was since, has no such unit any more.
        if node.leader() is not None:
            node.run(f"systemctl stop {unit}", check=False)


@contextmanager
def delay(node: LabNode, ms: float) -> Iterator[None]:
    """Hold each of its frames for `ms` milliseconds, each way: a round trip takes twice that."""
    near, far = f"{node.name}w", f"{node.name}x"
    _jump("link", "add", near, "type", "veth", "peer", "name", far)
    try:
        _jump("link", "set", near, "up")
        _jump("link", "set", far, "up")
        with _segmented(node, near), _deaf(node.name, far):
            network.attach(node.name, bridge=False)
            network.attach(near, bridge=True)
            with _relay(node, far, ms):
                yield
    finally:
        _jump("link", "delete", near)
        network.attach(node.name, bridge=True)


@contextmanager
def _relay(node: LabNode, far: str, ms: float) -> Iterator[None]:
    home = node.home.parent.parent / "wires" / node.name
    home.mkdir(parents=True, exist_ok=True)
    note, log = home / "note", home / "log"
    log.unlink(missing_ok=True)
    words = ("ip", "netns", "exec", network.JUMP, sys.executable, "-I", wire.__file__, node.name, far, str(ms))
    processes.start(note, *words, stays=node.stays, log=log)
    try:
        _wait_ready(note, log)
        yield
    finally:
        processes.kill(note)


def _wait_ready(note: Path, log: Path) -> None:
    while wire.READY not in log.read_text():
        if processes.alive(note) is None:
            raise RuntimeError(f"the wire broke: {log.read_text()}")
        time.sleep(0.01)


@contextmanager
def _segmented(node: LabNode, near: str) -> Iterator[None]:
    """Whatever sends into the wire must make whole frames of true checksums, as a real card does last."""
    try:
        _offload(network.namespace(node.name), "eth0", "off")
        _offload(network.JUMP, near, "off")
        yield
    finally:
        _offload(network.namespace(node.name), "eth0", "on")


def _offload(namespace: str, device: str, state: str) -> None:
    features = (word for feature in ("tx", "gso", "tso") for word in (feature, state))
    run("ip", "netns", "exec", namespace, "ethtool", "-K", device, *features)


@contextmanager
def _deaf(*devices: str) -> Iterator[None]:
    """Keep the jump host from answering frames that only pass through the wire; its relay hears them earlier."""
    table = f"netdev wire_{devices[0]}"
    chains = "\n".join(
        f"  chain {device} {{ type filter hook ingress device {device} priority 0; policy drop; }}"
        for device in devices
    )
    _nft(network.JUMP, f"table {table} {{\n{chains}\n}}\n")
    try:
        yield
    finally:
        _nft(network.JUMP, f"add table {table}\ndelete table {table}\n")


def _jump(*argv: str) -> None:
    run("ip", "-n", network.JUMP, *argv)
