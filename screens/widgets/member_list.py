"""The nodes of the list, a row each, filled while they are tried."""

from collections.abc import Iterable, Mapping
from typing import Literal

from textual.binding import Binding

from screens.glyphs import Glyphs
from screens.widgets.ink import Span
from screens.widgets.member_row import Columns, row, titles
from screens.widgets.rows import RowList
from wizard.design.nodes.roster import Member
from wizard.design.nodes.tried import Tried

Kind = Literal["all", "not ready", "ready", "servers", "agents"]
KINDS: tuple[Kind, ...] = ("all", "not ready", "ready", "servers", "agents")


class MemberList(RowList):
    """Nodes in the order of the list."""

    BINDINGS = [
        Binding("r", "screen.role", "Role"),
        Binding("z", "screen.field('zone')", "Zone"),
        Binding("n", "screen.field('name')", "Name", show=False),
        Binding("backspace", "screen.forget", "Forget", show=False),
        Binding("p", "screen.better", "Better roles", show=False),
        Binding("a", "screen.again('one')", "Again"),
        Binding("A", "screen.again('all')", "All again", show=False),
        Binding("f", "screen.filter", "Filter"),
    ]

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.kind: Kind = "all"
        self._signs = glyphs
        self._members: Mapping[str, Member] = {}
        self._tried: Mapping[str, Tried] = {}
        self._hints: Mapping[str, tuple[str, str]] = {}
        self._longest = (6, 4)

    def fill(self, members: Iterable[Member]) -> None:
        """Show these nodes."""
        self._members = {member.key: member for member in members}
        names = max((len(member.name) for member in self._members.values()), default=0)
        zones = max((len(member.zone) for member in self._members.values()), default=0)
        self._longest = names, zones
        self._choose()
        self.refresh()

    def found(self, tried: Mapping[str, Tried], hints: Mapping[str, tuple[str, str]]) -> None:
        """Take what came of trying them, and which roles would suit the machines better."""
        changed = {key for key, one in tried.items() if one != self._tried.get(key)}
        changed |= {key for key in {*hints, *self._hints} if hints.get(key) != self._hints.get(key)}
        self._tried, self._hints = tried, hints
        if changed:
            self._choose()
            self.repaint(changed)

    def choose(self, kind: Kind) -> None:
        """Show only the nodes of a kind."""
        self.kind = kind
        self._choose()

    @property
    def member(self) -> Member | None:
        """The selected node."""
        return self._members.get(self.selected or "")

    def titles(self) -> list[Span]:
        """Return the line above the rows."""
        return titles(self._columns(self.scrollable_content_region.width))

    def row(self, key: str, width: int, *, selected: bool) -> list[Span]:
        hint = self._hints.get(key)
        text = f"better as {hint[0]} (p): {hint[1]}" if hint else ""
        return row(
            self._members[key],
            self._tried.get(key),
            self._columns(width),
            self._signs,
            selected=selected,
            hint=text,
        )

    def nothing(self) -> str:
        return "no node yet: type or paste some above" if self.kind == "all" else f"no node is {self.kind}"

    def _columns(self, width: int) -> Columns:
        name, zone = self._longest
        return Columns.of(width, longest_name=name, longest_zone=zone)

    def _choose(self) -> None:
        shown = [key for key, member in self._members.items() if self._fits(member)]
        if shown != self._shown:
            self.show(shown)

    def _fits(self, member: Member) -> bool:
        tried = self._tried.get(member.key)
        match self.kind:
            case "all":
                return True
            case "servers" | "agents":
                return f"{member.role}s" == self.kind
            case _:
                return (self.kind == "ready") == bool(tried and tried.state == "ok" and not tried.twin)
