"""The words that differ from node to node in what RKE2 says."""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from wizard.simulator.node import Node

YEAR_S = 365 * 86400


def stamp(at: float) -> str:
    """Return a time as logrus prints it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def words(node: Node, config: Mapping[str, Any]) -> dict[str, str]:
    """Return what the variables of profiles/simulator.yaml stand for on a node with this config.yaml."""
    now = time.time()
    members = node.cluster.members if node.cluster else {}
    servers = {name: member for name, member in members.items() if member.role == "server" and name != node.name}
    return {
        "version": node.version,
        "tag": node.version.replace("+", "-"),
        "node": node.name,
        "address": node.inner_address,
        "server": urlsplit(str(config.get("server", ""))).hostname or node.inner_address,
        "members": ",".join(f"{name}=https://{member.address}:2380" for name, member in servers.items()),
        "etcd_id": node.hardware.etcd_id,
        "epoch": str(int(now)),
        "made": f"{stamp(now)[:10]} {stamp(now)[11:19]} +0000 UTC",
        "ends": f"{stamp(now + YEAR_S)[:10]} {stamp(now)[11:19]} +0000 UTC",
        "cluster_cidr": str(config.get("cluster-cidr", "10.42.0.0/16")),
    }
