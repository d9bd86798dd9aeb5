"""The whole spec, `cluster.yaml`, as frozen models; fields are called as in the file."""

from typing import Any, Literal

from pydantic import Field

from wizard.spec.balancer import Balancer, BalancerNode
from wizard.spec.etcd import Etcd
from wizard.spec.field import (
    ClusterName,
    HostAddress,
    IngressName,
    LabelKey,
    LabelValue,
    NodeIps,
    NodeName,
    OptionValue,
    Part,
    RemotePath,
    Taint,
)
from wizard.spec.metallb import Metallb
from wizard.spec.network import Network, Proxy, Registration
from wizard.spec.pace import Rollout
from wizard.spec.prepare import Prepare
from wizard.spec.rancher import Rancher
from wizard.spec.rancherd import Rancherd
from wizard.spec.reference import SecretPlace
from wizard.spec.registry import Registries
from wizard.spec.release import Release
from wizard.spec.rke1 import DEFAULT_SOCKET, Plane, Rke1
from wizard.spec.share import share
from wizard.spec.source import Source
from wizard.spec.ssh import NodeSsh, Ssh
from wizard.spec.storage import Storage
from wizard.spec.upgrade import Upgrade

Role = Literal["server", "agent"]
_KEEPS_AWAY = (":NoSchedule", ":NoExecute")
_PLANES: dict[Role, tuple[Plane, ...]] = {"server": ("controlplane", "etcd"), "agent": ("worker",)}


class Node(Part):
    """One machine of the cluster."""

    name: NodeName = Field(
        description="Its name in the cluster: lower case, unique, at most 63 characters. Never changed."
    )
    address: HostAddress = Field(description="IP address or name that the jump host reaches it by.")
    internal_address: NodeIps | None = Field(
        default=None,
        description="IP address that the nodes use among themselves (node-ip); dual stack: an IPv4 and an IPv6 address "
        "with a comma. Default: the address of its default route.",
    )
    role: Role = Field(description="server: control plane and etcd; agent: workloads only.")
    roles: tuple[Plane, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=3,
        description="RKE1: any of controlplane, etcd, worker. Default: controlplane and etcd for a server, worker for "
        "an agent.",
    )
    docker_socket: RemotePath = Field(
        default=DEFAULT_SOCKET, description=f"RKE1: Docker's socket on it. Default: {DEFAULT_SOCKET}."
    )
    zone: LabelValue | None = Field(
        default=None,
        description="Failure domain, set as topology.kubernetes.io/zone; batches are spread over zones. Default: none.",
    )
    labels: dict[LabelKey, LabelValue] = Field(default={}, description="Kubernetes labels. Default: none.")
    taints: tuple[Taint, ...] = Field(default=(), description="Kubernetes taints as key=value:Effect. Default: none.")
    ssh: NodeSsh = Field(
        default=NodeSsh(), description="Any part of `ssh` that differs for this node. Default: nothing differs."
    )

    @property
    def internal_addresses(self) -> tuple[str, ...]:
        """The addresses of `internal_address`, one a family; empty when it is not set."""
        return tuple(self.internal_address.split(",")) if self.internal_address else ()

    @property
    def planes(self) -> tuple[Plane, ...]:
        """What RKE1 runs on it."""
        return self.roles or _PLANES[self.role]

    @property
    def untainted(self) -> bool:
        """Whether no taint keeps pods away."""
        return not any(taint.endswith(_KEEPS_AWAY) for taint in self.taints)

    @property
    def inner_address(self) -> str:
        """Where other nodes reach this one: its first internal address, else its address."""
        return (*self.internal_addresses, self.address)[0]


class Security(Part):
    """Hardening."""

    profile: Literal["cis", "etcd", "none"] = Field(
        default="none", description="Benchmark that RKE2 holds its nodes to: cis, etcd or none. Default: none."
    )
    selinux: bool = Field(default=False, description="Run containers under SELinux. Default: false.")
    secrets_encryption: Literal["aescbc", "secretbox"] | None = Field(
        default=None, description="How Secrets are sealed in etcd: aescbc or secretbox. Default: RKE2's own, aescbc."
    )


