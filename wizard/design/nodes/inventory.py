"""An Ansible inventory: groups with hosts, variables and children, whichever way it is written."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from wizard.design.nodes.entry import NodeEntry
from wizard.design.nodes.fault import NotUnderstood
from wizard.design.nodes.fields import Fields, add_role, nodes_at, places_of, set_field
from wizard.design.nodes.ranges import spread
from wizard.design.nodes.reading import Reading
from wizard.design.nodes.words import field_of, role_of, zone_of
from wizard.spec.address import as_ip
from wizard.spec.problem import shorten

ALL = "all"
Pairs = list[tuple[str, str]]
# Playbooks use these for all kinds of things.
_GENERAL = frozenset(
    ("alias", "dns", "function", "host", "key", "kind", "label", "labels", "login", "node", "site", "type")
)


@dataclass(slots=True)
class Group:
    """What an inventory says of one group."""

    parents: list[str] = field(default_factory=list)
    pairs: Pairs = field(default_factory=list)


@dataclass(slots=True)
class Host:
    """What an inventory says of one host, wherever it says it; `line` is the index of the first place."""

    line: int
    groups: list[str] = field(default_factory=list)
    pairs: Pairs = field(default_factory=list)


class Inventory:
    """An inventory that is being read: what it says is put in, then each line's reading is taken out."""

    def __init__(self, lines: int) -> None:
        self._groups: dict[str, Group] = {ALL: Group()}
        self._hosts: dict[str, Host] = {}
        self._problems: list[list[str]] = [[] for _ in range(lines)]
        self._notes = [""] * lines

    def group(self, name: str) -> Group:
        """Return the group of that name, a new one at its first mention."""
        return self._groups.setdefault(name, Group())

    def host(self, line: int, written: str, group: str, pairs: Pairs) -> None:
        """Take a host, or a range of them, as it stands on a line under a group."""
        try:
            aliases = spread(written)
        except NotUnderstood as error:
            self.problem(line, str(error))
            return
        for alias in aliases:
            host = self._hosts.setdefault(alias, Host(line))
            host.groups.append(group)
            host.pairs += pairs
            if host.line != line:
                self.note(line, f"{alias}, also of {group}; listed on line {host.line + 1}")

    def problem(self, line: int, said: str) -> None:
        """Note what is wrong on a line."""
        self._problems[line].append(said)

    def note(self, line: int, said: str) -> None:
        """Say what a line is; what was said first stays."""
        self._notes[line] = self._notes[line] or said

    def readings(self) -> list[Reading]:
        """Return what each line says: a host stands at the first line that names it."""
        entries: list[list[NodeEntry]] = [[] for _ in self._notes]
        for alias, host in self._hosts.items():
            entries[host.line] += self._nodes(alias, host)
        rows = zip(entries, self._problems, self._notes, strict=True)
        return [Reading(tuple(nodes), tuple(dict.fromkeys(problems)), note) for nodes, problems, note in rows]

    def _nodes(self, alias: str, host: Host) -> Iterator[NodeEntry]:
        problems = self._problems[host.line]
        lineage = self._lineage(host.groups)
        fields: Fields = {}
        for pairs in (*(self._groups[group].pairs for group in lineage), host.pairs):
            self._take(fields, pairs, host.line)
        if "role" not in fields:
            for group in filter(role_of, lineage):
                add_role(fields, group)
        if "zone" not in fields:
            fields["zone"] = next(filter(zone_of, lineage), "")
        address = fields.pop("address", "")
        name = fields.pop("name", "") or (alias if address and not as_ip(alias) else "")
        where = places_of([address or alias], problems)
        yield from nodes_at(where, [name] if name and len(where) == 1 else (), fields, problems)

    def _lineage(self, groups: Iterable[str]) -> list[str]:
        """Return the groups with all above them, those that are nearer to the host later, each once."""
        found: dict[str, None] = {}
        waiting = deque(groups)
        while waiting:
            name = waiting.popleft()
            if name not in found:
                found[name] = None
                waiting += self.group(name).parents
        return [ALL, *(name for name in reversed(found) if name != ALL)]

    def _take(self, fields: Fields, pairs: Pairs, line: int) -> None:
        unused = []
        for key, value in pairs:
            if not value or not _meant(key, value):
                unused.append(key)
                continue
            try:
                set_field(fields, key, value)
            except NotUnderstood as error:
                self.problem(line, str(error))
        if unused:
            self.note(line, "not used: " + shorten(", ".join(dict.fromkeys(unused))))


def _meant(key: str, value: str) -> bool:
    """Tell whether a variable is about the node: inventories hold many that only their playbooks know."""
    field = field_of(key)
    return bool(field) and key not in _GENERAL and (field != "role" or role_of(value) is not None)
