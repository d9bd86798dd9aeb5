"""What RKE1 has left on a node, read from its facts."""

from dataclasses import dataclass
from pathlib import Path

from wizard.hosts.facts import Facts
from wizard.hosts.script import load_script
from wizard.spec.rke1 import Plane

ROOM = Path(__file__).parent
PROBE = load_script(ROOM, "probe_rke1")
MARK = "/var/lib/rancher-wizard/rke1"
"""The file on a node that says whose it is."""
_CONTAINERS: dict[Plane, tuple[str, ...]] = {
    "etcd": ("etcd",),
    "controlplane": ("kube-apiserver", "kube-controller-manager", "kube-scheduler"),
    "worker": (),
}
_EVERYWHERE = ("kubelet", "kube-proxy")


@dataclass(frozen=True, slots=True)
class Member:
    """A node as the cluster sees it."""

    name: str
    ready: bool
    version: str
    cordoned: bool


@dataclass(frozen=True, slots=True)
class Rke1State:
    """RKE1 on one node; empty where nothing is."""

    docker: str
    """Docker's version, "" where it does not answer."""
    ca: str
    """The fingerprint of the cluster's CA, as treasure.fingerprint gives it."""
    mark: str
    """The first line of MARK."""
    running: frozenset[str]
    """Containers of RKE1 that run."""
    members: dict[str, Member]
    """The cluster's nodes; known on control planes alone."""

    def runs(self, planes: tuple[Plane, ...]) -> bool:
        """Whether all that belongs to these roles runs."""
        wanted = {*_EVERYWHERE, *(name for plane in planes for name in _CONTAINERS[plane])}
        return wanted <= self.running


def read_state(facts: Facts) -> Rke1State:
    """Return what the probe's RKE1 part says; never raises, whatever the node printed."""
    containers = (line.split(" ", 2) for line in facts.lists.get("x.rke1.container", ()))
    return Rke1State(
        docker=facts.first("x.rke1.docker"),
        ca=facts.first("x.rke1.ca"),
        mark=facts.first("x.rke1.mark"),
        running=frozenset(row[0] for row in containers if len(row) == 3 and row[2].startswith("Up")),
        members={member.name: member for member in map(_member, facts.lists.get("x.rke1.node", ()))},
    )


def _member(text: str) -> Member:
    name, ready, version, cordoned = (*text.split(), "", "", "", "")[:4]
    return Member(name, ready == "True", version, cordoned == "true")


def kubelet_of(version: str) -> str:
    """Return what kubelets of a release say that they are: v1.30.14 for v1.30.14-rancher1-1."""
    return version.partition("-rancher")[0]
