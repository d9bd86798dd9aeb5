"""The lab's network: one namespace with a bridge, which is the jump host, and a namespace for each node."""

import os
import signal
from contextlib import suppress

from tests.lab.machine import run, title

JUMP = title()
BRIDGE = "rwlab0"
NET = "10.77.0"


def address(name: str) -> str:
    """Return the address of node `name`: n1 has .11, n2 .12, …"""
    return f"{NET}.{10 + int(name.removeprefix('n'))}"


def namespace(name: str) -> str:
    """Return the name of a node's network namespace."""
    return f"{JUMP}-{name}"


def up() -> None:
    """Make the jump host's namespace and the bridge, which is its interface too."""
    run("ip", "netns", "add", JUMP)
    _jump("link", "set", "lo", "up")
    # A bridge without an address of its own takes its lowest port's: each new port would outdate the nodes' ARP caches.
    _jump("link", "add", BRIDGE, "address", "02:52:57:00:00:01", "type", "bridge")
    _jump("addr", "add", f"{NET}.1/24", "dev", BRIDGE)
    _jump("link", "set", BRIDGE, "up")


def plug(name: str) -> None:
    """Give a node its namespace and its link to the bridge."""
    node = ("ip", "-n", namespace(name))
    run("ip", "netns", "add", namespace(name))
    # A machine that is renewed keeps its card, so that no neighbour's ARP cache goes stale.
    card = f"02:52:57:00:01:{int(name.removeprefix('n')):02x}"
    peer = ("name", "eth0", "address", card, "netns", namespace(name))
    _jump("link", "add", name, "type", "veth", "peer", *peer)
    _jump("link", "set", name, "master", BRIDGE, "up")
    run(*node, "link", "set", "lo", "up")
    run(*node, "addr", "add", f"{address(name)}/24", "dev", "eth0")
    run(*node, "link", "set", "eth0", "up")
    run(*node, "route", "add", "default", "via", f"{NET}.1")


def unplug(name: str) -> None:
    """Delete a node's link and namespace; whatever still holds the namespace would keep its link alive."""
    run("ip", "-n", JUMP, "link", "delete", name, check=False)
    run("ip", "netns", "delete", namespace(name))


def set_link(name: str, state: str) -> None:
    """Set a node's link at the bridge `up` or `down`."""
    _jump("link", "set", name, state)


def forget_connections(name: str) -> None:
    """Abort the TCP connections that dead processes left in a node's namespace."""
    run("ip", "netns", "exec", namespace(name), "ss", "--kill", "--tcp", "--all")


def attach(port: str, *, bridge: bool) -> None:
    """Put a port on the bridge, or take it off."""
    _jump("link", "set", port, *(("master", BRIDGE) if bridge else ("nomaster",)))


def down() -> None:
    """Delete all namespaces of a lab, present or forgotten, with whatever runs in them; links vanish with them."""
    for line in run("ip", "netns", "list").stdout.splitlines():
        name = line.split()[0] if line.split() else ""
        if name == JUMP or name.startswith(f"{JUMP}-n"):
            _end_all(name)
            run("ip", "netns", "delete", name)


def _end_all(namespace: str) -> None:
    """A killed test leaves its ssh clients and engines: each would hold the namespace, and a dead link, for ever."""
    for pid in map(int, run("ip", "netns", "pids", namespace).stdout.split()):
        if pid != os.getpid():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _jump(*argv: str) -> None:
    run("ip", "-n", JUMP, *argv)
