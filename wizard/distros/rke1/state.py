"""What RKE1 has left on a node, read from its facts."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from wizard.checks.seen import values
from wizard.hosts.facts import Facts
from wizard.hosts.script import Script, load_script
from wizard.rollout.step import Survey
from wizard.spec.models import Spec
from wizard.spec.rke1 import DEFAULT_SOCKET, Plane

ROOM = Path(__file__).parent
_TRACES = load_script(ROOM, "rke1_traces")
MARK = "/var/lib/rancher-wizard/rke1"
"""The file on a node that says whose it is."""
SNAPSHOTS = "/opt/rke/etcd-snapshots"
"""Where snapshots lie on nodes of etcd."""
_CONTAINERS: dict[Plane, tuple[str, ...]] = {
    "etcd": ("etcd",),
    "controlplane": ("kube-apiserver", "kube-controller-manager", "kube-scheduler"),
    "worker": (),
}
_EVERYWHERE = ("kubelet", "kube-proxy")


def with_traces(name: str) -> Script:
    """Return one of this room's scripts that looks for what RKE1 leaves on a node."""
    return Script(name, f"{_TRACES.text}\n{load_script(ROOM, name).text}")


PROBE = with_traces("probe_rke1")


def at_socket(script: Script, spec: Spec, node: str) -> Script:
    """Return a script whose `docker` speaks to the socket that the spec names for a node."""
    sockets = {each.name: each.docker_socket for each in spec.nodes}
    socket = sockets.get(node, DEFAULT_SOCKET)
    if socket == DEFAULT_SOCKET:
        return script
    return Script(script.name, f"export DOCKER_HOST={shlex.quote(f'unix://{socket}')}\n{script.text}")


@dataclass(frozen=True, slots=True)
class Member:
    """A node as the cluster sees it."""

    name: str
    ready: bool
    version: str
    cordoned: bool


@dataclass(frozen=True, slots=True)
class SnapshotFile:
    """A snapshot on a node's disk; `at` is the epoch second of its last write."""

    name: str
    """Its file's name without .zip: what `rke` calls it."""
    size_bytes: int
    at: int


@dataclass(frozen=True, slots=True)
class Traces:
    """What RKE1 has put on a node, by kind; for reading."""

    containers: tuple[str, ...] = ()
    """Its own; those of pods are counted in `pods`."""
    pods: int = 0
    mounts: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    """Network interfaces."""


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
    snapshots: tuple[SnapshotFile, ...] = ()
    traces: Traces = Traces()
    images: frozenset[str] = frozenset()
    """What Docker has, by the names that it gives them."""

    def runs(self, planes: tuple[Plane, ...]) -> bool:
        """Whether all that belongs to these roles runs."""
        wanted = {*_EVERYWHERE, *(name for plane in planes for name in _CONTAINERS[plane])}
        return wanted <= self.running


def read_state(facts: Facts) -> Rke1State:
    """Return what the probe's RKE1 part says; never raises, whatever the node printed."""
    containers = [row for line in facts.lists.get("x.rke1.container", ()) if len(row := line.split(" ", 2)) == 3]
    return Rke1State(
        docker=facts.first("x.rke1.docker"),
        ca=facts.first("x.rke1.ca"),
        mark=facts.first("x.rke1.mark"),
        running=frozenset(row[0] for row in containers if row[2].startswith("Up")),
        members={member.name: member for member in map(_member, facts.lists.get("x.rke1.node", ()))},
        snapshots=tuple(found for line in facts.lists.get("x.rke1.snapshot", ()) if (found := _snapshot(line))),
        images=frozenset(values(facts, "x.rke1.image")),
        traces=_traces(facts, tuple(row[0] for row in containers)),
    )


def listed(survey: Survey) -> dict[str, Member]:
    """Return the nodes as the cluster's control planes list them, by name; empty where none answers."""
    states = (read_state(facts) for facts in survey.facts.values())
    return {name: member for state in states for name, member in state.members.items()}


def _snapshot(line: str) -> SnapshotFile | None:
    size, _, rest = line.partition(" ")
    at, _, name = rest.partition(" ")
    if not size.isdecimal() or not at.partition(".")[0].isdecimal() or "/" in name:
        return None
    return SnapshotFile(name.removesuffix(".zip"), int(size), int(at.partition(".")[0]))


def _traces(facts: Facts, containers: tuple[str, ...]) -> Traces:
    pods = facts.first("x.rke1.pods")
    found = {kind: tuple(facts.lists.get(f"x.rke1.{kind}", ())) for kind in ("mount", "folder", "link")}
    return Traces(containers, int(pods) if pods.isdecimal() else 0, found["mount"], found["folder"], found["link"])


def _member(text: str) -> Member:
    name, ready, version, cordoned = (*text.split(), "", "", "", "")[:4]
    return Member(name, ready == "True", version, cordoned == "true")


def kubelet_of(version: str) -> str:
    """Return what kubelets of a release say that they are: v1.30.14 for v1.30.14-rancher1-1."""
    return version.partition("-rancher")[0]
