"""One simulated site with everything that a test asks of it."""

from collections.abc import Mapping
from pathlib import Path

import asyncssh

from wizard.distros.prepare.firewall import PROBE as FIREWALL
from wizard.distros.rke2.state import CONFIG, PROBE, Rke2State, read_state
from wizard.distros.rke2.state import ROOM as RKE2
from wizard.hosts.facts import Facts, probe
from wizard.hosts.host import Host
from wizard.hosts.output import Result
from wizard.hosts.script import Script, load_script
from wizard.hosts.target import Credentials, Target
from wizard.hosts.upload import write_file
from wizard.hosts.wire import Wire
from wizard.rollout.lock import REMOTE_LOCK
from wizard.simulator.layout import REGISTRATION, VERSION, Layout
from wizard.simulator.server import Doors
from wizard.simulator.site import Site

FAST = 2000.0
TOKEN = "sesame-sesame-sesame-sesame-sesame"
AGENT_TOKEN = "agents-agents-agents-agents-agents"


class Simulated:
    """A site that listens, driven through the product's own wire."""

    def __init__(
        self,
        folder: Path,
        *,
        nodes: int = 4,
        servers: int = 3,
        seed: int = 1,
        speed: float = FAST,
        fail: Mapping[str, str] | None = None,
    ) -> None:
        folder.mkdir()
        self.layout = Layout.of(nodes, servers)
        self.site = Site.of(self.layout, seed=seed, speed=speed, fail=fail or {})
        self.key = folder / "id"
        client = asyncssh.generate_private_key("ssh-ed25519")
        client.write_private_key(self.key)
        self.key.chmod(0o600)
        host = asyncssh.generate_private_key("ssh-ed25519")
        self._public = host.export_public_key().decode().strip()
        self.known_hosts = folder / "known_hosts"
        self.doors = Doors(self.site, host, client.convert_to_public())
        self._wire: Wire | None = None

    async def open(self) -> "Simulated":
        await self.doors.open()
        places = self.layout.places
        self.known_hosts.write_text("".join(f"[{p.address}]:{self.doors.port} {self._public}\n" for p in places))
        self._wire = Wire((self._target(p.name, p.address) for p in places), credentials=Credentials())
        return self

    def _target(self, name: str, address: str) -> Target:
        return Target(
            name,
            address,
            port=self.doors.port,
            user="root",
            key=self.key,
            agent=False,
            config=None,
            known_hosts=self.known_hosts,
        )

    def host(self, name: str) -> Host:
        assert self._wire is not None
        return self._wire.host(name)

    async def raw(self, name: str, command: str) -> asyncssh.SSHCompletedProcess:
        """Run any command text over a bare SSH connection."""
        address = self.site.nodes[name].address
        known = str(self.known_hosts)
        async with asyncssh.connect(
            address, self.doors.port, username="root", client_keys=[str(self.key)], known_hosts=known, config=None
        ) as connection:
            return await connection.run(command, stdin=asyncssh.DEVNULL)

    async def run(self, name: str, script: str, *args: str, check: bool = True) -> Result:
        """Run one of RKE2's scripts on a node."""
        return await self.host(name).run(load_script(RKE2, script), *args, timeout_s=60, check=check)

    async def facts(self, name: str, *files: str) -> Facts:
        return await probe(self.host(name), files=files, extra=(PROBE, FIREWALL))

    async def rke2(self, name: str) -> Rke2State:
        return read_state(await self.facts(name))

    async def take_lock(self) -> None:
        """Let a rollout be under way."""
        await self.host("cp-1").run(REMOTE_LOCK, "take", "me", "me since now", "600", timeout_s=20)

    async def free_lock(self) -> None:
        """Let the rollout end."""
        await self.host("cp-1").run(REMOTE_LOCK, "free", "me", "me since now", "600", timeout_s=20)

    async def install(self, name: str) -> Result:
        return await self.run(name, "install_online", VERSION, "server", "", "")

    async def configure(self, name: str, **changes: str) -> None:
        """Write the config.yaml that lets a node begin or join the cluster."""
        server = name.startswith("cp-")
        cluster = self.site.nodes["cp-1"].cluster
        lines = {"node-name": name, "token": TOKEN, "agent-token": AGENT_TOKEN}
        if name != "cp-1":
            full = f"K10{cluster.ca_hash if cluster else '0' * 64}::"
            lines["token"] = f"{full}server:{TOKEN}" if server else f"{full}node:{AGENT_TOKEN}"
            lines["server"] = f"https://{REGISTRATION}:9345"
        lines |= {key.replace("_", "-"): value for key, value in changes.items()}
        text = "".join(f"{key}: {value}\n" for key, value in lines.items())
        await write_file(self.host(name), CONFIG, text.encode(), mode=0o600)

    async def start(self, name: str) -> str:
        """Start a node's unit; return what start_unit said it did."""
        unit = "rke2-server" if name.startswith("cp-") else "rke2-agent"
        return (await self.run(name, "start_unit", unit, "", CONFIG)).lines[0]

    async def bring_up(self, *names: str) -> None:
        """Install, configure and start nodes one after the other, each until it is Ready."""
        for name in names:
            await self.install(name)
            await self.configure(name)
            await self.start(name)
            await self.until(name, "True")

    async def until(self, name: str, ready: str, *, on: str = "cp-1") -> None:
        """Wait until the cluster lists a node with this Ready status; the test's own time limit ends it."""
        while True:
            result = await self.run(on, "node_ready", name, check=False)
            if result.exit_status == 0 and result.lines[-1].startswith(ready):
                return
            await self.site.clock.sleep(2)

    def said(self, name: str) -> str:
        """All that a node's RKE2 has said."""
        journal = self.site.nodes[name].journal
        return "\n".join(line for unit in ("rke2-server", "rke2-agent") for line in journal.after("", unit))

    async def close(self) -> None:
        if self._wire:
            await self._wire.close()
        self.doors.close()
        self.site.close()


def script(name: str, text: str = "true") -> Script:
    return Script(name, text)
