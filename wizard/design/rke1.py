"""What a composed spec becomes where RKE1 is asked for on purpose."""

from collections.abc import Iterator, Sequence
from typing import Any

from wizard.design.pool import Pool
from wizard.design.tree import Path, Tree, put, take
from wizard.spec.release import RKE1_VERSION
from wizard.spec.rke1 import PLANES, Plane
from wizard.spec.rke1_version import newest_free

NOTES: dict[Path, str] = {
    ("version",): "Pinned: a newer `rke` would otherwise upgrade the cluster by surprise.",
    ("nodes",): "`rke` brings them up: etcd, then the control plane, then workers.",
    ("etcd",): "Snapshots. Keep cluster.yml and cluster.rkestate with them: one is of no use without the others.",
    ("registration",): "Where users reach the API: port 6443, led to all control plane nodes.",
}
_DUTIES: dict[str, Plane] = {"control": "controlplane", "etcd": "etcd", "work": "worker"}
_USUAL: tuple[Plane, ...] = ("controlplane", "etcd")
# Where an argument that the answers lead to stands, by the option of RKE2 that it was put in.
_ARGUMENTS: dict[Path, Path] = {
    ("options", "server", "kube-controller-manager-arg"): ("rke1", "services", "kube_controller", "extra_args"),
    ("options", "agent", "kubelet-arg"): ("rke1", "services", "kubelet", "extra_args"),
    ("options", "server", "kubelet-arg"): ("rke1", "services", "kubelet", "extra_args"),
}


def as_rke1(tree: Tree, pools: Sequence[Pool]) -> None:
    """Change a spec of RKE2, as keys and values, into one of RKE1. What RKE1 can't do is left to the spec's rules."""
    tree["distribution"] = "rke1"
    # Only releases of RKE2 are asked for; what was carried from a spec of RKE1 stays.
    if not RKE1_VERSION.fullmatch(str(tree.get("version", ""))):
        tree["version"] = newest_free()
    if tree.get("ingress") == "traefik":
        tree["ingress"] = "ingress-nginx"
    for theirs, ours in _ARGUMENTS.items():
        for argument in take(tree, theirs) or ():
            name, _, value = str(argument).partition("=")
            put(tree, (*ours, name), int(value) if value.isdecimal() else value)
    _give_roles(tree["nodes"], pools)


def _give_roles(nodes: list[dict[str, Any]], pools: Sequence[Pool]) -> None:
    """Servers take the roles of the design's pools in turn; what is over those of the first."""
    servers = [node for node in nodes if node["role"] == "server"]
    managers = [pool for pool in pools if pool.manages]
    places = [pool for pool in managers for _ in range(pool.count)]
    # The fewer machines there are, the more each must do: a plane without a node would be no cluster.
    planes = [_planes(pool) for pool in places] if len(servers) >= len(places) else []
    for node, own in zip(servers, _padded(planes, managers, len(servers)), strict=True):
        if own != _USUAL:
            node["roles"] = list(own)
    if not any(node["role"] == "agent" for node in nodes):
        for node in servers:
            own = node.get("roles", list(_USUAL))
            node["roles"] = own if "worker" in own else [*own, "worker"]


def _padded(planes: list[tuple[Plane, ...]], managers: Sequence[Pool], count: int) -> Iterator[tuple[Plane, ...]]:
    every = {plane for pool in managers for plane in _planes(pool)}
    rest = tuple(plane for plane in PLANES if plane in every) or _USUAL
    yield from planes
    yield from (rest for _ in range(count - len(planes)))


def _planes(pool: Pool) -> tuple[Plane, ...]:
    mine = {_DUTIES[duty] for duty in pool.duties}
    return tuple(plane for plane in PLANES if plane in mine)
