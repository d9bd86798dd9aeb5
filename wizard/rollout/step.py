"""What a step is: it looks, acts only if needed, and verifies."""

import math
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from wizard.errors import HostError, Refused
from wizard.hosts.facts import Facts
from wizard.hosts.host import Host
from wizard.hosts.script import Script

Outcome = Literal["done", "unchanged"]
SHOWN = 10
"""So many hosts are told of where more did not answer."""


@dataclass(slots=True)
class Survey:
    """What is known of all nodes: facts where the probe answered, the error where it did not."""

    facts: dict[str, Facts] = field(default_factory=dict)
    failures: dict[str, HostError] = field(default_factory=dict)
    taken: dict[str, float] = field(default_factory=dict)  # monotonic seconds, by node

    def learn(self, node: str, facts: Facts) -> None:
        """Take new facts of `node`."""
        self.facts[node], self.taken[node] = facts, time.monotonic()
        self.failures.pop(node, None)

    def forget(self, node: str) -> None:
        """Take the facts of `node` as old: it will be looked at again."""
        self.taken.pop(node, None)

    def age_s(self, node: str) -> float:
        """Seconds since the facts of `node` were gathered; infinite when there are none."""
        return time.monotonic() - self.taken[node] if node in self.taken else math.inf

    def silent(self, names: Iterable[str]) -> tuple[HostError, ...]:
        """Return why those of `names` could not be asked that did not answer."""
        return tuple(self.failures[name] for name in names if name in self.failures)

    def must_answer(self, names: Iterable[str], *, move: str) -> None:
        """Raise Refused where any of `names` did not answer, with what was seen of each.

        The next move is what the first one's error says to do, then `move`.
        """
        silent = self.silent(names)
        if silent:
            told = [error.message for error in silent[:SHOWN]]
            rest = [f"and {len(silent) - SHOWN} more"] if len(silent) > SHOWN else []
            raise Refused("\n".join((*told, *rest)), hint=f"{silent[0].hint} {move}".strip())


@dataclass(frozen=True, slots=True)
class File:
    """A file that a step will write.

    `shown` is its text with secrets masked; `sha256` is that of the real text, or "" while a secret in it
    is not known yet (a joining token needs the first server's CA).
    """

    path: str
    shown: str
    mode: int = 0o644
    sha256: str = ""

    def in_place(self, facts: Facts) -> bool:
        """True when the node has just this text with this mode."""
        there = facts.files.get(self.path)
        return bool(there and self.sha256 and there.sha256 == self.sha256 and there.mode == self.mode)


@dataclass(frozen=True, slots=True)
class Work:
    """What a step is given: its node's host, the way to others, and where to tell what happens."""

    node: str
    host: Host
    at: Callable[[str], Host]
    """The host of another node, by name."""
    tell: Callable[[int, str], None]
    """Percent of this step, and what it does or awaits."""
    said: Callable[[str], None]
    """One line that the node printed."""


class Step(Protocol):
    """One thing to bring about on a node, in the operator's words.

    `expected_s` is the predicted time, `timeout_s` the bound on one attempt, waits for a lost link not counted.
    """

    @property
    def key(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def timeout_s(self) -> float: ...
    @property
    def expected_s(self) -> float: ...

    def files(self, node: str) -> tuple[File, ...]:
        """The files that this step writes on `node`."""
        ...

    def settled(self, node: str, survey: Survey) -> bool:
        """True when the facts already show what this step would bring about. Pure."""
        ...

    async def carry_out(self, work: Work) -> Outcome:
        """Look, act if needed, verify; may be repeated at any time.

        Raises StepFailed or another HostError; LinkLost when the link drops (the engine waits and repeats).
        """
        ...


class Fileless:
    """What steps share that write no file of their own."""

    __slots__ = ()

    def files(self, node: str) -> tuple[File, ...]:
        return ()


class Unsettled(Fileless):
    """What steps share that write no file and that no facts settle: they look for themselves when their turn comes."""

    __slots__ = ()

    def settled(self, node: str, survey: Survey) -> bool:
        return False


Hosts = Callable[[str], Host]
Probe = Callable[[Host], Awaitable[Facts]]
Extra = Callable[[str], Sequence[Script]]
"""Fragments that a probe prints more facts by, for a node by its name."""


def nothing(node: str) -> Sequence[Script]:
    """Add no fragment to a probe."""
    return ()
