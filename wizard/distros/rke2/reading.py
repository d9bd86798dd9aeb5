"""How far a start is, and what stops it, read from what RKE2's unit says."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache

from wizard.profiles import profile


@dataclass(frozen=True, slots=True)
class Milestone:
    pattern: re.Pattern[str]
    percent: int
    says: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """A line that explains why a node does not come up; `after` sightings end the wait (0: only its end does)."""

    pattern: re.Pattern[str]
    cause: str
    next_move: str
    after: int


@cache
def milestones(role: str, program: str = "rke2") -> tuple[Milestone, ...]:
    """Return the lines of profiles/PROGRAM/journal.yaml for `role`."""
    rows = profile(f"{program}/journal")[role]
    return tuple(Milestone(re.compile(row["match"]), row["at"], row["says"]) for row in rows)


@cache
def troubles(program: str = "rke2") -> tuple[Trouble, ...]:
    """Return the rows of profiles/PROGRAM/failures.yaml, in order."""
    return tuple(
        Trouble(re.compile(row["match"]), row["cause"], row["next"], 1 if row.get("fatal") else row.get("after", 0))
        for row in profile(f"{program}/failures")
    )


class Reading:
    """Takes a unit's lines one by one; knows the percent, what is being done, and what is wrong."""

    def __init__(self, role: str, program: str = "rke2") -> None:
        self._milestones = milestones(role, program)
        self._troubles = troubles(program)
        self._seen: Counter[Trouble] = Counter()
        self._last: dict[Trouble, str] = {}
        self.percent = 0
        self.doing = "waits for the unit to say something"

    def take(self, line: str) -> bool:
        """Take one line; return True when it moved the percent or the words."""
        for trouble in self._troubles:
            if trouble.pattern.search(line):
                self._seen[trouble] += 1
                self._last[trouble] = line
        for milestone in self._milestones:
            if match := milestone.pattern.search(line):
                self.percent = max(self.percent, milestone.percent)
                self.doing = milestone.says.replace("%1", match.group(1) if match.groups() else "")
                return True
        return False

    @property
    def stopped_by(self) -> tuple[Trouble, str] | None:
        """The trouble that no further waiting will mend, and its line."""
        return next(((t, self._last[t]) for t in self._troubles if t.after and self._seen[t] >= t.after), None)

    @property
    def likely(self) -> tuple[Trouble, str] | None:
        """The best explanation for a wait that ran out, and its line."""
        return self.stopped_by or next(((t, self._last[t]) for t in self._troubles if self._seen[t]), None)
