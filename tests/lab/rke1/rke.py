"""A stand-in for `rke`: its log line by line, its files, and Docker on the nodes through SSH, as the real one.

It brings up no Kubernetes. For tests it stops after a line that the pattern in the file `stop_at` beside it matches,
with its process id in the file `stopped`, until `stop_at` says something else.
"""

import asyncio
import base64
import datetime
import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

import asyncssh
import yaml

VERSION = "v1.8.14-stand-in"
KNOWN = ("v1.29.14-rancher1-1", "v1.30.14-rancher1-1", "v1.31.14-rancher1-1")
CONTROL = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
PACE_S = 0.01
ROOM = Path(sys.argv[0]).parent


def say(message: str, level: str = "info") -> None:
    """Write one line as logrus does without a terminal, and wait where a test wants it."""
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    print(f"time={json.dumps(now)} level={level} msg={json.dumps(message)}", flush=True)
    time.sleep(PACE_S)
    _stop(message)


def _stop(message: str) -> None:
    place = ROOM / "stop_at"
    if not place.exists():
        return
    pattern = place.read_text()
    if pattern and re.search(pattern, message):
        (ROOM / "stopped").write_text(str(os.getpid()))
        while place.exists() and place.read_text() == pattern:
            time.sleep(0.05)


def give_up(message: str) -> None:
    say(message, "fatal")
    sys.exit(1)


class Node:
    """A node of cluster.yml, and Docker there."""

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

    async def write(self, path: str, text: str) -> None:
        """Have a container of a moment write a file, as cert-deployer does."""
        await self.docker("DELETE", "/containers/cert-deployer")
        labels = {"file": path, "text": text}
        await self.docker("POST", "/containers/create?name=cert-deployer", {"Image": "rke-tools", "Labels": labels})
        await self.docker("POST", "/containers/cert-deployer/start")
        await self.docker("DELETE", "/containers/cert-deployer")


