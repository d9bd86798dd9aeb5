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
    """An answer has to be mended before anything is built. False: it takes a design out, and another one stands in."""

    def __str__(self) -> str:
        return f"{self.what} {self.why} Instead: {self.instead}"
