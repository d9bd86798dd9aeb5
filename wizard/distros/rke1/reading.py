"""How far each node is, and what is wrong with it, read from the log of one `rke up`."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from re import Match

from wizard.distros.rke1.line import Line, read_line
from wizard.distros.rke1.pattern import Mark, Trouble, marks, noise, phases, services, troubles

SHOWN = 300
"""What is shown of a line that explains a failure."""


@dataclass(frozen=True, slots=True)
class Member:
    """A node as rke speaks of it: by address in most lines, by its name in the cluster in those of upgrades."""

    name: str
    aliases: frozenset[str]
    phases: frozenset[str]
    """What rke does on it."""


@dataclass(slots=True)
class Way:
    """Where a node is: the phase (its number), the percent of it, what is done; it only goes on."""

    phase: int = 0
    percent: int = 0
    doing: str = "waits for rke"
    ended: int = 0
    """How many phases are over."""
    healthy: set[str] = field(default_factory=set)
    worked_on: bool = False
    """Whether rke started or replaced a container of Kubernetes there."""
    why: dict[int, str] = field(default_factory=dict)
    """The line of each known failure, by its place in the profile."""
    lost: bool = False
    held: bool = False
    """Whether it has not got through though others did."""


class Reading:
    """Takes rke's lines one by one, of all nodes at once. Memory is bound by the number of nodes."""

    def __init__(self, members: Iterable[Member]) -> None:
        self._ways: dict[str, Way] = {}
        self._named: dict[str, str] = {}
        self._members: dict[str, Member] = {}
        for member in members:
            self._members[member.name] = member
            self._ways[member.name] = Way()
            self._named |= {alias.lower(): member.name for alias in member.aliases}
        self._order = phases()
        self._why: dict[int, str] = {}
        self.last_words = ""
        """What rke said when it gave up, "" when it said nothing."""
        self.last_line = ""
        self.succeeded = False
        self.deployed = False
        """Whether add-ons have been worked on: all nodes are through, or were left behind."""
        self.general = False
        """Whether rke gave up for a reason that is no node's."""

    def take(self, raw: str) -> str:
        """Take one line; return the node that it belongs to, "" for one about all of them or none."""
        line = read_line(raw)
        return self.take_line(line)

    def take_line(self, line: Line) -> str:
        """Take one line that was read already; see `take`."""
        self.last_line = line.message[:SHOWN] or self.last_line
        about = "" if line.calm else self._trouble(line)
        for mark in marks():
            if found := mark.pattern.match(line.message):
                return self._mark(mark, found) or about
        for mark in noise():
            if found := mark.pattern.search(line.message):
                return self._noise(mark, found) or about
        return about

    def way(self, node: str) -> Way:
        """Where `node` is."""
        return self._ways[node]

    def over(self, node: str, phase: str) -> bool:
        """Whether `phase` is over on `node`; one that has no part in the node is over with the one before it."""
        return self.succeeded or self._ways[node].ended > self._order.index(phase)

    def lost(self, node: str) -> bool:
        """Whether rke goes on without `node`."""
        return self._ways[node].lost

    def likely(self, node: str = "") -> tuple[Trouble, str] | None:
        """The best explanation for `node`, or for the run as a whole, and its line."""
        seen = self._ways[node].why if node else self._why
        return next(((troubles()[place], seen[place]) for place in sorted(seen)), None)

    def blamed(self) -> tuple[str, ...]:
        """The nodes that lines of trouble name."""
        return tuple(name for name, way in self._ways.items() if way.why)

    def left_behind(self, node: str) -> bool:
        """Whether the run failed for other nodes only, which it left behind, and did all of `node`."""
        others = set(self.blamed()) - {node}
        return self.deployed and not self.general and bool(others) and not self._ways[node].why

    def percent(self, node: str, phase: str) -> int:
        """How much of `phase` is done on `node`; 0 before it begins there."""
        way, place = self._ways[node], self._order.index(phase)
        return way.percent if way.phase == place else 100 if way.phase > place else 0

    def _mark(self, mark: Mark, found: Match[str]) -> str:
        self.succeeded = self.succeeded or mark.succeeds
        self.deployed = self.deployed or mark.phase == self._order[-1]
        name = self._name(found)
        targets = [name] if name else [] if "host" in found.re.groupindex else list(self._ways)
        for each in targets:
            self._go(each, mark, found)
        if mark.over:
            for each, way in self._ways.items():
                if not way.held:
                    self._end(each, mark.over)
        return name

    def _go(self, name: str, mark: Mark, found: Match[str]) -> None:
        way, place = self._ways[name], self._order.index(mark.phase)
        if mark.phase not in self._members[name].phases:
            return
        if (place, mark.percent) >= (way.phase, way.percent) and place >= way.ended:
            way.phase, way.percent, way.doing = place, mark.percent, mark.words(found)
        way.worked_on = way.worked_on or mark.works
        if mark.well:
            way.healthy.add(found["service"])
            if services()[mark.phase] <= way.healthy:
                self._end(name, mark.phase)
        if mark.ends:
            self._end(name, mark.ends)

    def _end(self, name: str, phase: str) -> None:
        """A phase is over on a node: so are those before it. One in trouble stays where it is."""
        way, ended = self._ways[name], self._order.index(phase) + 1
        if way.lost or ended <= way.ended:
            return
        way.ended = ended
        if way.phase < ended:
            last = len(self._order) - 1
            way.phase, way.percent = min(ended, last), 0 if ended <= last else 100

    def _noise(self, mark: Mark, found: Match[str]) -> str:
        name = self._name(found)
        if name and mark.says:
            self._ways[name].doing = mark.words(found)
        return name

    def _trouble(self, line: Line) -> str:
        about = ""
        for place, trouble in enumerate(troubles()):
            if found := trouble.pattern.search(line.message):
                self._why.setdefault(place, line.message[:SHOWN])
                for alias in trouble.names(line.message, found):
                    about = self._named.get(alias.lower(), "") or about
                    self._blame(self._named.get(alias.lower(), ""), place, trouble, line)
        if line.level in ("fatal", "panic"):
            self.last_words = line.message[:SHOWN]
            self.general = self.general or not about
        return about

    def _blame(self, name: str, place: int, trouble: Trouble, line: Line) -> None:
        if name:
            way = self._ways[name]
            way.why.setdefault(place, line.message[:SHOWN])
            way.lost = way.lost or trouble.loses
            way.held = way.held or trouble.holds

    def _name(self, found: Match[str]) -> str:
        alias = found.groupdict().get("host") or ""
        return self._named.get(alias.lower(), "")
