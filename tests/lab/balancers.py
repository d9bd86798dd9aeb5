"""Machines in front of a lab's cluster, and what stands behind them."""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tests.lab import asker, faults, ingress, network
from tests.lab.base import BALANCER_SHELF
from tests.lab.nodes import LabNode
from wizard.balancers.gap import longest_gap

if TYPE_CHECKING:
    from tests.lab.lab import Lab

TRACES = (
    "find /etc/haproxy /etc/keepalived /usr/local /etc/systemd/system /etc/apt /var/lib/haproxy "
    "/var/lib/rancher-wizard -type f -exec sha256sum {} + 2>/dev/null | sort -k2; "
    "dpkg-query -W -f '${Package}\\n' | sort"
)
"""Prints all that a balancer could leave behind on its machine: files by their digests, and packages."""


def offered(*nodes: LabNode) -> None:
    """Let the package manager of each node offer HAProxy and keepalived, as a mirror would."""
    for node in nodes:
        node.run(
            "rm -f /etc/apt/sources.list.d/*; "
            f"echo 'deb [trusted=yes] file:{BALANCER_SHELF} ./' >/etc/apt/sources.list; apt-get -qq update"
        )


def ingresses(*nodes: LabNode, ports: Mapping[int, bool] = MappingProxyType({80: False, 443: True})) -> None:
    """Let each server have an ingress that comes and goes with its RKE2; `ports`: whether each speaks TLS."""
    program = Path(ingress.__file__).read_text()
    for node in nodes:
        node.write("/root/ingress.py", program)
        node.run(
            "cd /root; openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=ingress "
            "-days 2 -keyout key -out crt 2>/dev/null; cat crt key >pem"
        )
        for port, tls in ports.items():
            pem = "/root/pem" if tls else "-"
            unit = "[Unit]\nPartOf=rke2-server.service\n[Service]\nRestart=always\nRestartSec=0.2\n"
            unit += f"ExecStart=/usr/bin/python3 /root/ingress.py {node.name} {pem} {port}\n"
            node.write(f"/run/systemd/system/ingress-{port}.service", unit, mode=0o644)
        units = " ".join(f"ingress-{port}.service" for port in ports)
        node.run(
            "mkdir -p /run/systemd/system/rke2-server.service.d; printf '[Unit]\nWants=%s\n' '" + units + "' "
            f">/run/systemd/system/rke2-server.service.d/ingress.conf; systemctl daemon-reload; systemctl start {units}"
        )


def machine(name: str, **more: Any) -> dict[str, Any]:
    """Return the entry of a balancer's machine in a spec."""
    return {"name": name, "address": network.address(name)} | more


class Asked:
    """What a client got that asked through a balancer all the while."""

    def __init__(self) -> None:
        self.answers: list[tuple[float, float, str]] = []

    @property
    def lost(self) -> list[str]:
        """What it got instead of an answer."""
        return [said for *_, said in self.answers if said.startswith("!")]

    @property
    def gap_s(self) -> float:
        """The longest time without an answer."""
        return longest_gap(ended for _, ended, said in self.answers if not said.startswith("!"))


@contextmanager
def asking(lab: "Lab", address: str, port: int = 6443) -> Iterator[Asked]:
    """Ask a port all the while, from the jump host."""
    asked = Asked()
    client = lab.jump_start(sys.executable, "-I", asker.__file__, address, str(port), stdin=PIPE, stdout=PIPE)
    try:
        time.sleep(1)
        yield asked
        time.sleep(1)
    finally:
        said, _ = client.communicate(timeout=30)
    asked.answers = [(at, ended, text) for at, ended, text in json.loads(said)]


def carries(node: LabNode, address: str) -> bool:
    """Whether a machine has this address now."""
    return bool(node.leader()) and f" {address}/" in str(node.run("ip -o addr show").stdout)


def carrier(*machines: LabNode, address: str) -> LabNode:
    """Wait until just one of these machines carries an address; return it."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = [node for node in machines if carries(node, address)]
        if len(found) == 1:
            return found[0]
        time.sleep(0.2)
    raise TimeoutError(f"{address} is not on just one machine")


def taken_over(node: LabNode, address: str) -> None:
    """Wait until a machine carries an address."""
    end = time.monotonic() + 60
    while not carries(node, address):
        if time.monotonic() > end:
            raise TimeoutError(f"{node.name} does not take over")
        time.sleep(0.05)


@contextmanager
def killed(node: LabNode) -> Iterator[None]:
    """Its haproxy is killed by -9, and stays away: systemd would start it again within a second."""
    drop_in = "/run/systemd/system/haproxy.service.d/99-test.conf"
    node.write(drop_in, "[Service]\nRestart=no\n")
    node.run("systemctl daemon-reload; pkill -KILL -x haproxy")
    yield
    node.run(f"rm {drop_in}; systemctl daemon-reload; systemctl start haproxy")


@contextmanager
def without_power(node: LabNode) -> Iterator[None]:
    """It is switched off at once, and on again afterwards."""
    faults.power_cut(node)
    yield
    faults.power_on(node)