class Cluster:
    """One `rke up`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = yaml.safe_load(path.read_text())
        self.version = self.config["kubernetes_version"]
        self.kubelet = self.version.partition("-rancher")[0]
        self.image = f"rancher/hyperkube:{self.kubelet}-rancher1"
        self.nodes = [Node(settings) for settings in self.config["nodes"]]
        self.state_path = path.with_suffix(".rkestate")
        self.state: dict[str, Any] = json.loads(self.state_path.read_text()) if self.state_path.exists() else {}
        self.lost: list[Node] = []

    def on(self, role: str) -> list[Node]:
        return [node for node in self.nodes if role in node.roles]

    def write_state(self, *, current: bool) -> None:
        old = self.state.get("desiredState", {}).get("certificatesBundle")
        config = {"kubernetesVersion": self.version, "nodes": [{"address": node.address} for node in self.nodes]}
        desired = {"rkeConfig": config, "certificatesBundle": old or self._certificates(), "encryptionConfig": ""}
        self.state = {
            "desiredState": desired,
            "currentState": desired if current else self.state.get("currentState", {}),
        }
        # In place, as the real one: who is killed here leaves a part of it.
        with self.state_path.open("w") as file:
            text = json.dumps(self.state, indent=2)
            file.write(text[: len(text) // 2])
            file.flush()
            _stop("(half of the state file is written)")
            file.write(text[len(text) // 2 :])
        say(f"Successfully Deployed state file at [{self.state_path}]")

    def _certificates(self) -> dict[str, dict[str, str]]:
        say("[certificates] Generating CA kubernetes certificates")
        body = base64.encodebytes(os.urandom(700)).decode()
        pem = f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"
        return {"kube-ca": {"certificatePEM": pem, "keyPEM": "the key of the stand-in"}}

    async def up(self) -> None:
        say(f"Running RKE version: {VERSION}")
        living = bool(self.state.get("currentState"))
        say("Initiating Kubernetes cluster")
        self.write_state(current=False)
        say("Building Kubernetes cluster")
        await self._connect()
        await self._prepare(living=living)
        await self._etcd()
        await self._control(living=living)
        await self._workers(living=living)
        self._addons()
        if self.lost:
            names = ",".join(node.address for node in self.lost)
            give_up(f"Provisioning incomplete, host(s) [{names}] skipped because they could not be contacted")
        say("Finished building Kubernetes cluster successfully")

    async def save(self, name: str) -> None:
        """`rke etcd snapshot-save`."""
        say(f"Running RKE version: {VERSION}")
        say("Starting saving snapshot on etcd hosts")
        await self._connect()
        for node in self.on("etcd"):
            say(f"[etcd] Running snapshot save once on host [{node.address}]")
            await node.write(f"/opt/rke/etcd-snapshots/{name}.zip", f"snapshot of {self.path}")
        say(f"Finished saving/uploading snapshot [{name}] on all etcd hosts")

    async def _connect(self) -> None:
        for node in list(self.nodes):
            say(f"[dialer] Setup tunnel for host [{node.address}]")
            try:
                await node.connect()
                await node.docker("GET", "/info")
            except (OSError, asyncssh.Error, TimeoutError) as error:
                say(_tunnel_failed(node, error), "warning")
                say(f"Removing host [{node.address}] from node lists", "warning")
                self.nodes.remove(node)
                self.lost.append(node)
        if not self.on("etcd"):
            give_up(
                "Cluster must have at least one etcd plane host: failed to connect to the following etcd host(s) []"
            )

    async def _prepare(self, *, living: bool) -> None:
        if living:
            say("[network] No hosts added existing cluster, skipping port check")
        else:
            say("[network] Deploying port listener containers")
            say("[network] Running etcd <-> etcd port checks")
            for node in self.nodes:
                to = f"host(s) [{self.nodes[0].address}] on port(s) [6443]"
                say(f"[network] Checking if host [{node.address}] can connect to {to}, try #1")
            say("[network] Removing port listener containers")
            say("[network] Checking KubeAPI port Control Plane hosts")
        say("[certificates] Deploying kubernetes certificates to Cluster nodes")
        pem = self.state["desiredState"]["certificatesBundle"]["kube-ca"]["certificatePEM"]
        for node in self.nodes:
            await node.write("/etc/kubernetes/ssl/kube-ca.pem", pem)
        say("[certificates] Successfully deployed kubernetes certificates to Cluster nodes")
        kubeconfig = self.path.with_name(f"kube_config_{self.path.name}")
        kubeconfig.write_text(f"apiVersion: v1\nkind: Config\n# made by {VERSION}\n")
        say(f"Successfully Deployed local admin kubeconfig at [{kubeconfig}]")
        say("[reconcile] Reconciling cluster state")
        if not living:
            say("[reconcile] This is newly generated cluster")
        say("Pre-pulling kubernetes images")
        for node in self.nodes:
            say(f"Pulling image [{self.image}] on host [{node.address}], try #1")
            await node.docker("POST", f"/images/create?fromImage={self.image}")
        say("Kubernetes images pulled successfully")

    async def _etcd(self) -> None:
        say("[etcd] Building up etcd plane..")
        for node in self.on("etcd"):
            await node.run("etcd", "etcd", "rancher/mirrored-coreos-etcd:v3.5.10")
            say(f"[etcd] Running rolling snapshot container [etcd-snapshot-once] on host [{node.address}]")
        say("[etcd] Successfully started etcd plane.. Checking etcd cluster health")
        say(f"[etcd] etcd host [{self.on('etcd')[0].address}] reported healthy=true")

    async def _control(self, *, living: bool) -> None:
        if living:
            say("[controlplane] Processing controlplane hosts for upgrade 1 at a time")
        else:
            say("[controlplane] Building up Controller Plane..")
        for node in self.on("controlplane"):
            if living:
                say(f"Processing controlplane host {node.name}")
                say(f"[controlplane] Now checking status of node {node.name}, try #1")
            changed = await self._services(node, "controlplane", CONTROL)
            if living:
                changed = await self._services(node, "worker", ("kubelet", "kube-proxy")) or changed
            if living and not changed:
                say(f"Upgrade not required for controlplane and worker components of host {node.name}")
        say(f"[controlplane] Successfully {'upgraded' if living else 'started'} Controller Plane..")
        say("[authz] Creating rke-job-deployer ServiceAccount")
        self.write_state(current=True)
        say("[state] Saving full cluster state to Kubernetes")

    async def _services(self, node: Node, plane: str, services: tuple[str, ...]) -> bool:
        changed = False
        for service in services:
            if await node.run(plane, service, self.image):
                changed = True
                say(f"[healthcheck] Start Healthcheck on service [{service}] on host [{node.address}]")
                say(f"[healthcheck] service [{service}] on host [{node.address}] is healthy")
        return changed

    async def _workers(self, *, living: bool) -> None:
        say(f"[worker] {'Upgrading' if living else 'Building up'} Worker Plane..")
        for node in self.nodes:
            if living and "controlplane" in node.roles:
                continue
            if living:
                say(f"[workerplane] Processing host {node.name}")
            changed = await self._services(node, "worker", ("kubelet", "kube-proxy"))
            if living and not changed:
                say(f"[workerplane] Upgrade not required for worker components of host {node.name}")
        members = json.dumps({node.name: self.kubelet for node in self.nodes})
        for node in self.on("controlplane"):
            await node.write("/var/lib/docker/nodes.json", members)
        say(f"[worker] Successfully {'upgraded' if living else 'started'} Worker Plane..")

    def _addons(self) -> None:
        say("[sync] Syncing nodes Labels and Taints")
        say("[network] Setting up network plugin: canal")
        say("[addons] Executing deploy job rke-network-plugin")
        say("[addons] CoreDNS deployed successfully")
        say("[ingress] ingress controller nginx deployed successfully")


def _tunnel_failed(node: Node, error: Exception) -> str:
    where = f"Unable to access node with address [{node.address}:22] using SSH."
    if isinstance(error, asyncssh.PermissionDenied):
        why = f"{where} Please check if you are able to SSH to the node using the specified SSH Private Key"
    elif isinstance(error, asyncssh.ChannelOpenError):
        why = (
            "Unable to access the Docker socket (/var/run/docker.sock). Please check if the configured user can execute"
        )
    else:
        why = f"{where} Please check if the node is up and is accepting SSH connections"
    return (
        f"Failed to set up SSH tunneling for host [{node.address}]: Can't retrieve Docker Info: {why}. Error: {error}"
    )


def main() -> None:
    """Be `rke`."""
    words = sys.argv[1:]
    if words[:1] == ["config"]:
        print("\n".join(KNOWN))
    elif words[:1] == ["up"]:
        (ROOM / "runs").open("a").write(f"{' '.join(words)}\n")
        asyncio.run(Cluster(Path(words[words.index("--config") + 1])).up())
    elif words[:2] == ["etcd", "snapshot-save"]:
        asyncio.run(Cluster(Path(words[words.index("--config") + 1])).save(words[words.index("--name") + 1]))
    else:
        print(f"rke version {VERSION}: a stand-in; it knows up, config, etcd snapshot-save")


if __name__ == "__main__":
    main()