class Options(Part):
    """RKE2 options that have no field here, passed through to config.yaml."""

    server: dict[str, OptionValue] = Field(
        default={}, description="RKE2's config.yaml keys for servers. Default: none."
    )
    agent: dict[str, OptionValue] = Field(default={}, description="RKE2's config.yaml keys for agents. Default: none.")


class Spec(Part):
    """What the operator wants: one cluster."""

    apiVersion: Literal["rancher-wizard/v1"] = Field(description="Version of this file's format: rancher-wizard/v1.")
    name: ClusterName = Field(
        description="Name of the cluster: a DNS label. Its state on this machine is kept under it."
    )
    distribution: Literal["rke2", "rke1", "rancherd"] = Field(
        description="Kubernetes distribution: rke2; or rke1, which reached its end of life on 31 July 2025; or "
        "rancherd, which is discontinued."
    )
    version: Release = Field(
        description="Release to install, pinned, such as v1.34.2+rke2r1 (rke1: v1.30.14-rancher1-1; rancherd: see "
        "rancherd.generation). Channels are refused."
    )
    nodes: tuple[Node, ...] = Field(
        min_length=1, max_length=5000, description="The machines; the first server starts first."
    )
    ssh: Ssh = Field(default=Ssh(), description="How to log in to the nodes. Default: as your own ssh does.")
    network: Network = Field(default=Network(), description="Networks inside. Default: canal, 10.42/16, 10.43/16.")
    registration: Registration = Field(
        default=Registration(), description="Where nodes join. Default: the balancer, else the first server."
    )
    balancer: Balancer | None = Field(
        default=None, description="What stands in front of the cluster. Default: nothing that the wizard knows of."
    )
    metallb: Metallb | None = Field(
        default=None, description="MetalLB in the cluster: addresses for services of type LoadBalancer. Default: none."
    )
    etcd: Etcd = Field(default=Etcd(), description="The data store. Default: two snapshots a day, 5 kept.")
    security: Security = Field(default=Security(), description="Hardening. Default: none beyond RKE2's own.")
    ingress: IngressName | None = Field(
        default=None, description="Ingress controller: traefik, ingress-nginx or none. Default: RKE2's own choice."
    )
    storage: Storage = Field(default=Storage(), description="What keeps the data of applications. Default: nothing.")
    registries: Registries = Field(default=Registries(), description="Private registries and mirrors. Default: none.")
    proxy: Proxy | None = Field(default=None, description="Proxy for downloads on the nodes. Default: none.")
    source: Source = Field(default=Source(), description="Where the release comes from. Default: online.")
    rollout: Rollout = Field(default=Rollout(), description="How far and how fast. Default: agents in batches of 10%.")
    upgrade: Upgrade = Field(
        default=Upgrade(), description="How nodes are emptied in an upgrade. Default: all drained."
    )
    prepare: Prepare = Field(
        default=Prepare(), description="What may be changed on the nodes. Default: sysctl, modules, NetworkManager."
    )
    options: Options = Field(default=Options(), description="RKE2 options without a field here. Default: none.")
    rke1: Rke1 = Field(default=Rke1(), description="What only RKE1 asks for. Default: RKE1's own choices.")
    rancherd: Rancherd = Field(
        default=Rancherd(), description="What only RancherD asks for. Default: its second generation."
    )
    rancher: Rancher | None = Field(default=None, description="Rancher in the cluster. Default: none.")
    token: SecretPlace | None = Field(
        default=None,
        description="Where a token of your own is kept: {env: NAME} or {file: PATH}. Default: a random one, sealed.",
    )

    @property
    def servers(self) -> tuple[Node, ...]:
        """The servers, in the order of the file."""
        return tuple(node for node in self.nodes if node.role == "server")

    @property
    def agents(self) -> tuple[Node, ...]:
        """The agents, in the order of the file."""
        return tuple(node for node in self.nodes if node.role == "agent")

    def runs_applications(self, node: Node) -> bool:
        """Whether pods of any kind may come to a node. RKE1 taints nodes that are no workers, by itself."""
        return node.untainted and (self.distribution != "rke1" or "worker" in node.planes)

    @property
    def api_nodes(self) -> tuple[Node, ...]:
        """The nodes that answer as the Kubernetes API, on 6443."""
        return self._on_plane("controlplane")

    @property
    def etcd_nodes(self) -> tuple[Node, ...]:
        """The nodes that are members of etcd."""
        return self._on_plane("etcd")

    def _on_plane(self, plane: Plane) -> tuple[Node, ...]:
        if self.distribution == "rke1":
            return tuple(node for node in self.nodes if plane in node.planes)
        return self.servers

    @property
    def engine(self) -> Literal["rke2", "rke1"]:
        """What runs Kubernetes: RancherD has RKE2 inside."""
        return "rke1" if self.distribution == "rke1" else "rke2"

    @property
    def kubelet_version(self) -> str:
        """What kubelets of RKE2 report as theirs; "" for the first RancherD, which says only which Rancher it is."""
        return "" if self.distribution == "rancherd" and self.rancherd.generation == 1 else self.version

    @property
    def first_server(self) -> Node:
        """The server that starts the cluster; a loaded spec always has one."""
        return self.servers[0]

    def node(self, name: str) -> Node:
        """Return the node of that name; KeyError when there is none."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(name)

    def machine(self, name: str) -> Node | BalancerNode:
        """Return the balancer or node of that name; KeyError when there is neither."""
        for machine in self.front:
            if machine.name == name:
                return machine
        return self.node(name)

    def ssh_of(self, node: Node | BalancerNode) -> Ssh:
        """Return how to log in to one node: its own settings over the common ones."""
        return self.ssh.overridden(node.ssh)

    @property
    def front(self) -> tuple[BalancerNode, ...]:
        """The machines in front of the cluster, in the order of the file."""
        return self.balancer.nodes if self.balancer else ()

    @property
    def embedded_registry(self) -> bool:
        """Whether RKE2's nodes pull images from each other, by the source's wish or by the option of that name."""
        return self.source.spread == "registry" or self.options.server.get("embedded-registry") is True

    @property
    def asks_sudo_password(self) -> bool:
        """Whether some machine, node or balancer, asks for a password before it lets us be root."""
        machines: tuple[Node | BalancerNode, ...] = (*self.nodes, *self.front)
        return any(self.ssh_of(machine).sudo == "password" for machine in machines)

    @property
    def ingress_nodes(self) -> tuple[Node, ...]:
        """The nodes that a balancer sends users to: the agents, as workloads run there, else the servers."""
        if self.distribution == "rke1":
            return self._on_plane("worker")
        return self.agents or self.servers

    def options_of(self, node: Node) -> dict[str, Any]:
        """Return the passed-through options of one node's role."""
        return self.options.server if node.role == "server" else self.options.agent

    @property
    def registration_address(self) -> str:
        """Where nodes join: as given, else at the balancer, else the first server's inner address."""
        front = self.balancer.address if self.balancer else None
        return self.registration.address or front or self.api_nodes[0].inner_address

    @property
    def all_tls_sans(self) -> tuple[str, ...]:
        """Names for the API's certificate: the registration address, those of the spec, the balancer; each once."""
        front = (self.balancer.address or "",) if self.balancer else ()
        return tuple(filter(None, dict.fromkeys((self.registration_address, *self.registration.tls_sans, *front))))

    def workers_at_once(self, agents: int) -> int:
        """Take a number of agents; return how many are worked on together: at least 1 of them, at most all."""
        return max(share(self.rollout.workers.at_once, agents), min(agents, 1))

    def max_failed(self, agents: int) -> int:
        """Take a number of agents; return how many may fail before no more start."""
        return share(self.rollout.workers.max_failed, agents)
