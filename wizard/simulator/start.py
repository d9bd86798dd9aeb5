"""What goes on in an RKE2 unit once it is started: the lines it says, and what has come about by each."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from string import Template
from typing import Any
from urllib.parse import urlsplit

import yaml

from wizard.profiles import profile
from wizard.simulator.cluster import AGENT_CA, CONFIG, DATA, KUBECONFIG, SERVER_CA, Cluster, Member, kubeconfig
from wizard.simulator.fault import data
from wizard.simulator.node import Node, Unit
from wizard.simulator.site import Site
from wizard.simulator.words import stamp, words

ETCD = f"{DATA}/server/db/etcd/member/snap/db"
SUPERVISOR_PORT = 9345


def launch(site: Site, node: Node, role: str) -> None:
    """Start a node's unit, or restart it."""
    unit = node.units[f"rke2-{role}"]
    if unit.work:
        unit.work.cancel()
    unit.active, unit.sub, unit.result, unit.restarts = "activating", "start", "success", 0
    unit.work = asyncio.create_task(_keep_up(site, node, role, unit))
    node.journal.stir()


async def _keep_up(site: Site, node: Node, role: str, unit: Unit) -> None:
    """Begin again whenever the process ends badly, as systemd does."""
    while True:
        unit.active, unit.sub, unit.started_s = "activating", "start", site.clock.now()
        if await Start(site, node, role, unit).run():
            return
        node.supervisor = False
        unit.sub, unit.result, unit.main_status = "auto-restart", "exit-code", 1
        node.journal.stir()
        await site.clock.sleep(profile("simulator")["again"]["restart"])
        unit.restarts += 1


