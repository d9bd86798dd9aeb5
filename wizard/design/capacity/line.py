"""One line of a sizing's arithmetic."""

from dataclasses import dataclass

YOURS = "your answers"


@dataclass(frozen=True, slots=True)
class Line:
    """What was reckoned, how, what came out, and whose figures went in."""

    what: str
    arithmetic: str
    result: str
    source: str
