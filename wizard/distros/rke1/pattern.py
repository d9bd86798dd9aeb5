"""The lines of rke that mean something, as profiles/rke1 has them."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from wizard.profiles import profile


@dataclass(frozen=True, slots=True)
class Mark:
    """A line that tells how far a node is, or all of them; see profiles/rke1/log.yaml."""

    pattern: re.Pattern[str]
    phase: str
    percent: int
    says: str
    well: bool = False
    ends: str = ""
    over: str = ""
    works: bool = False
    succeeds: bool = False

    def words(self, found: re.Match[str]) -> str:
        """What the operator reads, with what the line names."""
        return self.says.format_map({key: value or "" for key, value in found.groupdict().items()})


@dataclass(frozen=True, slots=True)
class Trouble:
    """A line that says why a run failed; `loses` when rke goes on without the node, `holds` when it does not get on."""

    pattern: re.Pattern[str]
    whose: re.Pattern[str] | None
    loses: bool
    holds: bool
    cause: str
    next_move: str

    def names(self, message: str, found: re.Match[str]) -> tuple[str, ...]:
        """Whom the line names, by address or name in the cluster."""
        groups = found.groupdict()
        if self.whose and (named := self.whose.search(message)):
            groups |= named.groupdict()
        several = groups.get("hosts") or groups.get("host") or ""
        return tuple(name for name in re.split(r"[,\s]+", several) if name)


@cache
def phases() -> tuple[str, ...]:
    """Return the phases of a node in their order."""
    return tuple(profile("rke1/log")["phases"])


@cache
def services() -> dict[str, frozenset[str]]:
    """Return which services must be healthy before a phase has ended on a node."""
    return {phase: frozenset(names) for phase, names in profile("rke1/log")["services"].items()}


@cache
def marks() -> tuple[Mark, ...]:
    """Return the lines on a node's way, in the profile's order."""
    return tuple(_mark(row) for row in profile("rke1/log")["rows"])


@cache
def noise() -> tuple[Mark, ...]:
    """Return the lines that belong to a node and move it nowhere."""
    return tuple(_mark(row | {"phase": "", "at": 0}) for row in profile("rke1/log")["noise"])


@cache
def troubles() -> tuple[Trouble, ...]:
    """Return the known failures, in the profile's order."""
    return tuple(
        Trouble(
            re.compile(row["match"]),
            re.compile(row["host"]) if "host" in row else None,
            bool(row.get("loses")),
            bool(row.get("holds")),
            row["cause"],
            row["next"],
        )
        for row in profile("rke1/failures")
    )


def _mark(row: dict[str, Any]) -> Mark:
    return Mark(
        re.compile(row["match"]),
        row["phase"],
        row["at"],
        row["says"],
        well=bool(row.get("well")),
        ends=row.get("ends", ""),
        over=row.get("over", ""),
        works=bool(row.get("works")),
        succeeds=bool(row.get("succeeds")),
    )
