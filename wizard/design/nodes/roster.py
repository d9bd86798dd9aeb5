"""The nodes of a list as they will stand in the spec, each with the reason for its role."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from wizard.design.draft import NodeChange
from wizard.design.nodes.entry import NodeEntry, read_entry
from wizard.design.nodes.fault import NotUnderstood
from wizard.design.nodes.names import names
from wizard.design.nodes.roles import Proposed, propose
from wizard.design.nodes.understand import Understood
from wizard.design.nodes.wish import Wish
from wizard.errors import BadAnswer
from wizard.hosts.facts import Facts
from wizard.spec.models import Role


@dataclass(frozen=True, slots=True)
class Member:
    """One node: `line` is that of the text, from 1; `settled` that the operator set its role."""

    entry: NodeEntry
    line: int
    name: str
    role: Role
    reason: str
    settled: bool
    zone: str

    @property
    def key(self) -> str:
        """That of its entry."""
        return self.entry.key


@dataclass(frozen=True, slots=True)
class Roster:
    """All nodes in the order of the list, and what is to be said of them as a whole."""

    members: tuple[Member, ...]
    notes: tuple[str, ...]

    def count(self, role: Role) -> int:
        """Return how many nodes have a role."""
        return sum(member.role == role for member in self.members)


def roster(understood: Understood, changes: Mapping[str, NodeChange], pools: Sequence[Wish] = ()) -> Roster:
    """Return the nodes of a list as they will stand in the spec: `changes` by the entry's key, `pools` of the design.

    What machines were found to have changes nothing here, so that the same list gives the same spec everywhere.
    """
    named = names(understood.entries, {key: change.name for key, change in changes.items() if change.name})
    roles = propose(understood.entries, pools, changes=changes)
    lines = ((entry, line.number) for line in understood.lines for entry in line.entries)
    members = []
    for entry, number in lines:
        change, proposed = changes.get(entry.key, NodeChange()), roles.nodes[entry.key]
        zone = change.zone or entry.zone or ""
        members.append(Member(entry, number, named[entry.key], proposed.role, proposed.reason, proposed.settled, zone))
    return Roster(tuple(members), roles.notes)


def better(
    found: Roster, changes: Mapping[str, NodeChange], pools: Sequence[Wish], facts: Mapping[str, Facts]
) -> dict[str, tuple[Role, str]]:
    """Return, by key, the roles that would suit the machines better, each with its reason; none that was set."""
    roles = propose([member.entry for member in found.members], pools, facts=facts, changes=changes).nodes
    return {
        member.key: (roles[member.key].role, _bare(roles[member.key]))
        for member in found.members
        if not member.settled and roles[member.key].role != member.role
    }


def _bare(proposed: Proposed) -> str:
    return proposed.reason.removeprefix(f"{proposed.role}: ")


def read_change(field: Literal["name", "zone"], text: str) -> str | None:
    """Take what was typed as a node's name or zone; return it as the spec holds it, None for nothing.

    Raises BadAnswer where the spec would refuse it.
    """
    if not text.strip():
        return None
    try:
        entry = read_entry({"address": "10.0.0.1", field: text.strip()})
    except NotUnderstood as error:
        raise BadAnswer(error.what, error.allowed) from None
    return entry.name if field == "name" else entry.zone
