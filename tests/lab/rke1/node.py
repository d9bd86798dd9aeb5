"""A node of cluster.yml as `rke`'s stand-in works on it: Docker's API on its socket, through SSH."""

import json
import os
import re
from collections.abc import Iterable
from typing import Any

import asyncssh

from tests.lab.rke1.say import say

EMPTIED = ("/etc/kubernetes", "/etc/cni", "/opt/cni", "/var/run/calico", "/var/lib/cni", "/var/lib/etcd")


class Node:
    """A node, and Docker there."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.address = settings["address"]
        self.name = settings["hostname_override"]
        self.roles = settings["role"]
        self._settings = settings
        self.connection: asyncssh.SSHClientConnection | None = None

    async def connect(self) -> None:
        self.connection = await asyncssh.connect(
            self.address,
            int(self._settings.get("port") or 22),
            username=self._settings["user"],
            agent_path=os.environ["SSH_AUTH_SOCK"],
            client_keys=(),
            known_hosts=None,  # as the real one: host keys are not verified
            config=None,
            connect_timeout=10,
        )
        await self.docker("GET", "/info")

    async def docker(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Ask Docker's API on its socket, through SSH."""
        assert self.connection is not None
        reader, writer = await self.connection.open_unix_connection("/var/run/docker.sock")
        data = json.dumps(body or {}).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\nContent-Length: {len(data)}\r\n\r\n"
        writer.write(head.encode() + data)
        raw = await reader.readuntil(b"\r\n\r\n")
        length = int(re.search(rb"Content-Length: (\d+)", raw)[1])  # type: ignore[index]
        text = await reader.readexactly(length)
        writer.close()
        return int(raw.split()[1]), json.loads(text)

    async def run(self, plane: str, service: str, image: str) -> bool:
        """Start a container, or replace one of another image; False when it is there already."""
        status, there = await self.docker("GET", f"/containers/{service}/json")
        if status == 200 and there["Image"] == image and there["Status"].startswith("Up"):
            return False
        if status == 200:
            say(f"Removing container [{service}] on host [{self.address}], try #1")
            await self.docker("DELETE", f"/containers/{service}")
        say(f"Starting container [{service}] on host [{self.address}], try #1")
        await self.docker("POST", f"/containers/create?name={service}", {"Image": image, "Labels": {"node": self.name}})
        await self.docker("POST", f"/containers/{service}/start")
        did = "updated" if status == 200 else "started"
        say(f"[{plane}] Successfully {did} [{service}] container on host [{self.address}]")
        return True

    async def restart(self, service: str) -> None:
        """Restart a container."""
        say(f"Restarting container [{service}] on host [{self.address}], try #1")
        await self.docker("POST", f"/containers/{service}/start")
        say(f"[restart/{service}] Successfully restarted container on host [{self.address}]")

    async def remove(self, services: Iterable[str]) -> None:
        """Take containers away."""
        for service in services:
            status, _ = await self.docker("GET", f"/containers/{service}/json")
            if status == 200:
                say(f"Removing container [{service}] on host [{self.address}], try #1")
                await self.docker("DELETE", f"/containers/{service}")
            say(f"[remove/{service}] Successfully removed container on host [{self.address}]")

    async def write(self, path: str, text: str) -> None:
        """Have a container of a moment write a file, as cert-deployer does."""
        await self._moment("cert-deployer", {"file": path, "text": text})

    async def read(self, path: str) -> str:
        """Have a container of a moment show a file; "" where there is none."""
        return str((await self._moment("rke-state-extract", {"show": path})).get("Output", ""))

    async def clean(self) -> None:
        """Empty the folders that `rke` empties (hosts/hosts.go), by a container of a moment."""
        say(f"[hosts] Cleaning up host [{self.address}]")
        say(f"[hosts] Running cleaner container on host [{self.address}]")
        await self._moment("kube-cleaner", {"empty": " ".join(EMPTIED)})
        say(f"[hosts] Removing cleaner container on host [{self.address}]")
        say(f"[hosts] Successfully cleaned up host [{self.address}]")

    async def _moment(self, name: str, labels: dict[str, str]) -> Any:
        await self.docker("DELETE", f"/containers/{name}")
        await self.docker("POST", f"/containers/create?name={name}", {"Image": "rke-tools", "Labels": labels})
        await self.docker("POST", f"/containers/{name}/start")
        _, found = await self.docker("GET", f"/containers/{name}/json")
        await self.docker("DELETE", f"/containers/{name}")
        return found
