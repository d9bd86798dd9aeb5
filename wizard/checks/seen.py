"""What the probe's fragments of this room saw, read from facts without ever failing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from wizard.hosts.facts import Facts
from wizard.spec.models import Node, Spec

DATA = "/var/lib/rancher/rke2"
DOCKER = "/var/lib/docker"
ETCD = "/var/lib/etcd"
"""Where RKE1 mounts its containers' data from."""
DiskKind = Literal["nvme", "ssd", "turning"]
_TITLES: dict[DiskKind, str] = {"nvme": "NVMe", "ssd": "SSD", "turning": "a turning disk"}


@dataclass(frozen=True, slots=True)
class FileSystem:
    """The file system that a place is, or will be, on; `kind` as `stat -f` calls it."""

    path: str
    kind: str
    inodes: int
    inodes_free: int
    writable: bool
    size_mib: int
    free_mib: int


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk under a place; all empty where that was not told, as of a container's."""

    kind: DiskKind | Literal[""] = ""
    name: str = ""

    @property
    def words(self) -> str:
        """What it is, for people."""
        return f"{_TITLES[self.kind]} ({self.name})" if self.kind else ""


@dataclass(frozen=True, slots=True)
class Link:
    """A network interface; `speed_mbit` is -1 when unknown."""

    name: str
    mtu: int
    state: str
    speed_mbit: int
    mac: str
    card: bool
    """Whether a device stands behind it, rather than software."""


def number(text: str, otherwise: int = 0) -> int:
    """Return a whole number of at most 15 digits, `otherwise` for any other text."""
    digits = text.removeprefix("-")
    if len(digits) > 15 or not (digits.isascii() and digits.isdigit()):
        return otherwise
    return int(text)


def words(facts: Facts, key: str, least: int) -> list[list[str]]:
    """Return the values of a key as lists of words, those with fewer than `least` words left out."""
    split = (value.split() for value in facts.lists.get(key, ()))
    return [each for each in split if len(each) >= least]


def values(facts: Facts, key: str) -> tuple[str, ...]:
    """Return all values of a key."""
    return tuple(value.strip() for value in facts.lists.get(key, ()) if value.strip())


def container(facts: Facts) -> str:
    """Return the kind of container the node is, "" for a machine."""
    kind = facts.first("x.container")
    return "" if kind == "none" else kind


def of_rke1(spec: Spec) -> bool:
    """Return whether the cluster is brought up by RKE1: its parts run in Docker."""
    return spec.distribution == "rke1"


def ours(facts: Facts, spec: Spec) -> bool:
    """Return whether the node runs the cluster of the spec already.

    RKE2 tells it by the first line of config.yaml, RKE1 by our mark, or by the name that its kubelet was given: nothing
    of RKE1's on a node names the cluster.
    """
    mark = f"# Written by rancher-wizard for cluster {spec.name} ("
    if of_rke1(spec):
        named = any(facts.first("x.docker.node") == node.name for node in spec.nodes)
        return named or facts.first("x.rke1.mark").startswith(mark)
    return facts.first("x.left.marker").startswith(mark)


def data_dir(spec: Spec, role: str) -> str:
    """Return where nodes of a role keep images and the cluster's data: RKE2's folder, Docker's under RKE1."""
    if of_rke1(spec):
        return DOCKER
    options = spec.options.server if role == "server" else spec.options.agent
    return str(options.get("data-dir", DATA))


def roles(node: Node, spec: Spec) -> tuple[str, ...]:
    """Return the roles of a node in its distribution's own words."""
    if not of_rke1(spec):
        return (node.role,)
    return node.planes


def keeps_etcd(node: Node, spec: Spec) -> bool:
    """Return whether a member of etcd runs on a node."""
    return "etcd" in node.planes if of_rke1(spec) else node.role == "server"


def etcd_dir(spec: Spec, role: str) -> str:
    """Return where etcd keeps its data on nodes that have it."""
    return ETCD if of_rke1(spec) else f"{data_dir(spec, role)}/server/db"


def file_system(facts: Facts, path: str) -> FileSystem | None:
    """Return the file system under one of the places that the probe looked at."""
    for kind, inodes, free, writable, size, room, *rest in words(facts, "x.fs", 7):
        if " ".join(rest) == path:
            return FileSystem(
                path, kind, number(inodes), number(free), writable == "rw", size_mib=number(size), free_mib=number(room)
            )
    return None


def disk(facts: Facts, path: str) -> Disk:
    """Return the disk under one of the places that the probe looked at."""
    for kind, name, *rest in words(facts, "x.disk", 3):
        known = next((each for each in _TITLES if each == kind), None)
        if known and " ".join(rest) == path:
            return Disk(known, name)
    return Disk()


def resolved(facts: Facts, name: str) -> str | None:
    """Return what a node found a name to be, "" where it is not known there; None where it was not asked."""
    for _, found, *words_of_name in words(facts, "x.dns.name", 3):
        if " ".join(words_of_name) == name:
            return "" if found == "-" else found
    return None


def links(facts: Facts) -> tuple[Link, ...]:
    """Return the node's network interfaces."""
    return tuple(
        Link(name, number(mtu), state, number(speed, -1), mac, card=kind == "card")
        for mtu, state, speed, mac, kind, name, *_ in words(facts, "x.link", 6)
    )


# Made by engines and network plug-ins, with addresses of their own that are the same everywhere or pods' alone.
INNER = (
    "br-",
    "cali",
    "cilium",
    "cni",
    "docker",
    "flannel",
    "kube-",
    "lxc",
    "nodelocal",
    "podman",
    "tunl",
    "veth",
    "virbr",
)


def own_addresses(facts: Facts) -> tuple[str, ...]:
    """Return the addresses of the node's own interfaces, those of bridges for containers left out."""
    return tuple(address for address, device, *_ in words(facts, "x.address", 2) if not device.startswith(INNER))


def default_link(facts: Facts) -> Link | None:
    """Return the interface of the default route."""
    device = facts.default_route.split()[-1:]
    return next((each for each in links(facts) if [each.name] == device), None)


def listed(names: Iterable[object], most: int = 5) -> str:
    """Return names in one line, at most `most` of them."""
    all_names = [str(name) for name in names]
    rest = len(all_names) - most
    return ", ".join(all_names[:most]) + (f" and {rest} more" if rest > 0 else "")
