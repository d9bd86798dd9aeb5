"""What RKE2 has left on a node, read from its facts."""

from dataclasses import dataclass
from pathlib import Path

from wizard.checks.cluster.voters import votes
from wizard.hosts.facts import Facts
from wizard.hosts.script import load_script

ROOM = Path(__file__).parent
PROBE = load_script(ROOM, "probe_rke2")

CONFIG_DIR = "/etc/rancher/rke2"
CONFIG = f"{CONFIG_DIR}/config.yaml"
REGISTRIES = f"{CONFIG_DIR}/registries.yaml"
KUBECONFIG = f"{CONFIG_DIR}/rke2.yaml"
DATA = "/var/lib/rancher/rke2"
IMAGES = f"{DATA}/agent/images"
SUPERVISOR_PORT = 9345
API_PORT = 6443


@dataclass(frozen=True, slots=True)
class Unit:
    active: str
    enabled: str
    started: int  # epoch seconds of its main process, 0 when it never ran


@dataclass(frozen=True, slots=True)
class Member:
    """A node as the cluster sees it."""

    name: str
    ready: bool
    version: str
    voter: bool
    """Whether a server votes in etcd, as far as its release tells; means nothing for an agent."""


@dataclass(frozen=True, slots=True)
class SnapshotFile:
    """A snapshot of etcd on a server's own disk."""

    path: str
    size_bytes: int
    written: int  # epoch seconds


@dataclass(frozen=True, slots=True)
class Rke2State:
    """RKE2 on one node; empty fields where nothing is installed."""

    version: str
    marker: str
    configured: bool
    ca: str  # sha256 of the cluster CA's PEM file
    etcd: bool
    units: dict[str, Unit]
    images: dict[str, int]  # sizes in bytes by file name
    members: dict[str, Member]
    job: bool  # an install of ours runs, or has ended and was not read yet
    snapshots: tuple["SnapshotFile", ...] = ()
    policy: str = ""  # version of the package with SELinux's rules for RKE2, as 0:0.18-1.el9
    restore: str = ""  # id of the restore that had this node last, and how far it came

    @property
    def traces(self) -> bool:
        """True when RKE2 was configured or has run here."""
        return self.configured or bool(self.ca) or self.etcd


def read_state(facts: Facts) -> Rke2State:
    """Return what the probe's RKE2 part says; never raises, whatever the node printed."""

    def one(key: str) -> str:
        return next(iter(facts.lists.get(f"x.rke2.{key}", ())), "")

    return Rke2State(
        version=one("version"),
        marker=one("marker"),
        configured="x.rke2.marker" in facts.lists,
        ca=one("ca"),
        etcd=one("etcd") == "yes",
        units=units_of(facts),
        images=dict(_image(line) for line in facts.lists.get("x.rke2.image", ())),
        job=one("job") == "there",
        snapshots=tuple(map(_snapshot, facts.lists.get("x.rke2.snapshot", ()))),
        policy=one("policy"),
        restore=one("restore"),
        members={member.name: member for member in map(_member, facts.lists.get("x.rke2.node", ()))},
    )


def units_of(facts: Facts, program: str = "rke2") -> dict[str, Unit]:
    """Return the units of RKE2, or of another program with RKE2 inside, by role; those that are not there left out."""
    told = {role: next(iter(facts.lists.get(f"x.{program}.unit.{role}", ())), "") for role in ("server", "agent")}
    return {role: _unit(text) for role, text in told.items() if text}


def _unit(text: str) -> Unit:
    active, enabled, started = (*text.split(), "", "", "")[:3]
    return Unit(active, enabled, int(started) if started.isdigit() else 0)


def _image(text: str) -> tuple[str, int]:
    size, _, path = text.partition(" ")
    return path.rpartition("/")[2], int(size) if size.isdigit() else -1


def _snapshot(text: str) -> SnapshotFile:
    size, written, path = (*text.split(" ", 2), "", "", "")[:3]
    return SnapshotFile(path, _count(size), _count(written))


def _count(text: str) -> int:
    return int(text) if text.isdigit() else 0


def _member(text: str) -> Member:
    name, ready, version, voter = (*text.split(), "", "", "", "")[:4]
    return Member(name, ready == "True", version, votes(voter, version))
