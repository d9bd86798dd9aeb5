"""Names and addresses of a simulated site, and the spec that an operator would have written for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

CLUSTER = "demo"
VERSION = "v1.34.2+rke2r1"
REGISTRATION = "rke2.demo.test"
FRONT = "172.20.254"
VIP = f"{FRONT}.9"
"""What the pair of balancers shares, in the network that they stand in."""
ZONES = "abc"
# /24 a node: the usual /16 would have no room for 1,000 of them.
POD_NETWORK = "10.64.0.0/12"
PER_NET = 250


@dataclass(frozen=True, slots=True)
class Place:
    """One node of the layout."""

    name: str
    role: str
    zone: str
    address: str
    inner_address: str


@dataclass(frozen=True, slots=True)
class Layout:
    """The nodes of a site, servers first, and the balancers in front of them."""

    places: tuple[Place, ...]
    front: tuple[Place, ...] = ()

    @classmethod
    def of(cls, nodes: int, servers: int, *, balancers: bool = False) -> "Layout":
        """Return a site of so many nodes, of which the first are servers; with a pair of `balancers` or without."""
        pair = (Place(f"lb-{k}", "balancer", "", f"127.71.254.{k}", f"{FRONT}.{k}") for k in (1, 2))
        return cls(tuple(_places(nodes, min(servers, nodes))), tuple(pair) if balancers else ())

    def spec(self, port: int) -> str:
        """Return the cluster.yaml of this site, whose sshd all listen on `port`; its paths are beside it."""
        body: dict[str, Any] = {
            "apiVersion": "rancher-wizard/v1",
            "name": CLUSTER,
            "distribution": "rke2",
            "version": VERSION,
            "ssh": {
                "user": "root",
                "port": port,
                "key": "id_ed25519",
                "agent": False,
                "config": "none",
                "known_hosts": "known_hosts",
            },
            "network": {"cluster_cidr": POD_NETWORK},
            "registration": {"address": REGISTRATION},
            "source": {"kind": "online"},
            "nodes": [
                {
                    "name": place.name,
                    "address": place.address,
                    "internal_address": place.inner_address,
                    "role": place.role,
                    "zone": place.zone,
                }
                for place in self.places
            ],
        }
        if self.front:
            body["balancer"] = {
                "kind": "haproxy",
                "vip": VIP,
                "nodes": [
                    {"name": place.name, "address": place.address, "internal_address": place.inner_address}
                    for place in self.front
                ],
            }
        text = yaml.safe_dump(body, sort_keys=False, default_flow_style=None, width=160)
        return f"# A simulated site: its machines are part of the demo.\n{text}"


def _places(nodes: int, servers: int) -> Iterator[Place]:
    for number in range(nodes):
        name = f"cp-{number + 1}" if number < servers else f"worker-{number - servers + 1:03d}"
        role = "server" if number < servers else "agent"
        net, host = divmod(number, PER_NET)
        zone = ZONES[number % len(ZONES)]
        yield Place(name, role, zone, f"127.71.{net}.{host + 1}", f"172.20.{net}.{host + 1}")
