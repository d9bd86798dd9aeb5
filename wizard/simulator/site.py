"""The simulated site: its nodes, which of them an address leads to, and what joins them."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from wizard.simulator.clock import Clock
from wizard.simulator.cluster import CONFIG, Cluster
from wizard.simulator.fault import Faults, data
from wizard.simulator.hardware import hardware
from wizard.simulator.layout import REGISTRATION, Layout
from wizard.simulator.node import Node

FOREIGN = b"server: https://rke2.elsewhere.test:9345\ntoken: K10::node:unknown\nnode-name: old-17\n"


@dataclass(slots=True)
class Site:
    """All that one simulated site is."""

    nodes: dict[str, Node]
    clock: Clock
    faults: Faults
    seed: int
    under_way: bool = False
    """Whether a rollout holds the lock: before that, nodes are only looked at."""
    reported: bool = False
    """Whether a rollout has ended: what it met has been told by then."""
    cut: Callable[[Node], None] = field(default=lambda node: None)
    """Drops every connection of a node; the SSH server sets it."""

    @classmethod
    def of(cls, layout: Layout, *, seed: int, speed: float, fail: Mapping[str, str]) -> "Site":
        """Return a site of fresh machines. Raises BadUsage for a node or step to fail that is not there."""
        nodes = {
            place.name: Node.fresh(
                place.name,
                address=place.address,
                inner_address=place.inner_address,
                hardware=hardware(place.name, seed),
            )
            for place in (*layout.places, *layout.front)
        }
        site = cls(nodes, Clock(speed), Faults.of(fail, nodes), seed)
        for place in layout.places:
            name = place.name
            nodes[name].busy_port = "9345" if place.role == "server" else "6444"
            if site.faults.pending(name, "claim"):
                nodes[name].write(CONFIG, FOREIGN, mode=0o600, at=site.clock.now() - 90 * 86400)
        return site

    def behind(self, address: str) -> Cluster | None:
        """Return the cluster whose supervisor answers at an address; the registration name leads to any server."""
        for node in self.nodes.values():
            if node.supervisor and address in (REGISTRATION, node.name, node.address, node.inner_address):
                return node.cluster
        return None

    def leave(self, node: Node, seconds: float) -> None:
        """Cut a node's network for a simulated while."""
        node.away_until = asyncio.get_running_loop().time() + self.clock.real(seconds)
        self.cut(node)

    def lose_link(self, node: Node) -> None:
        """Cut a node's network as its fault `reach` says."""
        self.leave(node, data("reach")["lasts_s"])

    def close(self) -> None:
        """End whatever still goes on on the nodes."""
        for node in self.nodes.values():
            if node.listening:
                node.listening.close()
            for unit in node.units.values():
                if unit.work:
                    unit.work.cancel()
