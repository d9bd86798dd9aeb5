"""One line of a sizing's arithmetic."""

from dataclasses import dataclass
from typing import Any

from wizard.profiles import profile


@dataclass(frozen=True, slots=True)
class Line:
    """What was reckoned, how, what came out, and whose figures went in."""

    what: str
    arithmetic: str
    result: str
    source: str


YOURS = "your answers"


def figures() -> Any:
    """Return the figures that sizing reckons with, as profiles/sizing.yaml holds them."""
    return profile("sizing")


def up(amount: int, parts: int) -> int:
    """Divide and round up."""
    return -(-amount // parts)
