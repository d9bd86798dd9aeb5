"""How a running cluster stands: what was seen of each node when it last answered, and what is not as it should be."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from wizard.balancers.status import Status
from wizard.checks.cluster.certificate import Certificate, certificate
from wizard.checks.cluster.standing import ETCD_QUOTA_BYTES, FULL, SOON_DAYS
from wizard.distros.rke1.state import kubelet_of
from wizard.errors import HostError
from wizard.plain import plain
from wizard.spec.models import Spec
from wizard.times import duration


@dataclass(frozen=True, slots=True)
class Listed:
    """A node as the cluster's API lists it."""

    ready: bool
    version: str
    voter: bool


@dataclass(frozen=True, slots=True)
class Etcd:
    """etcd as one server's own member tells of it."""

    member: int
    leader: int
    """Id of the member that leads; 0 where there is none."""
    db_bytes: int
    used_bytes: int
    version: str
    members: tuple[str, ...]
    learners: tuple[str, ...]
    alarms: tuple[str, ...]

    @property
    def leads(self) -> bool:
        """Whether this server's member leads."""
        return bool(self.leader) and self.member == self.leader


@dataclass(frozen=True, slots=True)
class Snapshots:
    """The snapshots on one server's disk."""

    count: int
    newest: str
    size_bytes: int
    at: int
    """Epoch seconds of the newest one's end, by that server's clock."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one answer of a node told."""

    at: float
    """Epoch seconds, by the clock of the machine that asked."""
    unit: str = ""
    since: int = 0
    """Epoch seconds of the start of RKE2's process there, 0 for none."""
    listed: Mapping[str, Listed] = field(default_factory=dict)
    etcd: Etcd | None = None
    snapshots: Snapshots | None = None
    soonest: Certificate | None = None
    """The certificate that ends first."""


def seen(lines: tuple[str, ...], at: float) -> Seen:
    """Return what a node printed; never raises, whatever that was."""
    told: dict[str, list[str]] = {}
    papers: list[Certificate] = []
    for line in lines:
        if line.startswith("/"):
            papers += [found] if (found := certificate(line)) else []
        else:
            key, _, value = line.partition("=")
            told.setdefault(key, []).append(value.strip())
    # Two words, of which the first is missing where systemd did not answer.
    unit, since = ("", "", *told.get("unit", [""])[0].split())[-2:]
    return Seen(
        at=at,
        unit=unit,
        since=_count(since),
        listed=dict(_listed(line) for line in told.get("node", ()) if line),
        etcd=_etcd(told),
        snapshots=_snapshots(told.get("snapshots", [""])[0]),
        soonest=min(papers, key=lambda each: each.ends, default=None),
    )


