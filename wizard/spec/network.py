"""The cluster's networks: pods, services, registration, proxy."""

from pydantic import Field

from wizard.spec.field import Cidrs, Cnis, HostAddress, Part, ProxyUrl, Text


class Network(Part):
    """Networks inside the cluster. All of it is fixed for the cluster's life."""

    cni: Cnis = Field(
        default=("canal",),
        description="Network plug-in: canal, calico, cilium, flannel or none; [multus, X] puts multus before X. "
        "Default: canal.",
    )
    cluster_cidr: Cidrs = Field(
        default=("10.42.0.0/16",),
        description="Network of the pods, of which each node gets a /24 (IPv6: /64). Dual stack: a list of "
        "an IPv4 and an IPv6 network. Default: 10.42.0.0/16.",
    )
    service_cidr: Cidrs = Field(
        default=("10.43.0.0/16",),
        description="Network of the services; the same families as cluster_cidr, in the same order. "
        "Default: 10.43.0.0/16.",
    )

    @property
    def dual_stack(self) -> bool:
        """Whether pods have both an IPv4 and an IPv6 address."""
        return len(self.cluster_cidr) == 2


class Registration(Part):
    """The address that nodes join at, and that the kubeconfig names."""

    address: HostAddress | None = Field(
        default=None,
        description="Virtual IP, balancer or name in front of all servers (ports 9345 and 6443). "
        "Default: the balancer's address, else the first server's internal address, else its address.",
    )
    tls_sans: tuple[HostAddress, ...] = Field(
        default=(),
        description="Further names and addresses for the API's certificate, beside the address. Default: none.",
    )


class Proxy(Part):
    """The proxy that nodes download through. A proxy that wants a password can't be used."""

    http: ProxyUrl | None = Field(
        default=None, description="HTTP_PROXY on the nodes, as http://host:port. Default: none."
    )
    https: ProxyUrl | None = Field(
        default=None, description="HTTPS_PROXY on the nodes, as http://host:port. Default: none."
    )
    no_proxy: tuple[Text, ...] = Field(
        default=(),
        description="Hosts, domains and networks reached directly. Nodes, pods and services are added. Default: none.",
    )
