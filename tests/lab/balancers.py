"""Machines in front of a lab's cluster, and what stands behind them."""

from pathlib import Path
from typing import Any

from tests.lab import ingress, network
from tests.lab.base import BALANCER_SHELF
from tests.lab.nodes import LabNode

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


def ingresses(*nodes: LabNode) -> None:
    """Let each server have an ingress that comes and goes with its RKE2, on 80 and 443."""
    program = Path(ingress.__file__).read_text()
    for node in nodes:
        node.write("/root/ingress.py", program)
        node.run(
            "cd /root; openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=ingress "
            "-days 2 -keyout key -out crt 2>/dev/null; cat crt key >pem"
        )
        for port, pem in ((80, "-"), (443, "/root/pem")):
            unit = "[Unit]\nPartOf=rke2-server.service\n[Service]\nRestart=always\nRestartSec=0.2\n"
            unit += f"ExecStart=/usr/bin/python3 /root/ingress.py {node.name} {pem} {port}\n"
            node.write(f"/run/systemd/system/ingress-{port}.service", unit, mode=0o644)
        node.run(
            "mkdir -p /run/systemd/system/rke2-server.service.d; printf '[Unit]\nWants=ingress-80.service "
            "ingress-443.service\n' >/run/systemd/system/rke2-server.service.d/ingress.conf; "
            "systemctl daemon-reload; systemctl start ingress-80 ingress-443"
        )


def machine(name: str, **more: Any) -> dict[str, Any]:
    """Return the entry of a balancer's machine in a spec."""
    return {"name": name, "address": network.address(name)} | more