@dataclass(frozen=True, slots=True)
class NodeStands:
    """One node: the last that was seen of it, and since when it does not answer."""

    name: str
    role: str
    seen: Seen | None = None
    silent_since: float = 0.0
    """Epoch seconds of the first look that got no answer, 0 while it answers."""
    error: HostError | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A whole cluster at one moment."""

    spec: Spec
    at: float
    nodes: Mapping[str, NodeStands]
    balancers: Status | None = None
    halfway: tuple[str, ...] = ()
    """What was begun on it and is not ended, a sentence each."""

    @property
    def listed(self) -> Mapping[str, Listed]:
        """The nodes as the first server that answers lists them; empty where none does."""
        answers = (each.seen.listed for each in self._servers() if each.seen and not each.error)
        return next((found for found in answers if found), {})

    @property
    def leader(self) -> str:
        """The server that leads etcd, "" where none says so of itself."""
        return next(
            (each.name for each in self._servers() if each.seen and each.seen.etcd and each.seen.etcd.leads), ""
        )

    def state(self, name: str) -> str:
        """One word on a node: silent, unknown, NotReady, Ready, or what its unit is."""
        node = self.nodes[name]
        if node.error:
            return "silent"
        if node.seen is None:
            return "asked"
        if self.listed and name not in self.listed:
            return "unknown"
        if name in self.listed and not self.listed[name].ready:
            return "NotReady"
        if node.seen.unit != "active":
            return node.seen.unit or "not up"
        return "Ready" if name in self.listed else "active"

    def problems(self) -> tuple[tuple[str, str], ...]:
        """Return what is not as it should be: the node it is about ("" for none) and a sentence."""
        return tuple(self._problems())

    def _servers(self) -> Iterator[NodeStands]:
        return (self.nodes[server.name] for server in self.spec.servers)

    def _problems(self) -> Iterator[tuple[str, str]]:
        yield from (("", each) for each in self.halfway)
        for name, node in self.nodes.items():
            yield from ((name, each) for each in self._wrong(name, node))
        yield from self._another_release()
        yield from (("", each) for each in self._etcd_wrong())
        if self.spec.etcd.snapshots.enabled:
            answered = [each.seen for each in self._servers() if each.seen and not each.error]
            if answered and not any(each.snapshots for each in answered):
                yield "", "no server has a snapshot of etcd"
        if self.balancers:
            yield from (("", each) for each in self.balancers.problems())

    def _wrong(self, name: str, node: NodeStands) -> Iterator[str]:
        if node.error:
            silent_s = self.at - node.silent_since
            yield f"no answer{f' for {duration(silent_s)}' if silent_s >= 1 else ''}: {node.error.what}"
            return
        state = self.state(name)
        if state == "unknown":
            yield "the cluster does not know it"
        elif state not in ("Ready", "active", "asked"):
            yield f"is {state}"
        if node.seen and (paper := node.seen.soonest):
            days = paper.days_left(datetime.fromtimestamp(self.at, UTC))
            if days < SOON_DAYS:
                yield f"certificate {paper.name} {'has ended' if days < 0 else f'ends in {days} days'}"

    def _another_release(self) -> Iterator[tuple[str, str]]:
        """Each version that is not the spec's, once: before an upgrade all nodes have it."""
        wanted, found = kubelet_of(self.spec.version), dict[str, list[str]]()
        for name in self.nodes:
            if (listed := self.listed.get(name)) and listed.version != wanted:
                found.setdefault(listed.version, []).append(name)
        for version, names in found.items():
            says = f"{version}, the spec says {self.spec.version}: rancher-wizard upgrade plan shows the way"
            if len(names) == 1:
                yield names[0], f"runs {says}"
            else:
                yield "", f"{len(names)} nodes run {says}"

    def _etcd_wrong(self) -> Iterator[str]:
        told = {
            each.name: each.seen.etcd for each in self._servers() if each.seen and each.seen.etcd and not each.error
        }
        if not told:
            return
        if not any(each.leader for each in told.values()):
            yield "etcd has no leader"
        # Every member tells of all alarms.
        yield from (f"etcd: {alarm}" for alarm in dict.fromkeys(a for each in told.values() for a in each.alarms))
        servers = len(self.spec.etcd_nodes)
        for name, each in told.items():
            if len(each.members) != servers:
                yield f"etcd on {name} counts {len(each.members)} members, the spec has {servers} servers"
            if each.db_bytes > FULL * ETCD_QUOTA_BYTES:
                yield f"etcd's file on {name} has {size(each.db_bytes)} of {size(ETCD_QUOTA_BYTES)}"


def size(count: int) -> str:
    """Return bytes as an operator reads them."""
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.0f} MiB"


def _listed(line: str) -> tuple[str, Listed]:
    name, ready, version, voter = (*line.split(), "", "", "", "")[:4]
    return plain(name), Listed(ready == "True", version, voter == "True")


def _etcd(told: Mapping[str, list[str]]) -> Etcd | None:
    try:
        (answer,) = json.loads(told.get("etcd", [""])[0])
        status = answer["Status"]
        members = [line.split(", ") for line in told.get("member", ())]
        return Etcd(
            member=int(status["header"]["member_id"]),
            leader=int(status.get("leader", 0)),
            db_bytes=int(status.get("dbSize", 0)),
            used_bytes=int(status.get("dbSizeInUse", 0)),
            version=str(status.get("version", "")),
            members=tuple(each[2] for each in members if len(each) > 2),
            learners=tuple(each[2] for each in members if each[-1] == "true"),
            alarms=tuple(told.get("alarm", ())),
        )
    except (ValueError, KeyError, TypeError):
        return None


def _snapshots(text: str) -> Snapshots | None:
    count, size_bytes, at, name = (*text.split(" ", 3), "", "", "", "")[:4]
    return Snapshots(_count(count), name, _count(size_bytes), _count(at.partition(".")[0])) if _count(count) else None


def _count(text: str) -> int:
    return int(text) if text.isdecimal() else 0
