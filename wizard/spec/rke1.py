"""What only RKE1 asks for. All that it has in common with RKE2 stands in the other sections.

Keys and defaults: rancher/rke release/v1.6, types/rke_types.go and cluster/defaults.go.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from wizard.spec.address import as_ip
from wizard.spec.fault import fault
from wizard.spec.field import LabelKey, LabelValue, LocalPath, OptionValue, Part, Port, RemotePath, Text
from wizard.spec.problem import quoted

Plane = Literal["controlplane", "etcd", "worker"]
PLANES: tuple[Plane, ...] = ("controlplane", "etcd", "worker")
DEFAULT_SOCKET = "/var/run/docker.sock"


def _port_range(text: str) -> str:
    first, dash, last = text.partition("-")
    if dash and first.isdecimal() and last.isdecimal() and 0 < int(first) <= int(last) < 65536:
        return text
    raise fault(f"{quoted(text)} is not a range of ports", "a range such as 30000-32767")


def _ip(text: str) -> str:
    if as_ip(text):
        return text
    raise fault(f"{quoted(text)} is not an IP address", "an address in network.service_cidr, such as 10.43.0.10")


class Service(Part):
    """What every component of Kubernetes takes."""

    extra_args: dict[Text, OptionValue] = Field(
        default={},
        description="Arguments, without dashes; they win over RKE1's own. A list repeats one. Default: none.",
    )
    extra_binds: tuple[Text, ...] = Field(
        default=(), description="Further mounts of its container, as host:container[:options]. Default: none."
    )
    extra_env: tuple[Text, ...] = Field(
        default=(), description="Environment of its container, as NAME=value; no secrets. Default: none."
    )


class EtcdService(Service):
    """etcd and the container that takes its snapshots; when and where to is said in `etcd.snapshots`."""

    backup_timeout_s: int = Field(
        default=300, ge=10, le=86_400, description="Seconds that a snapshot may take. Default: 300."
    )
    s3_ca: LocalPath | None = Field(
        default=None,
        description="CA certificate, a PEM file on this machine, of the service in etcd.snapshots.s3. "
        "Default: the system's CAs.",
    )


class KubeApi(Service):
    """The API server."""

    service_node_port_range: Annotated[str, AfterValidator(_port_range)] = Field(
        default="30000-32767", description="Ports of services of type NodePort. Default: 30000-32767."
    )
    always_pull_images: bool = Field(
        default=False,
        description="Pull images anew for each pod; wants a registry that is always there. Default: false.",
    )
    pod_security: Literal["privileged", "restricted"] | None = Field(
        default=None, description="Pod security that namespaces begin with. Default: RKE1's own, privileged."
    )


class Kubelet(Service):
    """The kubelet."""

    cluster_domain: Text = Field(default="cluster.local", description="DNS domain of services. Default: cluster.local.")
    cluster_dns_server: Annotated[str, AfterValidator(_ip)] | None = Field(
        default=None, description="Address of the DNS service. Default: the tenth of network.service_cidr."
    )
    fail_swap_on: bool = Field(default=False, description="Refuse to start while swap is on. Default: false.")
    generate_serving_certificate: bool = Field(
        default=False, description="Give each kubelet a certificate of the cluster's CA. Default: false."
    )


class Services(Part):
    """The components of Kubernetes, each in a container of its own."""

    etcd: EtcdService = Field(default=EtcdService(), description="etcd. Default: nothing differs.")
    kube_api: KubeApi = Field(default=KubeApi(), description="The API server. Default: nothing differs.")
    kube_controller: Service = Field(default=Service(), description="The controllers. Default: nothing differs.")
    scheduler: Service = Field(default=Service(), description="The scheduler. Default: nothing differs.")
    kubelet: Kubelet = Field(default=Kubelet(), description="The kubelets. Default: nothing differs.")
    kubeproxy: Service = Field(default=Service(), description="kube-proxy. Default: nothing differs.")


class NetworkOptions(Part):
    """What the network plug-in takes beside `network`."""

    mtu: int | None = Field(
        default=None, ge=576, le=65_535, description="MTU of the pods' network; not for flannel. Default: found out."
    )
    options: dict[Text, Text] = Field(
        default={}, description="Options of the plug-in, such as canal_iface: eth1. Default: none."
    )


class IngressOptions(Part):
    """What the ingress controller takes beside `ingress`."""

    network_mode: Literal["hostPort", "hostNetwork", "none"] = Field(
        default="hostPort", description="How it is reached: hostPort, hostNetwork or none. Default: hostPort."
    )
    http_port: Port = Field(default=80, description="Port of HTTP, with hostPort. Default: 80.")
    https_port: Port = Field(default=443, description="Port of HTTPS, with hostPort. Default: 443.")
    options: dict[Text, Text] = Field(
        default={}, description="Keys of nginx's ConfigMap, such as use-forwarded-headers. Default: none."
    )
    extra_args: dict[Text, Text] = Field(default={}, description="Arguments of the controller. Default: none.")
    node_selector: dict[LabelKey, LabelValue] = Field(
        default={}, description="Labels of the workers that it runs on. Default: all workers."
    )


class Dns(Part):
    """The cluster's DNS."""

    provider: Literal["coredns", "kube-dns", "none"] = Field(
        default="coredns", description="coredns, kube-dns or none. Default: coredns."
    )
    upstream: tuple[Annotated[str, AfterValidator(_ip)], ...] = Field(
        default=(), description="Servers asked for names outside the cluster. Default: those of each node."
    )


