"""The words that people write beside an address, and what of a node each tells."""

import re

from wizard.spec.models import Role

ROLES: dict[str, Role] = {
    **dict.fromkeys(
        (
            "server", "servers", "master", "masters", "controlplane", "controlplanes", "control_plane", "control",
            "kube_control_plane", "kube_controlplane", "kube_master", "kube_masters", "k8s_master", "k8s_masters",
            "k8s_control_plane", "control_plane_nodes", "manager", "managers", "management", "etcd", "all_in_one",
            "rke2_server", "rke2_servers", "k3s_server", "k3s_servers", "first_server", "initial_master",
        ),
        "server",
    ),
    **dict.fromkeys(
        (
            "agent", "agents", "worker", "workers", "node", "nodes", "compute", "computes", "minion", "minions",
            "kube_node", "kube_nodes", "kube_worker", "kube_workers", "k8s_worker", "k8s_workers", "k8s_node",
            "worker_nodes", "rke2_agent", "rke2_agents", "k3s_agent", "k3s_agents", "rke2_worker", "rke2_workers",
        ),
        "agent",
    ),
}  # fmt: skip

FIELDS: dict[str, str] = {
    **dict.fromkeys(
        (
            "address", "addr", "ip", "ipv4", "ip_address", "ansible_host", "ansible_ssh_host", "host", "public_ip",
            "external_ip", "fqdn", "dns", "dns_name",
        ),
        "address",
    ),
    **dict.fromkeys(
        ("name", "hostname", "host_name", "node", "node_name", "nodename", "vm", "vm_name", "server_name", "machine",
         "alias", "hostname_override"),
        "name",
    ),
    **dict.fromkeys(("role", "roles", "type", "kind", "function"), "role"),
    **dict.fromkeys(
        ("zone", "az", "availability_zone", "failure_domain", "dc", "datacenter", "data_center", "data_centre", "site",
         "rack", "topology_zone"),
        "zone",
    ),
    **dict.fromkeys(("user", "username", "login", "ssh_user", "ansible_user", "ansible_ssh_user"), "user"),
    **dict.fromkeys(("port", "ssh_port", "ansible_port", "ansible_ssh_port"), "port"),
    **dict.fromkeys(
        ("internal_address", "internal_ip", "internal", "private_ip", "private_address", "node_ip", "cluster_ip"),
        "internal_address",
    ),
    **dict.fromkeys(
        ("key", "key_file", "ssh_key", "ssh_key_path", "identity_file", "identityfile", "ansible_ssh_private_key_file",
         "ansible_private_key_file"),
        "key",
    ),
    **dict.fromkeys(("bastion", "jump", "jump_host", "proxyjump", "proxy_jump"), "bastion"),
    **dict.fromkeys(("label", "labels", "node_labels"), "labels"),
    **dict.fromkeys(("taint", "taints", "node_taints"), "taints"),
}  # fmt: skip

USERS = frozenset(
    (
        "root", "admin", "administrator", "ansible", "ubuntu", "debian", "centos", "rocky", "almalinux", "fedora",
        "ec2-user", "cloud-user", "opensuse", "sles", "suse", "core", "vagrant", "rancher", "azureuser", "opc",
    )
)  # fmt: skip
"""Login names that images come with."""

_ZONE = re.compile(r"(?:zone|az|dc|rack|site)[-_]?[A-Za-z0-9]{1,20}")


def folded(word: str) -> str:
    """Return one spelling for `Control-Plane`, `control plane` and `control_plane`."""
    return word.strip().lower().replace("-", "_").replace(" ", "_")


def role_of(word: str) -> Role | None:
    """Return the role that a word names; None when it names none."""
    return ROLES.get(folded(word))


def field_of(word: str) -> str | None:
    """Return the field of a node that a key or a column's header names; None when it names none."""
    return FIELDS.get(folded(word))


def zone_of(word: str) -> str | None:
    """Return the zone that a bare word such as `zone-a` or `dc2` names."""
    return word if _ZONE.fullmatch(word) else None
