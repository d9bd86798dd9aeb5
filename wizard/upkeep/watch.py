"""Looks at a running cluster again and again: one command a node; what was seen of one that falls silent stays."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from wizard.balancers.status import Status
from wizard.balancers.status import look as look_at_balancers
from wizard.checks.cluster.look import script as cluster_script
from wizard.distros.rke1.state import at_socket
from wizard.errors import HostError
from wizard.hosts.host import Host
from wizard.hosts.script import Script, load_script
from wizard.spec.models import Spec
from wizard.upkeep.halfway import halfway
from wizard.upkeep.standing import NodeStands, Standing, seen

AT_ONCE = 32
LOOK_S = 90.0
EVERY_S = 10.0
"""Seconds from the end of a look to the next."""


def probe(spec: Spec, node: str) -> Script:
    """Return the one command that a node is asked by."""
    by_rke = spec.distribution == "rke1"
    own = load_script(Path(__file__).parent, "look_standing_rke1" if by_rke else "look_standing")
    whole = Script(own.name, f"{own.text}\n{cluster_script('look_certificates').text}")
    return at_socket(whole, spec, node) if by_rke else whole


class Watch:
    """One cluster, looked at through `hosts`; `now` gives epoch seconds.

    What was begun on it and is not ended is read in `state`, its folder here.
    """

    def __init__(
        self, spec: Spec, hosts: Callable[[str], Host], *, state: Path, now: Callable[[], float] = time.time
    ) -> None:
        self.standing = Standing(spec, now(), {node.name: NodeStands(node.name, node.role) for node in spec.nodes})
        """What was seen last."""
        self._hosts = hosts
        self._state = state
        self._now = now
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def look(self) -> Standing:
        """Ask every node and balancer once; changes nothing anywhere. A node that can't be asked is kept with why."""
        spec = self.standing.spec
        async with asyncio.TaskGroup() as group:
            nodes = [group.create_task(self._ask(node)) for node in self.standing.nodes.values()]
            front = group.create_task(self._balancers())
        found = {task.result().name: task.result() for task in nodes}
        self.standing = Standing(spec, self._now(), found, front.result(), halfway(self._state))
        return self.standing

    async def _ask(self, node: NodeStands) -> NodeStands:
        async with self._slots:
            try:
                result = await self._hosts(node.name).run(
                    probe(self.standing.spec, node.name), node.role, timeout_s=LOOK_S, check=False
                )
            except HostError as error:
                return replace(node, error=error, silent_since=node.silent_since or self._now())
        return NodeStands(node.name, node.role, seen(result.lines, self._now()))

    async def _balancers(self) -> Status | None:
        spec = self.standing.spec
        return await look_at_balancers(spec, self._hosts) if spec.front else None