class Rke1(Part):
    """What only RKE1 asks for."""

    binary: LocalPath | None = Field(
        default=None,
        description="The `rke` binary on this machine. Default: `rke` in the source's folder or bundle, "
        "else the one in PATH.",
    )
    kubectl: LocalPath | None = Field(
        default=None,
        description="kubectl on this machine, which asks the API for metallb and rancher. Default: `kubectl` in the "
        "source's folder or bundle, else the one in PATH.",
    )
    cluster_yml: LocalPath | None = Field(
        default=None,
        description="A cluster.yml of yours that this spec is laid over: what the spec does not know stays as it is "
        "there. Default: none.",
    )
    docker: Literal["check", "install"] = Field(
        default="check",
        description="check: Docker must be there; install: the wizard installs it where it is missing. Default: check.",
    )
    ignore_docker_version: bool = Field(
        default=False, description="Let `rke` take a Docker that it does not support. Default: false."
    )
    cri_dockerd: bool | None = Field(
        default=None, description="Speak to Docker by cri-dockerd. Default: true from v1.24, where it must be."
    )
    services: Services = Field(default=Services(), description="Kubernetes' components. Default: nothing differs.")
    network: NetworkOptions = Field(default=NetworkOptions(), description="The plug-in's options. Default: none.")
    ingress: IngressOptions = Field(default=IngressOptions(), description="The ingress controller. Default: hostPort.")
    dns: Dns = Field(default=Dns(), description="The cluster's DNS. Default: CoreDNS.")
    monitoring: Literal["metrics-server", "none"] = Field(
        default="metrics-server", description="metrics-server or none. Default: metrics-server."
    )
    addons: str | None = Field(
        default=None,
        description="Manifests, in YAML, applied once the cluster is up; each with a namespace. Default: none.",
    )
    addons_include: tuple[Text, ...] = Field(
        default=(),
        description="Files of manifests, relative to the spec's folder, or URLs that this machine reaches. "
        "Default: none.",
    )
    addon_job_timeout_s: int = Field(
        default=120,
        ge=10,
        le=3600,
        description="Seconds that each add-on may take. RKE1's own 45 is short. Default: 120.",
    )
    system_images: dict[Text, Text] = Field(
        default={},
        description="Images by RKE1's names, such as kubernetes; they win over the version's and stay behind at the "
        "next upgrade. Default: those of the version.",
    )
    prefix_path: RemotePath | None = Field(
        default=None, description="Folder that RKE1's own files on nodes go below. Default: the root."
    )
