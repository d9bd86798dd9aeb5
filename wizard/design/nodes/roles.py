"""Which of the nodes become servers and which agents, each with the reason."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from wizard.design.nodes.entry import NodeEntry
from wizard.design.nodes.hardware import has_gpu, lacking, summary
from wizard.design.nodes.wish import Change, Wish, for_gpu
from wizard.design.nodes.words import role_of
from wizard.hosts.facts import Facts
from wizard.spec.models import Role


@dataclass(frozen=True, slots=True)
class Proposed:
    """The role of one node: `reason` says why, `settled` that the operator set it."""

    role: Role
    reason: str
    settled: bool = False
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Those that its pool of the design wants."""
    taints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Roles:
    """A role for each node by its key, and what is to be said of them all."""

    nodes: Mapping[str, Proposed]
    notes: tuple[str, ...]

    @property
    def servers(self) -> int:
        """How many nodes are servers."""
        return sum(one.role == "server" for one in self.nodes.values())


def propose(
    entries: Iterable[NodeEntry],
    pools: Sequence[Wish] = (),
    *,
    facts: Mapping[str, Facts] | None = None,
    changes: Mapping[str, Change] | None = None,
) -> Roles:
    """Return a role for each entry: what the operator set stays, the rest follows from pools, facts and zones.

    `pools` are what the design wants, `facts` what was found on nodes so far, `changes` what was set by key; all by
    the entry's key. Servers are an odd number, spread over zones, earlier lines first: a node that is added at the
    end takes no other's place.
    """
    table = _Table(tuple(entries), pools, facts or {}, changes or {})
    servers = table.servers()
    nodes = {entry.key: table.proposed(entry, servers) for entry in table.entries}
    return Roles(nodes, tuple(table.notes(servers)))


class _Table:
    """The list with all that is known of it."""

    def __init__(
        self,
        entries: tuple[NodeEntry, ...],
        pools: Sequence[Wish],
        facts: Mapping[str, Facts],
        changes: Mapping[str, Change],
    ) -> None:
        self.entries = entries
        self._facts = facts
        self._changes = changes
        self._server_pools = [pool for pool in pools if role_of(pool.role) != "agent"]
        self._agent_pools = [pool for pool in pools if role_of(pool.role) == "agent"]
        self._wanted = sum(pool.count for pool in self._server_pools) or (3 if len(entries) > 2 else 1)

    def servers(self) -> list[NodeEntry]:
        """Return the servers: those that are set, then the chosen ones, in the order of the choice."""
        chosen = [entry for entry in self.entries if self._set(entry) == "server"]
        free = [entry for entry in self.entries if self._set(entry) is None]
        for _ in range(self._missing(len(chosen), len(free))):
            chosen.append(min(free, key=lambda entry: self._rank(entry, chosen)))
            free.remove(chosen[-1])
        return chosen

    def _missing(self, there: int, free: int) -> int:
        missing = max(0, min(self._wanted - there, free))
        return missing - 1 if missing and (there + missing) % 2 == 0 else missing

    def _rank(self, entry: NodeEntry, chosen: list[NodeEntry]) -> tuple[bool, bool, int]:
        """Lowest first; `min` keeps the order of the list among equals."""
        in_zone = sum(self.zone(other) == self.zone(entry) for other in chosen)
        return bool(self._short(entry)), has_gpu(entry, self._facts.get(entry.key)), in_zone

    def _set(self, entry: NodeEntry) -> Role | None:
        change = self._changes.get(entry.key)
        return role_of(change.role) if change and change.role else entry.role

    def zone(self, entry: NodeEntry) -> str | None:
        change = self._changes.get(entry.key)
        return (change and change.zone) or entry.zone

    def _short(self, entry: NodeEntry) -> str:
        """Return what a node lacks to be a server, "" when nothing or when nobody has looked."""
        facts = self._facts.get(entry.key)
        if facts is None or not self._server_pools:
            return ""
        return lacking(facts, self._server_pools[0])

    def proposed(self, entry: NodeEntry, servers: list[NodeEntry]) -> Proposed:
        """Return one node's role with its reason."""
        role: Role = "server" if entry in servers else "agent"
        pool = self._pool(entry, role)
        labels, taints = (pool.labels, tuple(pool.taints)) if pool else ({}, ())
        change = self._changes.get(entry.key)
        if self._set(entry):
            return Proposed(role, "set by you" if change and change.role else "as its line says", True, labels, taints)
        reason = self._server_reason(entry, servers) if role == "server" else self._agent_reason(entry, servers)
        return Proposed(role, reason, False, labels, taints)

    def _pool(self, entry: NodeEntry, role: Role) -> Wish | None:
        if role == "server":
            return self._server_pools[0] if self._server_pools else None
        gpu = has_gpu(entry, self._facts.get(entry.key))
        alike = [pool for pool in self._agent_pools if for_gpu(pool) == gpu]
        plain = [pool for pool in self._agent_pools if not for_gpu(pool)]
        return next(iter(alike or plain), None)

    def _server_reason(self, entry: NodeEntry, servers: list[NodeEntry]) -> str:
        place = f"server {servers.index(entry) + 1} of {len(servers)}"
        zone = self.zone(entry)
        alone = sum(self.zone(other) == zone for other in servers) == 1
        where = f", {'the one in' if alone else 'in'} zone {zone}" if zone else ""
        if short := self._short(entry):
            return f"{place}{where}, though it has only {short}"
        facts = self._facts.get(entry.key)
        return f"{place}{where}" + (f"; {summary(facts)}" if facts else "")

    def _agent_reason(self, entry: NodeEntry, servers: list[NodeEntry]) -> str:
        if has_gpu(entry, self._facts.get(entry.key)):
            return "agent: its GPU is for workloads"
        if short := self._short(entry):
            return f"agent: a server needs more than {short}"
        if len(servers) < self._wanted:
            return f"agent: etcd wants an odd number of servers, {len(servers)} for now"
        return f"agent: {len(servers)} server{'s are' if len(servers) > 1 else ' is'} what the design wants"

    def notes(self, servers: list[NodeEntry]) -> Iterable[str]:
        """Say what is to be known of the servers as a whole."""
        count, zones = len(servers), {self.zone(entry) for entry in servers} - {None}
        if self.entries and count < self._wanted:
            more = self._wanted - count
            yield f"The design wants {self._wanted} servers, the list gives {count}; add {more} node{'s' * (more > 1)}."
        if count > 1 and count % 2 == 0:
            yield f"{count} servers survive no more than {count - 1}: etcd wants an odd number; add or drop one."
        if count > 2 and len(zones) == 2:
            yield "The servers stand in two zones: the loss of the one with more of them stops the cluster; use three."
        gpus = sum(pool.count for pool in self._agent_pools if for_gpu(pool))
        found = sum(has_gpu(entry, self._facts.get(entry.key)) for entry in self.entries)
        if self.entries and found < gpus:
            yield f"The design wants {gpus} GPU nodes, {found} are known; write gpu in the name of a node that has one."
