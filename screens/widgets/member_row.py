"""One node of the list in one line: what came of trying it, its name, role and zone, and what the machine is."""

from dataclasses import dataclass
from functools import lru_cache

from screens.glyphs import Glyphs
from screens.widgets.ink import Span, fit
from wizard.design.nodes.hardware import DATA, gib
from wizard.design.nodes.roster import Member
from wizard.design.nodes.tried import WORDS, State, Tried
from wizard.rollout.whereabouts import NodeState

_GLYPHS: dict[State, NodeState] = {
    "waiting": "waiting",
    "connecting": "running",
    "untrusted": "unreachable",
    "changed-key": "interrupted",
    "refused": "failed",
    "no-sudo": "failed",
    "unreachable": "failed",
    "failed": "failed",
    "ok": "done",
}
INKS: dict[State, str] = {
    "waiting": "muted",
    "connecting": "busy",
    "untrusted": "warn",
    "changed-key": "bad",
    "refused": "bad",
    "no-sudo": "bad",
    "unreachable": "bad",
    "failed": "bad",
    "ok": "good",
}
_CURSOR, _STATE, _ROLE, _CPUS, _MEMORY, _DISK = 2, 19, 9, 5, 7, 7
SET, BETTER = "*", "!"  # behind a role that was set; behind one that suits the machine less than the other
TITLES = ("state", "name", "role", "zone", "system", "CPU", "GiB", "free", "why")


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths in cells of the columns that grow; the others are fixed."""

    name: int
    zone: int
    system: int
    why: int

    @classmethod
    @lru_cache(maxsize=8)
    def of(cls, width: int, *, longest_name: int, longest_zone: int) -> "Columns":
        """Share `width` cells out: first what the names need, then the system's name, then reasons."""
        free = max(0, width - _CURSOR - _STATE - _ROLE - _CPUS - _MEMORY - _DISK)
        zone = min(max(4, longest_zone), 16) + 1
        name = min(max(6, longest_name) + 1, max(7, free - zone - 9), 40)
        system = min(18, max(0, free - zone - name))
        return cls(name=name, zone=zone, system=system, why=max(0, free - zone - name - system))


def titles(columns: Columns) -> list[Span]:
    """Return the line above the rows."""
    widths = (_STATE, columns.name, _ROLE, columns.zone, columns.system, _CPUS, _MEMORY, _DISK, columns.why)
    right = ("CPU", "GiB", "free")
    cells = [
        f"{title:>{width - 1}} " if title in right else fit(title, width)
        for title, width in zip(TITLES, widths, strict=True)
    ]
    return [(" " * _CURSOR, ""), *((cell, "muted") for cell in cells)]


def row(
    member: Member, tried: Tried | None, columns: Columns, glyphs: Glyphs, *, selected: bool, hint: str
) -> list[Span]:
    """Return the line of one node; `hint` says that another role would suit its machine better, "" where none does."""
    cut = glyphs.ellipsis
    return [
        (fit(glyphs.cursor if selected else "", _CURSOR), "mark"),
        _state(tried, glyphs),
        (fit(glyphs.text(member.name), columns.name - 1, ellipsis=cut) + " ", "strong" if selected else ""),
        (fit(member.role + SET * member.settled + BETTER * bool(hint), _ROLE), "warn" if hint else ""),
        (fit(glyphs.text(member.zone) or "-", columns.zone - 1, ellipsis=cut) + " ", "" if member.zone else "muted"),
        *_machine(tried, columns, glyphs),
        (fit(glyphs.text(hint or member.reason), columns.why, ellipsis=cut), "warn" if hint else "muted"),
    ]


def _state(tried: Tried | None, glyphs: Glyphs) -> Span:
    state: State = tried.state if tried else "waiting"
    if tried and tried.twin:
        return fit(f"{glyphs.states['interrupted']} same machine", _STATE), "warn"
    return fit(f"{glyphs.states[_GLYPHS[state]]} {WORDS[state]}", _STATE), INKS[state]


def _machine(tried: Tried | None, columns: Columns, glyphs: Glyphs) -> list[Span]:
    """What a machine has, or why that is not known."""
    cut = glyphs.ellipsis
    if tried is None or tried.facts is None:
        width = columns.system + _CPUS + _MEMORY + _DISK
        return [(fit(glyphs.text(tried.said if tried else ""), width - 1, ellipsis=cut) + " ", "muted")]
    facts = tried.facts
    mount = facts.mount_of(DATA)
    system = fit(glyphs.text(f"{facts.os_id} {facts.os_version}"), max(0, columns.system - 1), ellipsis=cut)
    numbers = (
        (str(facts.cpus), _CPUS),
        (gib(facts.memory_mib), _MEMORY),
        (f"{mount.free_mib >> 10}" if mount else "?", _DISK),
    )
    return [(system + " " * (columns.system > 0), ""), *((f"{text:>{width - 1}} ", "") for text, width in numbers)]
