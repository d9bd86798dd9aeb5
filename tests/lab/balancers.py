"""Machines in front of a lab's cluster, and what stands behind them."""

from typing import Any

from tests.lab import network
from tests.lab.base import BALANCER_SHELF
from tests.lab.nodes import LabNode

TRACES = (
    "find /etc/haproxy /etc/keepalived /usr/local /etc/systemd/system /etc/apt /var/lib/rancher-wizard -type f "
    "-exec sha256sum {} + 2>/dev/null | sort -k2; dpkg-query -W -f '${Package}\\n' | sort"
)
"""Prints all that a balancer could leave behind on its machine: files by their digests, and packages."""


def offered(*nodes: LabNode) -> None:
    """Let the package manager of each node offer HAProxy and keepalived, as a mirror would."""
    for node in nodes:
        node.run(
            "rm -f /etc/apt/sources.list.d/*; "
            f"echo 'deb [trusted=yes] file:{BALANCER_SHELF} ./' >/etc/apt/sources.list; apt-get -qq update"
        )


def machine(name: str, **more: Any) -> dict[str, Any]:
    """Return the entry of a balancer's machine in a spec."""
    return {"name": name, "address": network.address(name)} | more
