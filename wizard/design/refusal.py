"""A hard rule that answers, or a design with these answers, break."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is refused, by which rule, why, and what to do instead."""

    rule: str
    """Name of the rule, as in `etcd-latency`."""
    what: str
    why: str
    instead: str
    stops: bool = True
    """Nothing can be built while it stands. False: only the designs it names are out."""

    def __str__(self) -> str:
        return f"{self.what} {self.why} Instead: {self.instead}"