class Start:
    """One start of RKE2 on a node, from its first line to a healthy member."""

    def __init__(self, site: Site, node: Node, role: str, unit: Unit) -> None:
        self._site = site
        self._node = node
        self._role = role
        self._unit = unit
        # RKE2 reads its configuration once: a corrected one takes a restart.
        self._config = _config(node)
        self._script = profile("simulator")
        self._dice = random.Random(f"{site.seed}/{node.name}/start")  # noqa: S311 - repeatable on purpose
        self._effects: dict[str, Callable[[], Awaitable[bool]]] = {
            "admission": self._admission,
            "ca": self._ca,
            "agent_ca": self._agent_ca,
            "kubeconfig": self._kubeconfig,
            "supervisor": self._supervisor,
            "learner": self._learner,
            "promote": self._promote,
            "register": self._register,
            "up": self._up,
            "ready": self._ready,
            "voter": self._voter,
        }

    async def run(self) -> bool:
        """Say it all; False when the process has ended itself."""
        kind = self._kind()
        try:
            for part in self._script["starts"][kind]:
                for entry in self._script["parts"][part]:
                    if not await self._go_on(entry):
                        return False
        finally:
            self._leave_etcd()
        return not kind.endswith("port_in_use")

    def _kind(self) -> str:
        if self._site.faults.pending(self._node.name, "start"):
            return f"{self._role}_port_in_use"
        if self._role == "agent":
            return "agent"
        if self._node.cluster is not None and ETCD in self._node.files:
            return "return"
        return "join" if "server" in self._config else "first"

    async def _go_on(self, entry: Any) -> bool:
        if isinstance(entry, dict):
            return await self._effects[entry["do"]]()
        wait_s, level, text = entry
        if wait_s:
            pace = self._script["scale"] * self._node.hardware.pace * self._dice.uniform(0.8, 1.2)
            await self._site.clock.sleep(wait_s * pace)
        if text:
            self._say(level, Template(text).safe_substitute(words(self._node, self._config)))
        return True

    def _say(self, level: str, text: str) -> None:
        line = f'time="{stamp(self._site.clock.now())}" level={level} msg={text}'
        self._node.journal.write(f"rke2-{self._role}", line)

    @property
    def _door(self) -> str:
        return urlsplit(str(self._config.get("server", ""))).hostname or ""

    async def _admission(self) -> bool:
        """Ask the server to be let in: an agent asks for ever, a server's process ends."""
        while refusal := self._refusal():
            if self._role == "server":
                self._say("fatal", f'"{refusal}"')
                return False
            self._say("error", f'"{refusal}"')
            await self._site.clock.sleep(self._script["again"]["agent"])
        return True

    def _refusal(self) -> str:
        url = f"https://{self._door}:{SUPERVISOR_PORT}"
        cluster = self._site.behind(self._door)
        blocked = f"Failed to validate connection to cluster at {url}: " if self._role == "agent" else "starting rke2: "
        if cluster is None:
            refused = f"dial tcp {self._door}:{SUPERVISOR_PORT}: connect: connection refused"
            return f'{blocked}failed to get CA certs: Get \\"{url}/cacerts\\": {refused}'
        said = cluster.refuses(str(self._config.get("token", "")), self._role)
        if said.startswith("401"):
            waits = f"Waiting to retrieve agent configuration; server is not ready: {url}/v1-rke2/config: {said}"
            return waits if self._role == "agent" else f"{blocked}{url}/v1-rke2/server-bootstrap: {said}"
        if not said:
            self._node.cluster = cluster
        return f"{blocked}{said}" if said else ""

    async def _ca(self) -> bool:
        if self._node.cluster is None:
            seed = f"{self._site.seed}/{self._node.name}"
            self._node.cluster = Cluster.begin(self._config, seed=seed)
            self._keep(ETCD, b"simulated")
        self._keep(SERVER_CA, self._node.cluster.ca, mode=0o644)
        return True

    async def _agent_ca(self) -> bool:
        self._keep(AGENT_CA, self._cluster.ca, mode=0o644)
        return True

    async def _kubeconfig(self) -> bool:
        self._keep(KUBECONFIG, kubeconfig(self._cluster.ca))
        return True

    async def _supervisor(self) -> bool:
        self._node.supervisor = True
        return True

    async def _learner(self) -> bool:
        while self._cluster.learner not in ("", self._node.name):
            waits = "Waiting for other members to finish joining etcd cluster: "
            self._say("info", f'"{waits}etcdserver: too many learner members in cluster"')
            await self._site.clock.sleep(self._script["again"]["learner"])
        self._cluster.learner = self._node.name
        return True

    async def _promote(self) -> bool:
        self._keep(ETCD, b"simulated")
        self._leave_etcd()
        return True

    def _leave_etcd(self) -> None:
        if self._node.cluster and self._node.cluster.learner == self._node.name:
            self._node.cluster.learner = ""

    async def _register(self) -> bool:
        known = self._cluster.members.get(self._node.name)
        member = Member(self._role, self._node.inner_address, self._node.version, voter=bool(known and known.voter))
        self._cluster.members[self._node.name] = member
        return True

    async def _up(self) -> bool:
        self._unit.active, self._unit.sub, self._unit.result = "active", "running", "success"
        self._node.journal.stir()
        return True

    async def _ready(self) -> bool:
        if self._site.faults.pending(self._node.name, "ready"):
            await self._site.clock.sleep(data("ready")["lasts_s"])
            self._site.faults.strike(self._node.name, "ready")
        self._cluster.members[self._node.name].ready = True
        return True

    async def _voter(self) -> bool:
        self._cluster.members[self._node.name].voter = True
        return True

    @property
    def _cluster(self) -> Cluster:
        assert self._node.cluster is not None  # noqa: S101 - admission or the CA came before
        return self._node.cluster

    def _keep(self, path: str, content: bytes, *, mode: int = 0o600) -> None:
        there = self._node.files.get(path)
        if there is None or there.data != content:
            self._node.write(path, content, mode=mode, at=self._site.clock.now())


def _config(node: Node) -> dict[str, Any]:
    file = node.files.get(CONFIG)
    with contextlib.suppress(yaml.YAMLError):
        loaded = yaml.safe_load(file.data) if file else {}
        return loaded if isinstance(loaded, dict) else {}
    return {}
