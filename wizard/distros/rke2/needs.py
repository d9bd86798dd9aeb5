"""What RKE2 wants of a host beside its own files: modules, kernel settings, open ports."""

from wizard.checks.network.port import answered_by
from wizard.distros.prepare import cis
from wizard.spec.models import Node, Spec

SYSCTL_PATH = "/etc/sysctl.d/90-rke2.conf"
MODULES_PATH = "/etc/modules-load.d/rke2.conf"
MODULES = ("br_netfilter", "overlay")


def sysctls(spec: Spec) -> tuple[tuple[str, str], ...]:
    """Return kernel settings, name and value.

    RKE2 sets forwarding itself, but wicked and others take it back (documentation, "Known Issues").
    """
    values = [
        ("net.ipv4.ip_forward", "1"),
        ("net.ipv4.conf.all.forwarding", "1"),
        ("net.bridge.bridge-nf-call-iptables", "1"),
    ]
    if len(spec.network.cluster_cidr) > 1 or ":" in str(spec.network.cluster_cidr[0]):
        values.append(("net.ipv6.conf.all.forwarding", "1"))
    return (*values, *(cis.sysctls() if spec.security.profile == "cis" else ()))


def ports(spec: Spec, node: Node) -> tuple[str, ...]:
    """Return what `node` must be asked on, each as `6443/tcp`; see profiles/ports.yaml."""
    return answered_by(spec, node)


def networks(spec: Spec) -> tuple[str, ...]:
    """Return the networks of pods and services, which a firewall must let in whole."""
    return tuple(map(str, (*spec.network.cluster_cidr, *spec.network.service_cidr)))
