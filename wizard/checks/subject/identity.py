"""Who a node is: clones of one machine are told apart by nobody."""

from collections.abc import Mapping

from wizard.checks.check import across
from wizard.checks.finding import Said
from wizard.checks.look import door
from wizard.checks.seen import container, links, own_addresses, values
from wizard.checks.twins import unlike
from wizard.hosts.facts import Facts
from wizard.spec.models import Spec

CLONES = "rancher/rancher issue 38998; machine-id(5)"
# Interfaces that have the same hardware address everywhere by design.
SAME_EVERYWHERE = ("lo", "docker", "cni", "cali", "flannel", "vxlan", "tun", "kube", "dummy")


@across(
    "identity.machine",
    "Each node once",
    group="identity",
    severity="must",
    why="Two entries of the spec that lead to one machine make it join the cluster it is in.",
    source="boot_id of random(4)",
)
def machine(spec: Spec, facts: Mapping[str, Facts]) -> Mapping[str, Said]:
    return unlike(
        facts,
        lambda each: [f"{each.boot_id} {each.machine_id}"] if each.boot_id else [],
        what="the same machine",
        wanted="one entry for each machine",
        move="Take one of the entries out of the spec, or correct its address.",
    )


@across(
    "identity.machine_id",
    "Machine ids differ",
    group="identity",
    severity="should",
    why="Clones with one machine-id get the same address by DHCP, and their logs are taken for one machine's.",
    source=CLONES,
)
def machine_id(spec: Spec, facts: Mapping[str, Facts]) -> Mapping[str, Said]:
    return unlike(
        facts,
        lambda each: [each.machine_id] if each.machine_id else [],
        what="the same machine-id",
        wanted="a machine-id of its own on each node",
        move="On the clone: `rm /etc/machine-id /var/lib/dbus/machine-id; systemd-machine-id-setup`, then reboot.",
    )


@across(
    "identity.hardware_addresses",
    "Hardware addresses differ",
    group="identity",
    severity="should",
    why="Two cards with one address in a network take each other's packets.",
    source="IEEE 802; clones of virtual machines",
)
def hardware_addresses(spec: Spec, facts: Mapping[str, Facts]) -> Mapping[str, Said]:
    def own(each: Facts) -> list[str]:
        return [
            link.mac
            for link in links(each)
            if link.mac not in ("-", "00:00:00:00:00:00") and not link.name.startswith(SAME_EVERYWHERE)
        ]

    return unlike(
        facts,
        own,
        what="a hardware address",
        wanted="a hardware address of its own for each card",
        move="Give the clone's virtual card a new address in the hypervisor.",
    )


@across(
    "identity.product",
    "Product ids differ",
    group="identity",
    severity="note",
    why="Storage and cloud plug-ins tell machines apart by the id that the firmware gives.",
    source="Kubernetes documentation, kubeadm, Verify the MAC address and product_uuid",
)
def product(spec: Spec, facts: Mapping[str, Facts]) -> Mapping[str, Said]:
    return unlike(
        facts,
        lambda each: [uuid] if (uuid := each.first("x.product_uuid")) and not container(each) else [],
        what="the same product_uuid",
        wanted="a product_uuid of its own on each machine",
        move="Give the clone a new UUID in the hypervisor.",
    )


@across(
    "identity.host_keys",
    "SSH host keys differ",
    group="identity",
    severity="should",
    why="With one host key on several nodes, each can pose as the others.",
    source="ssh-keygen(1), -A; clones of virtual machines",
)
def host_keys(spec: Spec, facts: Mapping[str, Facts]) -> Mapping[str, Said]:
    return unlike(
        facts,
        lambda each: values(each, "x.host_key"),
        what="an SSH host key",
        wanted="host keys of its own on each node",
        move="On the clone: `rm /etc/ssh/ssh_host_*; ssh-keygen -A`, restart sshd, then `rancher-wizard trust`.",
    )


@across(
    "identity.addresses",
    "Addresses differ",
    group="identity",
    severity="must",
    why="Two nodes with one address answer by turns; etcd takes them for one member.",
    source="RFC 5227",
)
def addresses(spec: Spec, facts: Mapping[str, Facts]) -> Mapping[str, Said]:
    # A virtual address of a balancer may be on any server.
    shared = {door(spec), *spec.registration.tls_sans}
    return unlike(
        facts,
        lambda each: [address for address in own_addresses(each) if address not in shared],
        what="an address",
        wanted="addresses of its own on each node",
        move="Give one of them another address.",
    )
