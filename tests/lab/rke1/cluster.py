"""`rke up` by its stand-in: the order, the files and the log lines of the real one; no Kubernetes is brought up."""

import json
from pathlib import Path
from typing import Any

import asyncssh
import yaml

from tests.lab.rke1 import papers
from tests.lab.rke1.node import Node
from tests.lab.rke1.say import ROOM, give_up, say, stop

VERSION = "v1.8.14-stand-in"
CONTROL = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
KUBELET = ("kubelet", "kube-proxy")
MEMBERS = "/var/lib/etcd/member/members.json"
"""Where the stand-in for etcd keeps its members: name and address."""


class Cluster:
    """One run of `rke` for a cluster.yml."""

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

    async def up(self) -> None:
        """`rke up`."""
        say(f"Running RKE version: {VERSION}")
        await self.build()
        say("Finished building Kubernetes cluster successfully")

    async def build(self) -> None:
        """What `rke up` does between its first line and its last."""
        living = bool(self.state.get("currentState"))
        say("Initiating Kubernetes cluster")
        self.write_state(current=False)
        say("Building Kubernetes cluster")
        await self.connect()
        await self._prepare(living=living)
        await self._etcd()
        await self._control(living=living)
        await self._workers(living=living)
        self._addons()
        if self.lost:
            names = ",".join(node.address for node in self.lost)
            give_up(f"Provisioning incomplete, host(s) [{names}] skipped because they could not be contacted")

    def write_state(self, *, current: bool, certificates: papers.Bundle | None = None) -> None:
        old = self.state.get("desiredState", {}).get("certificatesBundle")
        if certificates is None and old is None:
            say("[certificates] Generating CA kubernetes certificates")
        nodes = [
            {"address": node.address, "hostnameOverride": node.name, "role": node.roles}
            for node in (*self.nodes, *self.lost)
        ]
        desired = {
            "rkeConfig": {"kubernetesVersion": self.version, "nodes": nodes},
            "certificatesBundle": certificates or old or papers.bundle(),
            "encryptionConfig": "",
        }
        self.put_state({"desiredState": desired, "currentState": desired if current else self._current()})

    def put_state(self, state: dict[str, Any]) -> None:
        """Write the state file in place, as the real one: who is killed here leaves a part of it."""
        self.state = state
        with self.state_path.open("w") as file:
            text = json.dumps(self.state, indent=2)
            file.write(text[: len(text) // 2])
            file.flush()
            stop("(half of the state file is written)")
            file.write(text[len(text) // 2 :])
        say(f"Successfully Deployed state file at [{self.state_path}]")

    def _current(self) -> Any:
        return self.state.get("currentState", {})

    async def connect(self) -> None:
        """Open the way to every node; leave out whom that fails for."""
        for node in list(self.nodes):
            say(f"[dialer] Setup tunnel for host [{node.address}]")
            try:
                await node.connect()
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
        await self.deploy_certificates()
        say("[reconcile] Reconciling cluster state")
        if living:
            await self._reconcile()
        else:
            say("[reconcile] This is newly generated cluster")
        say("Pre-pulling kubernetes images")
        for node in self.nodes:
            say(f"Pulling image [{self.image}] on host [{node.address}], try #1")
            await node.docker("POST", f"/images/create?fromImage={self.image}")
        say("Kubernetes images pulled successfully")

    async def deploy_certificates(self) -> None:
        say("[certificates] Deploying kubernetes certificates to Cluster nodes")
        found = self.state["desiredState"]["certificatesBundle"]
        for node in self.nodes:
            for name in ("kube-ca", "kube-node"):
                await node.write(f"/etc/kubernetes/ssl/{name}.pem", found[name]["certificatePEM"])
        say("[certificates] Successfully deployed kubernetes certificates to Cluster nodes")
        kubeconfig = self.path.with_name(f"kube_config_{self.path.name}")
        own = ROOM / "kubeconfig"  # where a test has brought an API
        made = f"apiVersion: v1\nkind: Config\n# made by {VERSION}\n"
        kubeconfig.write_text(own.read_text() if own.exists() else made)
        say(f"Successfully Deployed local admin kubeconfig at [{kubeconfig}]")

    async def _reconcile(self) -> None:
        """Members of etcd out and in, then nodes out of the cluster and wiped (cluster/reconcile.go)."""
        here = {node.address for node in (*self.nodes, *self.lost)}
        before = [(Node(_settings(each, self.config)), each) for each in self._current()["rkeConfig"]["nodes"]]
        gone = [node for node, _ in before if node.address not in here]
        old = {each["address"] for _, each in before if "etcd" in each["role"]}
        say("[reconcile] Check etcd hosts to be deleted")
        for node in (node for node in gone if "etcd" in node.roles):
            say(f"[remove/etcd] Removing member [etcd-{node.name}] from etcd cluster")
            say(f"[remove/etcd] Successfully removed member [etcd-{node.name}] from etcd cluster")
        say("[reconcile] Check etcd hosts to be added")
        for node in self.on("etcd"):
            if node.address not in old:
                say(f"[add/etcd] Adding member [etcd-{node.name}] to etcd cluster")
                say(f"[add/etcd] Successfully Added member [etcd-{node.name}] to etcd cluster")
        for node in gone:
            await self._take_out(node)
        say("[reconcile] Reconciled cluster state successfully")

    async def _take_out(self, node: Node) -> None:
        say(f"[hosts] Cordoning host [{node.address}]")
        say(f"[hosts] Deleting host [{node.address}] from the cluster")
        say(f"[hosts] Successfully deleted host [{node.address}] from the cluster")
        try:
            await node.connect()
        except (OSError, asyncssh.Error, TimeoutError) as error:
            say(
                f"[reconcile] Couldn't clean up worker node [{node.address}]: Not able to reach the host: {error}",
                "warning",
            )
            return
        await node.remove(KUBELET if node.roles == ["worker"] else (*KUBELET, *CONTROL, "etcd"))
        await node.clean()

    async def _etcd(self) -> None:
        say("[etcd] Building up etcd plane..")
        members = json.dumps([{"name": f"etcd-{node.name}", "address": node.address} for node in self.on("etcd")])
        for node in self.on("etcd"):
            await node.run("etcd", "etcd", "rancher/mirrored-coreos-etcd:v3.5.10")
            await node.write(MEMBERS, members)
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
                changed = await self._services(node, "worker", KUBELET) or changed
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
            changed = await self._services(node, "worker", KUBELET)
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


def _settings(kept: dict[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    """A node of the state file as one of cluster.yml: it logs in as the others do."""
    user = config["nodes"][0]["user"]
    return {
        "address": kept["address"],
        "hostname_override": kept["hostnameOverride"],
        "role": kept["role"],
        "user": user,
    }


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
